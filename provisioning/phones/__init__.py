"""Families of telephones: everything that differs between vendors, each in its own folder.

``families()`` is the registry. A family is a ``Family``: data (models, file names, user
agents) and three functions (settings, writer, phonebook); see ``provisioning.phones.family``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import import_module

from provisioning.phones.family import Family

FOLDERS: tuple[str, ...] = (
    "yealink",
    "grandstream",
    "snom",
    "fanvil",
    "cisco",
    "polycom",
    "obihai",
    "gigaset",
    "gigaset_desk",
    "panasonic",
    "htek",
    "alcatel",
    "avaya",
    "aastra",
    "flyingvoice",
    "digium",
    "linphone",
    "zenitel",
    "recognised",
)


@functools.cache
def families() -> Sequence[Family]:
    """All families, in the order they are asked to recognise somebody."""
    return tuple(import_module(f"provisioning.phones.{name}").FAMILY for name in FOLDERS)


def family_of(name: str) -> Family:
    """The family called ``name``.

    Raises:
        KeyError: there is none; the message lists those there are.
    """
    for family in families():
        if family.name == name:
            return family
    known = ", ".join(family.name for family in families())
    raise KeyError(f"no family '{name}'; there are: {known}")


def spelled(said: str, model: str) -> tuple[str, str]:
    """Vendor and model as the families spell them; a model may be "".

    Raises:
        ValueError: nobody is called so.
    """
    vendors = {v.lower(): v for family in families() for v in family.vendors}
    vendor = vendors.get(said.lower())
    if vendor is None:
        raise ValueError(f"no vendor {said!r}; there are: {', '.join(vendors.values())}")
    if not model:
        return vendor, ""
    for family in families():
        found = family.model(model)
        if found is not None and found.vendor == vendor:
            return vendor, found.name
    raise ValueError(f"{vendor} has no model {model!r} that we know")
