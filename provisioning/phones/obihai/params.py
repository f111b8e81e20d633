"""OBi's parameters, ``object./parameter``. Names: the fact book, section 4.7; those in
``UNLISTED`` are inferred from the vendor's administration guide, as no template shows them.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp, Transport
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.obihai import ports
from provisioning.phones.writers import Settings, child, xml

TRANSPORTS = {Transport.UDP: "UDP", Transport.TCP: "TCP", Transport.TLS: "TLS"}
FUNCTIONS = {
    KeyKind.LINE: "Call Appearance",
    KeyKind.BLF: "Busy Lamp Field",
    KeyKind.QUEUE: "Busy Lamp Field",
    KeyKind.QUEUE_OUT: "Busy Lamp Field",
    KeyKind.NIGHT: "Busy Lamp Field",
    KeyKind.SPEED_DIAL: "Speed Dial",
    KeyKind.VOICEMAIL: "Speed Dial",
    KeyKind.INTERCOM: "Speed Dial",
    KeyKind.PARK: "Call Park Monitor",
    KeyKind.DND: "Do Not Disturb",
    KeyKind.TRANSFER: "Transfer",
}
SERVICE = "VoiceService.1"
SRTP = {Srtp.OFF: "Disable SRTP", Srtp.OPTIONAL: "Use SRTP When Possible"}
SRTP |= {Srtp.REQUIRED: "Use SRTP Only"}
CODECS = {"pcmu": "G711U", "pcma": "G711A", "g722": "G722", "g729": "G729", "opus": "OPUS"}
UNLISTED = ports.NAMES | frozenset(
    (
        *("ConfigURL", "Method", "Interval", "FirmwareURL"),
        *("AdminPassword", "NTPServer1", "LocalTimeZone", "DaylightSavingTimeEnable"),
        *("DaylightSavingTimeStart", "DaylightSavingTimeEnd", "DaylightSavingTimeDiff"),
        *("X_SRTP", "X_VMNumber", "OutboundProxy", "OutboundProxyPort", "MWIEnable", "Priority"),
    )
)


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    at = "X_DeviceManagement.ITSPProvisioning./"
    told = {
        f"{at}ConfigURL": f"{device.base_url}$MAC.xml",
        f"{at}Method": "Periodically",
        f"{at}Interval": str(device.resync_minutes * 60),
    }
    if device.firmware_url:
        told["X_DeviceManagement.FirmwareUpdate./FirmwareURL"] = device.firmware_url
    if device.admin_password:
        told["X_DeviceManagement.WebServer./AdminPassword"] = device.admin_password
    told |= _time(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(account.port_index or number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"{SERVICE}.VoiceProfile.1.Line.{number}./Enable"] = "false"
    if model.ports:
        return told | ports.settings(device.ata_ports)
    for number, key in enumerate(device.keys, 1):
        if key.kind in FUNCTIONS:
            told |= _key(number, key)
    return told


def _time(device: Device) -> Settings:
    """``GMT+03:30``; summer time is told as its rule, as the Cisco ATAs do it."""
    at, zone = "DeviceInfo.Time./", device.time_zone
    told = {f"{at}LocalTimeZone": f"GMT{times.signed(zone, pad=True)}"}
    told[f"{at}DaylightSavingTimeEnable"] = "true" if zone.dst else "false"
    if device.ntp_server:
        told[f"{at}NTPServer1"] = device.ntp_server
    if zone.dst:
        hours, minutes = divmod(zone.dst.saved_minutes, 60)
        told[f"{at}DaylightSavingTimeStart"] = _change(zone.dst.start)
        told[f"{at}DaylightSavingTimeEnd"] = _change(zone.dst.end)
        told[f"{at}DaylightSavingTimeDiff"] = f"{hours}:{minutes}:0"
    return told


def _change(change: DstChange) -> str:
    day = -1 if change.week == 5 else (change.week - 1) * 7 + 1
    return f"{change.month}/{day}/{times.monday_first(change.weekday)}/{change.hour}:0:0"


def _account(number: int, account: Account) -> Settings:
    line = f"{SERVICE}.VoiceProfile.1.Line.{number}."
    profile = f"{SERVICE}.VoiceProfile.{number}.SIP./"
    proxy, _, port = account.outbound_proxy.partition(":")
    told = {
        f"{line}/Enable": "true",
        f"{line}/X_DisplayLabel": account.name,
        f"{line}/X_DisplayNumber": account.number,
        f"{line}SIP./AuthUserName": account.user,
        f"{line}SIP./AuthPassword": account.password,
        f"{profile}ProxyServer": account.server,
        f"{profile}ProxyServerPort": str(account.port),
        f"{profile}ProxyServerTransport": TRANSPORTS[account.transport],
        f"{profile}RegisterExpires": str(account.expires_s),
        f"{profile}OutboundProxy": proxy,
        f"{profile}OutboundProxyPort": (port or "5060") if proxy else "",
        f"{line}/X_SRTP": SRTP[account.srtp],
        f"{line}CallingFeatures./MWIEnable": "true" if account.voicemail_number else "false",
        f"{line}/X_VMNumber": account.voicemail_number,
    }
    codecs = keys.codecs_known(account, CODECS)
    for name in CODECS.values():
        at = f"{SERVICE}.X_CodecProfile.{number}.Codec.{name}./"
        told[f"{at}Enable"] = "true" if name in codecs else "false"
        if name in codecs:
            told[f"{at}Priority"] = str(codecs.index(name) + 1)
    return told


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
