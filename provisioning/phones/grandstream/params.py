"""Grandstream's P values. Numbers: the fact book, sections 4.2 and 4.3, and FusionPBX's templates.

Account 1 has numbers of its own; accounts 2 to 6 share theirs above a base (402, 502, ...).
"""

from __future__ import annotations

from provisioning.device import Account, Device, Key, KeyKind, Srtp, Transport
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.grandstream import ata
from provisioning.phones.writers import Settings, flag

FIRST = {
    "active": 271,
    "label": 270,
    "server": 47,
    "outbound_proxy": 48,
    "number": 35,
    "user": 36,
    "password": 34,
    "name": 3,
    "voicemail": 33,
    "expires_minutes": 32,
    "transport": 130,
    "mwi": 99,
    "auto_answer": 90,
    "srtp": 183,
}
OTHERS = {
    "active": 1,
    "label": 17,
    "server": 2,
    "outbound_proxy": 3,
    "number": 4,
    "user": 5,
    "password": 6,
    "name": 7,
    "voicemail": 26,
    "expires_minutes": 12,
    "transport": 48,
    "mwi": 15,
    "auto_answer": 25,
    "srtp": 43,
}
BASES = {2: 400, 3: 500, 4: 600, 5: 1700, 6: 1800}
FIRST_CODECS: tuple[int, ...] = (57, 58, 59, 60, 61, 62, 46)
OTHER_CODEC = 51
CODECS = {"pcmu": "0", "g726-32": "2", "pcma": "8", "g722": "9", "g729": "18", "opus": "123"}
TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "2"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
LANGUAGES = {"en": "en", "ar": "ar", "he": "he", "tr": "tr", "ru": "ru", "fr": "fr", "de": "de"}
SCREEN_KEYS = 8  # virtual keys with numbers of their own: P1363 and on, P1465 and on
# Modes of virtual keys on the screen; those of modules count otherwise.
SCREEN_MODES = {
    KeyKind.NONE: "-1",
    KeyKind.LINE: "0",
    KeyKind.SPEED_DIAL: "10",
    KeyKind.BLF: "11",
    KeyKind.QUEUE: "11",
    KeyKind.QUEUE_OUT: "11",
    KeyKind.NIGHT: "11",
    KeyKind.VOICEMAIL: "16",
    KeyKind.TRANSFER: "18",
    KeyKind.PARK: "19",
    KeyKind.INTERCOM: "20",
    KeyKind.DND: "-1",  # has a key of its own on these telephones
}
MODULE_MODES = {
    KeyKind.NONE: "-1",
    KeyKind.LINE: "31",
    KeyKind.SPEED_DIAL: "0",
    KeyKind.BLF: "1",
    KeyKind.QUEUE: "1",
    KeyKind.QUEUE_OUT: "1",
    KeyKind.NIGHT: "1",
    KeyKind.VOICEMAIL: "6",
    KeyKind.TRANSFER: "8",
    KeyKind.PARK: "9",
    KeyKind.INTERCOM: "10",
    KeyKind.DND: "-1",
}
MODULE_BASE = 23000
MODULE_KEYS = 40
RINGS = ((1488, 1489), (1490, 1491), (1492, 1493))


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    if model.ports:
        return common(device, model) | ata.settings(device, model)
    told = common(device, model)
    for number, account in enumerate(device.accounts[:6], 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, min(model.accounts, 6)):
        told[_name(number, "active")] = "0"
    for number, key in keys.filled(device.keys[:SCREEN_KEYS], min(model.keys, SCREEN_KEYS)):
        told |= _screen_key(number, key)
    for module, module_keys in enumerate(device.expansion_keys[: model.modules]):
        for number, key in keys.filled(module_keys, 0):
            told |= _module_key(module * MODULE_KEYS + number, key)
    return told | _phone(device)


