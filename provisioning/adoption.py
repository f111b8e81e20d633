"""Adoption: how a telephone comes to its extensions, step by step, by the technician's word."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from provisioning.device import Unwritable
from provisioning.devices import Composer
from provisioning.identify import families_by_oui
from provisioning.lint import unknown
from provisioning.phones import families, family_of
from provisioning.register.book import Register, new_password, new_token
from provisioning.register.phone import Phone, PhoneState
from provisioning.rows import accounts_of, model_of

log = logging.getLogger(__name__)

SOFTPHONE = "linphone"
"""The family a softphone's configuration is written for."""


class Adoption:
    """What the technician does with telephones; each step is on the disk when it returns."""

    def __init__(self, register: Register, composer: Composer, clock: Callable[[], float]) -> None:
        self._register = register
        self._composer = composer
        self._clock = clock

    def expect(self, mac: str, model: str) -> Phone:
        """Put a telephone on record that was not here yet.

        Raises:
            ValueError: no family has the model, or several have.
        """
        phone = self._register.find(mac) or Phone(
            id=mac, found_by="typed", first_seen=self._clock()
        )
        if not model:
            named = families_by_oui(mac)
            if len(named) == 1 and not phone.family:
                phone = replace(phone, family=named[0].name, vendor=named[0].vendors[0])
            return self._register.save(phone)
        fitting = [f for f in families() if f.model(model) is not None]
        by_maker = [f for f in fitting if f in families_by_oui(mac)]
        chosen = by_maker or fitting
        if len(chosen) != 1:
            names = ", ".join(f.title for f in chosen) or "none"
            raise ValueError(f"the model {model!r} must be of one family; it is of {names}")
        found = chosen[0].model(model)
        assert found is not None
        return self._register.save(
            replace(phone, family=chosen[0].name, vendor=found.vendor, model=found.name)
        )

    def add_softphone(self, extension: str) -> Phone:
        """A softphone for an extension, with its token: its QR code is its first contact.

        Raises:
            ValueError: no such extension, or it has no SIP account.
        """
        self._check((extension,))
        taken = {phone.id for phone in self._register.everyone()}
        number = next(n for n in range(1, 100_000) if f"soft-{n}" not in taken)
        family = family_of(SOFTPHONE)
        log.info("softphone soft-%d is made for extension %s", number, extension)
        return self._register.save(
            Phone(
                id=f"soft-{number}",
                family=family.name,
                vendor=family.vendors[0],
                model=family.models[0].name,
                found_by="typed",
                first_seen=self._clock(),
                state=PhoneState.EXPECTED,
                token=new_token(),
                extensions=(extension,),
            )
        )

    def address_of(self, phone: Phone) -> str:
        """Where a softphone finds its configuration: secret as its password is.

        Raises:
            ValueError: it is a telephone with an address of its own.
        """
        if phone.mac:
            raise ValueError(f"{phone.id} is no softphone: it finds its address by itself")
        device = self._composer.device(phone)
        return device.base_url + family_of(phone.family).files(device)[0].path

    def assign(self, phone: Phone, extensions: tuple[str, ...]) -> Phone:
        """Give a telephone its extensions.

        Raises:
            ValueError: see ``ProvisionApi.assign``.
        """
        self._check(extensions)
        model = model_of(phone)
        if model is not None and len(extensions) > accounts_of(model):
            raise ValueError(f"a {model.name} holds {accounts_of(model)} extensions, no more")
        if phone.state is PhoneState.REVOKED:
            phone = replace(phone, token="", token_used=False)
        state = phone.state
        if not extensions:
            state = PhoneState.INVITED if phone.token else PhoneState.SEEN
        elif state is not PhoneState.ADOPTED:
            state = PhoneState.EXPECTED
        log.info(
            "phone %s %s -Assigned-> %s (%s)",
            *(phone.id, phone.state, state, ", ".join(extensions) or "no extension"),
        )
        return self._register.save(
            replace(
                phone,
                extensions=extensions,
                state=state,
                admin_password=phone.admin_password or new_password(),
            )
        )

    def renew(self, phone: Phone) -> Phone:
        """Let a telephone that was reset have its first contact once more."""
        self._register.unclaim(phone.id)
        state = PhoneState.EXPECTED if phone.extensions else PhoneState.SEEN
        log.info("phone %s %s -Renewed-> %s", phone.id, phone.state, state)
        return self._register.save(replace(phone, token="", token_used=False, state=state))

    def check_override(self, phone: Phone, name: str, value: str) -> None:
        """Make sure that an override can be written.

        Raises:
            ValueError: nobody knows the parameter, or the value cannot be written.
        """
        if not phone.family:
            raise ValueError(f"nobody knows yet what kind of telephone {phone.id} is")
        family = family_of(phone.family)
        if unknown(family, (name,)):
            raise ValueError(f"no {family.title} telephone is known to have a parameter {name!r}")
        device = self._composer.device(replace(phone, overrides={name: value}))
        try:
            for file in family.files(device):
                family.render(device, file.path)
        except Unwritable as error:
            raise ValueError(str(error)) from error

    def _check(self, extensions: tuple[str, ...]) -> None:
        known = {extension.number: extension for extension in self._composer.site.extension}
        for number in extensions:
            if number not in known:
                raise ValueError(f"there is no extension {number}")
            if known[number].password is None:
                raise ValueError(f"extension {number} has no SIP account: it is on a line")
        if len(set(extensions)) != len(extensions):
            raise ValueError("the same extension twice on one telephone")
