"""Poly's files: the master file that names the rest, settings as attributes, the directory."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def master(device: Device, _told: Settings) -> bytes:
    """Names the telephone's own file. Unknown telephones put their MAC in themselves."""
    own = device.mac or "[PHONE_MAC_ADDRESS]"
    names = {
        "APP_FILE_PATH": device.firmware_url or "sip.ld",
        "CONFIG_FILES": f"{device.base_url}{own}-user.cfg",
        "MISC_FILES": "",
        "LOG_FILE_DIRECTORY": "",
        "OVERRIDES_DIRECTORY": "",
        "CONTACTS_DIRECTORY": "",
        "LICENSE_DIRECTORY": "",
    }
    for name, value in names.items():
        plain(name, value)
    return xml(ET.Element("APPLICATION", names))


def config(_device: Device, told: Settings) -> bytes:
    """All settings as attributes of one element."""
    return xml(ET.Element("polycomConfig", told))


def phonebook(device: Device, _told: Settings) -> bytes:
    """The local directory."""
    root = ET.Element("directory")
    items = child(root, "item_list")
    for contact in device.contacts:
        entry = child(items, "item")
        child(entry, "ln", "")
        child(entry, "fn", plain("name", contact.name))
        child(entry, "ct", plain("number", contact.number))
    return xml(root)
