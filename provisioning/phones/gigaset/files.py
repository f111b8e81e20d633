"""Gigaset's files: one document per generation, and the directory."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def config(device: Device, told: Settings) -> bytes:
    """The document that the names in ``told`` belong to."""
    if any(name.startswith("BS_IP_Data") for name in told):
        return _symbols(device, told)
    return _parameters(device, told)


def _symbols(device: Device, told: Settings) -> bytes:
    root = ET.Element("ProviderFrame")
    provider = child(root, "Provider")
    child(provider, "MAC_ADDRESS", value=device.mac.upper())
    child(provider, "PROFILE_NAME", **{"class": "string", "value": "Markaz"})
    for name, value in told.items():
        child(provider, "SYMB_ITEM", **{"ID": name, "class": "symb_item", "value": value})
    return xml(root)


def _parameters(device: Device, told: Settings) -> bytes:
    bases = any(name.startswith("DmGlobal") for name in told)
    root = ET.Element("provisioning", {"version": "1.1", "productID": "e2"})
    firmware = child(root, "firmware")
    if device.firmware_url:
        child(
            firmware,
            "file",
            version=plain("firmware", device.firmware_version),
            url=plain("firmware", device.firmware_url),
        )
    body = child(root, "nvm")
    if bases:
        for number, _ in enumerate(device.accounts, 1):
            handset = child(body, "oper", name="add_hs", value=f"{number:05d}")
            child(handset, "param", name="hs.RegStatus", value="ToReg")
    for name, value in told.items():
        child(body, "param", name=name, value=value)
    return xml(root)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The online directory."""
    root = ET.Element("list", {"response": "get_list", "type": "pr", "total": "0"})
    root.set("total", str(len(device.contacts)))
    for number, contact in enumerate(device.contacts, 1):
        entry = child(root, "entry", id=str(number))
        child(entry, "ln", plain("name", contact.name))
        child(entry, "hm", plain("number", contact.number))
    return xml(root)
