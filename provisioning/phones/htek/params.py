"""Htek's parameters, written ``number/name``. Source: the fact book, section 4.12, wazo-provd."""

from __future__ import annotations

from provisioning.device import Account, Device, Key, KeyKind, Srtp, Tone, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

# What: name, then the numbers of accounts 1 to 4.
ACCOUNT = {
    "active": ("Active", (271, 401, 501, 601)),
    "server": ("Sipserver", (47, 747, 502, 602)),
    "outbound_proxy": ("OutboundProxy", (48, 748, 503, 603)),
    "number": ("SipUserId", (35, 735, 504, 604)),
    "user": ("AuthenticateID", (36, 736, 505, 605)),
    "password": ("AuthenticatePassword", (34, 734, 506, 606)),
    "name": ("DispalyName", (3, 703, 507, 607)),  # the vendor's spelling
    "voicemail": ("VoiceMailId", (33, 426, 526, 626)),
    "transport": ("SipTransport", (130, 830, 930, 1030)),
}
FIRST_ONLY = {
    "srtp": ("SRtpMode", 183),
    "mwi": ("SubscribeForMWI", 99),
    "dtmf": ("DtmfMode", 20166),
}
TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "2"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
KEY_TYPES = {
    KeyKind.NONE: "0",
    KeyKind.LINE: "1",
    KeyKind.SPEED_DIAL: "2",
    KeyKind.VOICEMAIL: "2",
    KeyKind.INTERCOM: "2",
    KeyKind.BLF: "3",
    KeyKind.QUEUE: "3",
    KeyKind.QUEUE_OUT: "3",
    KeyKind.NIGHT: "3",
    KeyKind.PARK: "8",
    KeyKind.DND: "0",  # has keys of its own
    KeyKind.TRANSFER: "0",
}
KEY_PARTS = ("Type", "Value", "Label", "Account", "PickupCode")
TONES = {"dial": (4000, "DialTone"), "ringback": (4001, "RingbackTone")}
TONES |= {"busy": (4002, "BusyTone"), "congestion": (4003, "ReorderTone")}
# Minutes east of Greenwich to the vendor's code.
ZONES = {
    -660: 105,
    -600: 2,
    -540: 3,
    -480: 6,
    -420: 10,
    -360: 14,
    -300: 18,
    -270: 19,
    -240: 20,
    -210: 26,
    -180: 30,
    -120: 31,
    -60: 32,
    0: 33,
    60: 49,
    120: 57,
    180: 73,
    210: 74,
    240: 77,
    300: 83,
    330: 84,
    360: 85,
    420: 88,
    480: 89,
    540: 93,
    570: 94,
    600: 96,
    630: 100,
    660: 101,
    720: 102,
    765: 103,
    780: 104,
}
ANY_ACCOUNT = "255"
# Text in the Alert-Info, then the tone; the list of names that the lint uses repeats one name.
RINGS = (
    ("P1399/Preference.AlertInternalText", "P1402/Preference.AlertInternalRinger"),
    ("P1400/Preference.AlertExternalText", "P1403/Preference.AlertExternalText"),
    ("P1401/Preference.AlertGroupText", "P1404/Preference.AlertGroupText"),
)


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _phone(device) | _time(device)
    for number, account in enumerate(device.accounts[:4], 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, min(model.accounts, 4)):
        told[_name("active", number)] = "0"
    for number, key in keys.filled(device.keys, model.keys):
        told |= _key(number, key, device)
    return told


def _name(part: str, number: int) -> str:
    para, numbers = ACCOUNT[part]
    return f"P{numbers[number - 1]}/Account{number}.{para}"


def _account(number: int, account: Account) -> Settings:
    values = {
        "active": "1",
        "server": keys.host_port(account),
        "outbound_proxy": account.outbound_proxy,
        "number": account.number,
        "user": account.user,
        "password": account.password,
        "name": account.name,
        "voicemail": account.voicemail_number,
        "transport": TRANSPORTS[account.transport],
    }
    told = {_name(part, number): value for part, value in values.items()}
    if number == 1:
        first = {"srtp": SRTP[account.srtp], "mwi": flag(account.voicemail_number), "dtmf": "0"}
        for part, value in first.items():
            para, place = FIRST_ONLY[part]
            told[f"P{place}/Account1.{para}"] = value
    return told


def _key(number: int, key: Key, device: Device) -> Settings:
    account = ANY_ACCOUNT if key.kind is not KeyKind.LINE else str(key.account - 1)
    pickup = device.pickup_code if key.kind is KeyKind.BLF else ""
    values = (KEY_TYPES[key.kind], key.value, keys.label_of(key), account, pickup)
    return {
        f"P{_key_number(number, place)}/LineKey{number}.{part}": value
        for place, (part, value) in enumerate(zip(KEY_PARTS, values, strict=True))
    }


def _key_number(number: int, part: int) -> int:
    """The first four keys are counted across, the others along (wazo-provd)."""
    if number < 5:
        return 41200 + number - 1 + 100 * part
    if number < 37:
        return 20200 + 5 * (number - 5) + part
    return 23000 + 5 * (number - 37) + part


def _phone(device: Device) -> Settings:
    secure = device.base_url.startswith("https:")
    told = {
        "P212/FirmwareUpGrade.UrgrateMode": "2" if secure else "1",
        "P237/FirmwareUpGrade.ConfigServerPath": keys.without_scheme(device.base_url),
        "P194/FirmwareUpGrade.AutoUpgrade": "1",
        "P193/FirmwareUpGrade.CheckUpgradeTimes": str(max(60, device.resync_minutes)),
        "P145/FirmwareUpGrade.AllowDHCPOption": "0",
        "P1362/Preference.LcdLanguage": "en",
    }
    if device.admin_password:
        told["P2/AdminPassword"] = device.admin_password
    if device.firmware_url:
        folder = keys.without_scheme(device.firmware_url.rpartition("/")[0])
        told["P192/FirmwareUpGrade.FirmwareServerPath"] = folder
    if device.phonebook_url:
        told["P4401/RemotePhoneBook1.Url"] = device.phonebook_url
    if device.wallpaper_url:
        told["P20052/FirmwareUpGrade.WallpaperServerURL"] = device.wallpaper_url
    if device.own_pack:
        told["P20175/FirmwareUpGrade.LanguageUrl"] = device.own_pack.url
    for (text, ringer), ring in zip(RINGS, device.rings, strict=False):
        told |= {text: ring.alert_info, ringer: str(ring.tone)}
    for name, tone in device.tones.items():
        if name in TONES:
            number, para = TONES[name]
            told[f"P{number}/Tones.{para}"] = _tone(tone)
    return told


def _tone(tone: Tone) -> str:
    parts = [f"f{place}={hertz}" for place, hertz in enumerate(tone.freqs_hz, 1)]
    lengths = tone.cadence_ms or (0, 0)
    pairs = zip(lengths[::2], lengths[1::2], strict=True)
    return ",".join([*parts, "c=" + "-".join(f"{on // 10}/{off // 10}" for on, off in pairs)]) + ";"


def _time(device: Device) -> Settings:
    zone = device.time_zone
    told = {"P75/Preference.DaylightSavingTime": flag(zone.dst), "P143/Preference.DHCPTime": "0"}
    if zone.offset_minutes in ZONES:
        told["P64/Preference.TimeZone"] = str(ZONES[zone.offset_minutes])
    if device.ntp_server:
        told["P30/UrlOrIpAddress"] = device.ntp_server
    return told
