"""Fanvil's files."""

from __future__ import annotations

import zlib
from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, nested, plain, xml


def config(_device: Device, told: Settings) -> bytes:
    """The whole document. A telephone applies it only when its version is a new one."""
    digest = zlib.crc32(repr(sorted(told.items())).encode())
    root = ET.Element("sysConf")
    child(root, "Version", f"2.{digest:010d}")
    return xml(nested(root, told))


def phonebook(device: Device, _told: Settings) -> bytes:
    """The remote telephone book."""
    root = ET.Element("FanvilIPPhoneDirectory")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "Name", plain("name", contact.name))
        child(entry, "Telephone", plain("number", contact.number))
    return xml(root)
