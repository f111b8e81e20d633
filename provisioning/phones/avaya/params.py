"""Avaya's parameters. Source: the fact book, section 4.14, FusionPBX.

The telephone has one account. ``PHONEKEY`` is said once for each key, as ``PHONEKEY!number``.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Device, DstChange, Key, KeyKind
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, child, flag, plain, without, xml

LANGUAGES = {"en": "English", "fr": "Canadian French", "es": "Latin American Spanish"}
CODECS = {"pcmu": "G711U", "pcma": "G711A", "g722": "G722", "g729": "G729", "opus": "OPUS"}
WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LAMPS = (KeyKind.BLF, KeyKind.QUEUE, KeyKind.QUEUE_OUT, KeyKind.NIGHT, KeyKind.PARK)
DIALS = (KeyKind.SPEED_DIAL, KeyKind.VOICEMAIL, KeyKind.INTERCOM)
CREDENTIALS = ("FORCE_SIP_USERNAME", "FORCE_SIP_PASSWORD", "FORCE_SIP_EXTENSION")
FIRST_KEY = 4  # the first three are call appearances


def upgrade(_device: Device, _told: Settings) -> bytes:
    """The first file: go on to the settings."""
    return b"GET 46xxsettings.txt\n"


def common(device: Device, told: Settings) -> bytes:
    """What all are told, then on to the telephone's own file."""
    own = f"{device.mac}.txt" if device.mac else "$MACADDR.txt"
    return config(device, told) + f"GET {own}\n".encode()


def config(_device: Device, told: Settings) -> bytes:
    """``SET NAME "value"``; a quotation mark cannot be escaped and is refused."""
    rows = [
        f'SET {name.partition("!")[0]} "{without(name, value, chr(34))}"\n'
        for name, value in told.items()
    ]
    return "".join(rows).encode()


def settings(device: Device, _model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _phone(device) | _time(device)
    if device.accounts:
        told |= _account(device.accounts[0])
    elif device.whole:
        told |= dict.fromkeys(CREDENTIALS, "")
    for number, key in keys.filled(device.keys, 0):
        told |= _key(number + FIRST_KEY - 1, key)
    return told


def _account(account: Account) -> Settings:
    codecs = keys.codecs_known(account, CODECS)
    told = {
        "SIP_CONTROLLER_LIST": f"{keys.host_port(account)};transport={account.transport}",
        "SIPDOMAIN": account.server,
        "SIPPROXYSRVR_IN_USE": account.server,
        "FORCE_SIP_USERNAME": account.user,
        "FORCE_SIP_PASSWORD": account.password,
        "FORCE_SIP_EXTENSION": account.number,
        "SIP_USER_ID": account.number,
        "CODEC_PRIORITY": ",".join(codecs),
        "ENABLE_G722": flag("G722" in codecs),
        "ENABLE_G729": flag("G729" in codecs),
        "ENABLE_OPUS": flag("OPUS" in codecs),
        "SIMULTANEOUS_REGISTRATIONS": "1",
    }
    if account.voicemail_number:
        told |= {"PSTN_VM_NUM": account.voicemail_number, "MWISRVR": account.server}
    return told


def _key(number: int, key: Key) -> Settings:
    for part in (key.value, keys.label_of(key)):
        without("PHONEKEY", part, ";=")
    label, value = keys.label_of(key), key.value
    if key.kind in LAMPS:
        rest = f"Type=feature;Name=blf;Label={label};attr1={value};attr2={value};Forced"
    elif key.kind in DIALS:
        rest = f"Type=autodial;Name=autodial;attr1={value};Label={label};Forced"
    elif key.kind is KeyKind.DND:
        rest = f"Type=feature;Name=dnd;Label={label};Forced"
    else:
        return {}
    return {f"PHONEKEY!{number}": f"Key={number};{rest}"}


def _phone(device: Device) -> Settings:
    told = {
        "ENABLE_3PCC_ENVIRONMENT": "1",
        "3PCC_SERVER_MODE": "0",
        "ENABLE_AVAYA_ENVIRONMENT": "0",
        "DISCOVER_AVAYA_ENVIRONMENT": "0",
        "ENABLE_IPOFFICE": "0",
        "DES_STAT": "0",
        "DTMF_PAYLOAD_TYPE": "101",
        "ENABLE_OOD_RESET_NOTIFY": "1",
        "ENABLE_OOD_MSG_TLS_ONLY": "0",
        "ENABLE_AUTO_ANSWER_SUPPORT": "1",
        "ENABLE_WEBSERVER": flag(device.web_enabled),
        "LANGUAGE_IN_USE": LANGUAGES.get(device.language, "English"),
    }
    wanted = {
        "FORCE_WEB_ADMIN_PASSWORD": device.admin_password,
        "DOWNLOADABLE_DIRECTORY": device.phonebook_url,
        "BACKGROUND_IMAGE": device.wallpaper_url,
        "APPNAME": device.firmware_url.rpartition("/")[2],
        "CALL_PICKUP_BARGEIN_FAC": device.pickup_code,
    }
    return told | {name: value for name, value in wanted.items() if value}


def _time(device: Device) -> Settings:
    zone = device.time_zone
    sign, hours, minutes = times.hours_and_minutes(zone)
    told = {"GMTOFFSET": f"{sign}{hours}:{minutes:02d}", "DSTOFFSET": flag(zone.dst)}
    if device.ntp_server:
        told["SNTPSRVR"] = device.ntp_server
    if zone.dst:
        told |= {"DSTSTART": _change(zone.dst.start), "DSTSTOP": _change(zone.dst.end)}
    return told


def _change(change: DstChange) -> str:
    """``LSunOct2L``: last Sunday of October at two, local time."""
    which = "L" if change.week == 5 else str(change.week)
    return f"{which}{WEEKDAYS[change.weekday]}{MONTHS[change.month - 1]}{change.hour}L"


def phonebook(device: Device, _told: Settings) -> bytes:
    """The downloadable directory."""
    root = ET.Element("IPPhoneDirectory")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "LastName", "")
        child(entry, "FirstName", plain("name", contact.name))
        numbers = child(entry, "PhoneNumbers")
        phone = child(numbers, "Phone")
        child(phone, "Number", plain("number", contact.number))
        child(phone, "Type", "work")
    return xml(root)
