"""OBi's parameters, ``object./parameter``. Names: the fact book, section 4.7."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Device, Key, KeyKind, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, child, xml

TRANSPORTS = {Transport.UDP: "UDP", Transport.TCP: "TCP", Transport.TLS: "TLS"}
FUNCTIONS = {
    KeyKind.LINE: "Call Appearance",
    KeyKind.BLF: "Busy Lamp Field",
    KeyKind.QUEUE: "Busy Lamp Field",
    KeyKind.NIGHT: "Busy Lamp Field",
    KeyKind.SPEED_DIAL: "Speed Dial",
    KeyKind.VOICEMAIL: "Speed Dial",
    KeyKind.INTERCOM: "Speed Dial",
    KeyKind.PARK: "Call Park Monitor",
    KeyKind.DND: "Do Not Disturb",
    KeyKind.TRANSFER: "Transfer",
}
SERVICE = "VoiceService.1"


def settings(device: Device, _model: Model) -> Settings:
    """All that ``device`` is told."""
    at = "X_DeviceManagement.ITSPProvisioning./"
    told = {
        f"{at}ConfigURL": f"{device.base_url}$MAC.xml",
        f"{at}Method": "Periodically",
        f"{at}Interval": str(device.resync_minutes * 60),
    }
    if device.firmware_url:
        told["X_DeviceManagement.FirmwareUpdate./FirmwareURL"] = device.firmware_url
    for number, account in enumerate(device.accounts, 1):
        told |= _account(account.port_index or number, account)
    for number, key in enumerate(device.keys, 1):
        if key.kind in FUNCTIONS:
            told |= _key(number, key)
    return told


def _account(number: int, account: Account) -> Settings:
    line = f"{SERVICE}.VoiceProfile.1.Line.{number}."
    profile = f"{SERVICE}.VoiceProfile.{number}.SIP./"
    return {
        f"{line}/Enable": "true",
        f"{line}/X_DisplayLabel": account.name,
        f"{line}/X_DisplayNumber": account.number,
        f"{line}SIP./AuthUserName": account.user,
        f"{line}SIP./AuthPassword": account.password,
        f"{profile}ProxyServer": account.server,
        f"{profile}ProxyServerPort": str(account.port),
        f"{profile}ProxyServerTransport": TRANSPORTS[account.transport],
        f"{profile}RegisterExpires": str(account.expires_s),
    }


def _key(number: int, key: Key) -> Settings:
    at = f"{SERVICE}.Phone.LineKey.{number}./"
    return {
        f"{at}Function": FUNCTIONS[key.kind],
        f"{at}Service": f"SP{key.account}",
        f"{at}Number": key.value,
        f"{at}Name": keys.label_of(key),
    }


def config(_device: Device, told: Settings) -> bytes:
    """Objects in the order they are first named."""
    root = ET.Element("ParameterList")
    objects: dict[str, ET.Element] = {}
    for name, value in told.items():
        where, _, parameter = name.partition("/")
        if where not in objects:
            objects[where] = child(root, "Object")
            child(objects[where], "Name", where)
        entry = child(objects[where], "ParameterValueStruct")
        child(entry, "Name", parameter)
        child(entry, "Value", value)
    return xml(root)
