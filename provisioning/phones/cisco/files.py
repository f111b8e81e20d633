"""Cisco's files: a flat profile, and the directory."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def config(_device: Device, told: Settings) -> bytes:
    """``<Proxy_1_ ua="na">`` for each setting; the user may change none of them."""
    root = ET.Element("flat-profile")
    for name, value in told.items():
        child(root, name, value, ua="na")
    return xml(root)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The directory behind the key Directories."""
    root = ET.Element("CiscoIPPhoneDirectory")
    child(root, "Title", "Directory")
    child(root, "Prompt", "")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "Name", plain("name", contact.name))
        child(entry, "Telephone", plain("number", contact.number))
    return xml(root)
