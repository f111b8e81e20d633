"""What the console shows of a telephone: its row."""

from __future__ import annotations

from firmware.link.phones import PhoneRow
from provisioning.phones import families, family_of
from provisioning.phones.family import Model
from provisioning.register.phone import Phone


def model_of(phone: Phone) -> Model | None:
    """The model of a telephone, None when we do not know it."""
    for family in families():
        if family.name == phone.family:
            return family.model(phone.model) if phone.model else None
    return None


def row_of(phone: Phone, *, is_current: bool, resync: str) -> PhoneRow:
    """The row."""
    model = model_of(phone)
    return PhoneRow(
        id=phone.id,
        vendor=phone.vendor,
        family=phone.family,
        model=phone.model,
        firmware=phone.firmware,
        evidence=str(model.evidence) if model else "",
        address=phone.address,
        found_by=phone.found_by,
        first_seen=phone.first_seen,
        last_seen=phone.last_seen,
        last_file=phone.last_file,
        last_result=phone.last_result,
        state=str(phone.state),
        extensions=phone.extensions,
        accounts=accounts_of(model),
        ports=model.ports if model else 0,
        keys=places_of(phone),
        tftp_secrets=phone.tftp_secrets,
        can_push=can_push(phone),
        is_current=is_current,
        resync=resync,
    )


def can_push(phone: Phone) -> bool:
    """Whether a telephone that does not ask by itself can be told over its own page."""
    known = bool(phone.family and phone.mac and phone.address)
    return known and not phone.token_used and bool(family_of(phone.family).push)


def places_of(phone: Phone) -> int:
    """How many keys can be laid out on a telephone, those of its modules included."""
    model = model_of(phone)
    if model is None:
        return 0
    return model.keys + model.modules * family_of(phone.family).module_keys


def accounts_of(model: Model | None) -> int:
    """How many extensions a model can hold; one when we do not know it."""
    return max(model.accounts, model.ports, 1) if model else 1
