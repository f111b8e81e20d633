"""Grandstream's files: one element per P value, and the address book."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def config(device: Device, told: Settings) -> bytes:
    """``<P47>...</P47>`` for each setting."""
    root = ET.Element("gs_provision", {"version": "1"})
    if device.mac:
        child(root, "mac", device.mac)
    body = child(root, "config", version="1")
    for name, value in told.items():
        child(body, name, value)
    return xml(root)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The address book that P331 points to."""
    root = ET.Element("AddressBook")
    groups = list(dict.fromkeys(contact.group for contact in device.contacts if contact.group))
    for number, group in enumerate(groups, 1):
        entry = child(root, "pbgroup")
        child(entry, "id", str(number))
        child(entry, "name", plain("group", group))
    for number, contact in enumerate(device.contacts, 1):
        entry = child(root, "Contact")
        child(entry, "id", str(number))
        child(entry, "FirstName", plain("name", contact.name))
        phone = child(entry, "Phone", type="Work")
        child(phone, "phonenumber", plain("number", contact.number))
        child(phone, "accountindex", "1")
        if contact.group:
            child(entry, "Group", str(groups.index(contact.group) + 1))
    return xml(root)
