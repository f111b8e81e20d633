"""Yealink's files. A boot file names the others; it must begin with its version."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, lines, plain, xml

VERSION = "#!version:1.0.0.1\n"


def boot(device: Device, _told: Settings) -> bytes:
    """What to fetch next: the telephone's own file."""
    own = plain("include:config", f"{device.base_url}{device.mac}.cfg") if device.mac else ""
    rest = f'include:config "{own}"\noverwrite_mode=1\n' if own else "overwrite_mode=1\n"
    return (VERSION + rest).encode("ascii")


def config(_device: Device, told: Settings) -> bytes:
    """``name = value`` a line."""
    return lines(told, " = ", head=VERSION)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The remote telephone book."""
    root = ET.Element("YealinkIPPhoneDirectory")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "Name", plain("name", contact.name))
        child(entry, "Telephone", plain("number", contact.number))
    return xml(root)
