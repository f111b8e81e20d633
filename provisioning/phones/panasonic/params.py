"""Panasonic's parameters. Names: the fact book, section 4.11; key actions: the vendor's guide."""

from __future__ import annotations

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, lines

FIRST_LINE = "# Panasonic SIP Phone Standard Format File #\n"
TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "2"}
CODECS = {"g722": "0", "pcma": "1", "g729": "3", "pcmu": "4"}
ACTIONS = {
    KeyKind.LINE: "X_PANASONIC_IPTEL_DN",
    KeyKind.BLF: "X_PANASONIC_IPTEL_CONTACT",
    KeyKind.QUEUE: "X_PANASONIC_IPTEL_CONTACT",
    KeyKind.QUEUE_OUT: "X_PANASONIC_IPTEL_CONTACT",
    KeyKind.NIGHT: "X_PANASONIC_IPTEL_CONTACT",
    KeyKind.PARK: "X_PANASONIC_IPTEL_CONTACT",
    KeyKind.SPEED_DIAL: "X_PANASONIC_IPTEL_ONETOUCH",
    KeyKind.VOICEMAIL: "X_PANASONIC_IPTEL_ONETOUCH",
    KeyKind.INTERCOM: "X_PANASONIC_IPTEL_ONETOUCH",
}
LANGUAGES = {"en": "en", "fr": "fr", "de": "de", "es": "es", "tr": "tr"}
TONES = {"dial": "DIAL_TONE1", "busy": "BUSY_TONE", "ringback": "RINGBACK_TONE"}
TONES |= {"congestion": "REORDER_TONE"}
WEEKDAYS = 7


def boot(device: Device, _told: Settings) -> bytes:
    """Where the telephone's own file is; ``{MAC}`` the telephone fills in itself."""
    own = device.mac.upper() or "{MAC}"
    told = {"CFG_STANDARD_FILE_PATH": f"{device.base_url}Config{own}.cfg"}
    return config(device, told)


def config(_device: Device, told: Settings) -> bytes:
    """``NAME="value"`` a line; a quotation mark cannot be escaped and is refused."""
    return lines(told, "=", head=FIRST_LINE, quote='"')


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _phone(device) | _time(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told |= {f"PHONE_NUMBER_{number}": "", f"SIP_AUTHID_{number}": ""}
    for number, key in keys.filled(device.keys, model.keys):
        told |= _key(number, key, device)
    for name, tone in device.tones.items():
        if name in TONES:
            told[f"{TONES[name]}_FRQ"] = ",".join(str(hertz) for hertz in tone.freqs_hz)
            told[f"{TONES[name]}_TIMING"] = ",".join(str(part) for part in tone.cadence_ms or (0,))
    return told


def _account(number: int, account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    told = {
        "PHONE_NUMBER": account.number,
        "DISPLAY_NAME": account.name,
        "SIP_URI": f"{account.number}@{account.server}",
        "SIP_RGSTR_ADDR": account.server,
        "SIP_RGSTR_PORT": str(account.port),
        "SIP_PRXY_ADDR": account.server,
        "SIP_PRXY_PORT": str(account.port),
        "SIP_OUTPROXY_ADDR": proxy,
        "SIP_OUTPROXY_PORT": (port or "5060") if proxy else "",
        "SIP_AUTHID": account.user,
        "SIP_PASS": account.password,
        "SIP_TRANSPORT": TRANSPORTS[account.transport],
        "REG_EXPIRE_TIME": str(account.expires_s),
        "OUTBANDDTMF": "Y",
        "VM_NUMBER": account.voicemail_number,
    }
    codecs = keys.codecs_known(account, CODECS)
    for codec in CODECS.values():
        told[f"CODEC_ENABLE{codec}"] = "Y" if codec in codecs else "N"
        if codec in codecs:
            told[f"CODEC_PRIORITY{codec}"] = str(codecs.index(codec) + 1)
    return {f"{name}_{number}": value for name, value in told.items()}


def _key(number: int, key: Key, device: Device) -> Settings:
    account = device.account(key.account)
    host = account.server if account else keys.host_of(device.base_url)
    argument = {KeyKind.LINE: str(key.account)}.get(key.kind, key.value)
    if ACTIONS.get(key.kind) == "X_PANASONIC_IPTEL_CONTACT":
        argument = f"{key.value}@{host}"
    return {
        f"FLEX_BUTTON_FACILITY_ACT{number}": ACTIONS.get(key.kind, ""),
        f"FLEX_BUTTON_FACILITY_ARG{number}": argument if key.kind in ACTIONS else "",
        f"FLEX_BUTTON_LABEL{number}": keys.label_of(key),
    }


def _phone(device: Device) -> Settings:
    told = {
        "CFG_STANDARD_FILE_PATH": f"{device.base_url}Config{device.mac.upper() or '{MAC}'}.cfg",
        "CFG_CYCLIC": "Y",
        "CFG_CYCLIC_INTVL": str(device.resync_minutes),
        "CFG_RESYNC_FROM_SIP": "check-sync",
        "PROVISION_ENABLE": "Y",
        "OPTION66_ENABLE": "N",
        "DEFAULT_LANGUAGE": LANGUAGES.get(device.language, "en"),
        "VM_SUBSCRIBE_ENABLE": "Y",
        "HTTPD_PORTOPEN_AUTO": "Y" if device.web_enabled else "N",
    }
    if device.admin_password:
        told |= {"ADMIN_ID": "admin", "ADMIN_PASS": device.admin_password}
    if device.firmware_url:
        told |= {"FIRM_UPGRADE_ENABLE": "Y", "FIRM_FILE_PATH": device.firmware_url}
        if device.firmware_version:
            told["FIRM_VERSION"] = device.firmware_version
    if device.ca_url:
        told["CFG_ROOT_CERTIFICATE_PATH"] = device.ca_url
    if device.pickup_code:
        told["NUM_PLAN_PICKUP_DIRECT"] = device.pickup_code
    return told


def _time(device: Device) -> Settings:
    """The zone is minutes east of Greenwich; 210 is Tehran."""
    zone = device.time_zone
    told = {"TIME_ZONE": str(zone.offset_minutes), "DST_ENABLE": "Y" if zone.dst else "N"}
    if device.ntp_server:
        told["NTP_ADDR"] = device.ntp_server
    if zone.dst:
        told["DST_OFFSET"] = str(zone.dst.saved_minutes)
        told |= _change("START", zone.dst.start) | _change("STOP", zone.dst.end)
    return told


def _change(which: str, change: DstChange) -> Settings:
    return {
        f"DST_{which}_MONTH": str(change.month),
        f"DST_{which}_ORDINAL_DAY": str(change.week),
        f"DST_{which}_DAY_OF_WEEK": str(change.weekday % WEEKDAYS),
        f"DST_{which}_TIME": str(change.hour * 60),
    }