def common(device: Device, model: Model) -> Settings:
    """What telephones and ATAs are told alike: where the files are, time, administrator."""
    secure = device.base_url.startswith("https:")
    told = {
        "P212": "2" if secure else "1",
        "P237": keys.without_scheme(device.base_url),
        "P145": "0",  # a router's option 66 must not lead away from us
        "P1414": "0",  # nor a second answer to a PnP request
        "P64": "customize",
        "P246": times.posix(device.time_zone),
        "P143": "0",
        # Take our NOTIFY without asking who we are. On GRP the same number asks the opposite.
        "P4428": "0" if model.name.startswith("GRP") else "1",
    }
    if device.ntp_server:
        told |= {"P30": device.ntp_server, "P144": "0"}
    if device.admin_password:
        told["P2"] = device.admin_password
    if device.firmware_url:
        # A folder: the telephone knows the file's name, which must be the vendor's own.
        told["P192"] = keys.without_scheme(device.firmware_url.rpartition("/")[0])
        told["P6767"] = "2" if device.firmware_url.startswith("https:") else "1"
    return told | _schedule(device)


def _schedule(device: Device) -> Settings:
    # 1 is "every so many minutes" on telephones; ATAs overwrite it, they count otherwise.
    return {"P194": "1", "P193": str(max(60, device.resync_minutes)), "P238": "0"}


def _name(number: int, part: str) -> str:
    return f"P{FIRST[part]}" if number == 1 else f"P{BASES[number] + OTHERS[part]}"


def _account(number: int, account: Account) -> Settings:
    values = {
        "active": "1",
        "label": account.label or account.name,
        "server": keys.host_port(account),
        "outbound_proxy": account.outbound_proxy,
        "number": account.number,
        "user": account.user,
        "password": account.password,
        "name": account.name,
        "voicemail": account.voicemail_number,
        "expires_minutes": str(max(1, account.expires_s // 60)),
        "transport": TRANSPORTS[account.transport],
        "mwi": flag(account.voicemail_number),
        "auto_answer": flag(account.auto_answer),
        "srtp": SRTP[account.srtp],
    }
    told = {_name(number, part): value for part, value in values.items()}
    codecs = keys.codecs_known(account, CODECS)
    places = FIRST_CODECS
    if number > 1:
        places = tuple(range(BASES[number] + OTHER_CODEC, BASES[number] + OTHER_CODEC + 6))
    for place in range(6):  # a place left as it was would offer a codec nobody asked for
        told[f"P{places[place]}"] = codecs[min(place, len(codecs) - 1)] if codecs else "8"
    return told


def _screen_key(number: int, key: Key) -> Settings:
    step = 2 * (number - 1)
    return {
        f"P{1363 + step}": SCREEN_MODES[key.kind],
        f"P{1364 + step}": str(key.account - 1),
        f"P{1465 + step}": keys.label_of(key),
        f"P{1466 + step}": key.value,
    }


def _module_key(number: int, key: Key) -> Settings:
    at = MODULE_BASE + 5 * (number - 1)
    return {
        f"P{at}": MODULE_MODES[key.kind],
        f"P{at + 1}": str(key.account - 1),
        f"P{at + 2}": keys.label_of(key),
        f"P{at + 3}": key.value,
    }


def _phone(device: Device) -> Settings:
    told = {"P1362": LANGUAGES.get(device.language, "en"), "P298": "1"}
    if device.pickup_code:
        told["P1347"] = device.pickup_code
    if device.phonebook_url:
        secure = device.phonebook_url.startswith("https:")
        folder = device.phonebook_url.removesuffix("phonebook.xml")
        told |= {"P330": "3" if secure else "1", "P331": keys.without_scheme(folder)}
        told["P332"] = str(device.resync_minutes)
    if device.wallpaper_url:
        told |= {"P2916": "1", "P2917": device.wallpaper_url}
    for (text, tone), ring in zip(RINGS, device.rings, strict=False):
        told |= {f"P{text}": ring.alert_info, f"P{tone}": str(ring.tone)}
    return told | _tones(device)


def _tones(device: Device) -> Settings:
    return {
        f"P{ata.TONES[name]}": ata.tone(tone)
        for name, tone in device.tones.items()
        if name in ata.TONES
    }
