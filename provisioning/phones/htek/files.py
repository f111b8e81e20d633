"""Htek's files."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def config(_device: Device, told: Settings) -> bytes:
    """``<P47 para="Account1.Sipserver">`` for each setting ``P47/Account1.Sipserver``."""
    root = ET.Element("hl_provision", {"version": "1"})
    body = child(root, "config", version="1")
    for name, value in told.items():
        number, _, para = name.partition("/")
        child(body, number, value, para=para)
    return xml(root)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The remote telephone book."""
    root = ET.Element("HtekIPPhoneDirectory")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "Name", plain("name", contact.name))
        child(entry, "Telephone", plain("number", contact.number))
    return xml(root)
