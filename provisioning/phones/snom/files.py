"""Snom's files: lists of files, settings, language lists, and the telephone book."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Device
from provisioning.phones.writers import Settings, child, plain, xml


def config(device: Device, told: Settings) -> bytes:
    """Settings, function keys, and the languages that we serve."""
    root = ET.Element("settings")
    phone, keys = child(root, "phone-settings", e="2"), ET.Element("functionKeys", {"e": "2"})
    elements: dict[str, ET.Element] = {}
    for name, value in told.items():
        place, _, attribute = name.removeprefix("functionKeys/").partition("/")
        if attribute:
            elements[place].set(attribute, value)
            continue
        tag, _, index = place.partition("!")
        parent = keys if name.startswith("functionKeys/") else phone
        elements[place] = child(parent, tag, value, **_attributes(parent is keys, index))
    if len(keys):
        root.append(keys)
    if device.language_packs:
        _language_list(root, "gui-languages", device)
    return xml(root)


def _attributes(is_key: bool, index: str) -> dict[str, str]:
    place = {"idx": index} if index else {}
    return {**place, "context": "active", "perm": "RW"} if is_key else {**place, "perm": "RW"}


def model_list(device: Device, _told: Settings) -> bytes:
    """Names what all telephones of the model are told."""
    return _list(device, f"snom{device.model}.xml", f"snom{device.model}-firmware.xml")


def device_list(device: Device, _told: Settings) -> bytes:
    """Names the telephone's own file."""
    return _list(device, f"{device.mac.upper()}.xml")


def _list(device: Device, *names: str) -> bytes:
    root = ET.Element("setting-files")
    for name in names:
        child(root, "file", url=plain("url", f"{device.base_url}{name}"))
    return xml(root)


def firmware(_device: Device, told: Settings) -> bytes:
    """Where newer firmware is, if there is any."""
    root = ET.Element("firmware-settings")
    if "firmware" in told:
        child(root, "firmware", told["firmware"], perm="RW")
    return xml(root)


def languages(device: Device, _told: Settings) -> bytes:
    """The language packs we serve."""
    root = ET.Element("settings")
    for tag in ("gui-languages", "web-languages"):
        _language_list(root, tag, device)
    return xml(root)


def _language_list(root: ET.Element, tag: str, device: Device) -> None:
    entries = child(root, tag)
    for pack in device.language_packs:
        child(entries, "language", url=plain("url", pack.url), name=plain("language", pack.name))


def phonebook(device: Device, _told: Settings) -> bytes:
    """The telephone's own book, ``tbook``."""
    root = ET.Element("tbook", {"complete": "true"})
    for number, contact in enumerate(device.contacts):
        entry = child(root, "item", context="active", type="none", index=str(number))
        child(entry, "name", plain("name", contact.name))
        child(entry, "number", plain("number", contact.number))
    return xml(root)
