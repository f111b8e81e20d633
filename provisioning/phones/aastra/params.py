"""Mitel's and Aastra's parameters. Source: the fact book, section 4.15, wazo-provd."""

from __future__ import annotations

from urllib.parse import urlsplit

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag, lines, plain

TRANSPORTS = {Transport.UDP: "1", Transport.TCP: "2", Transport.TLS: "4"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
LANGUAGES = {"fr": "lang_fr.txt", "de": "lang_de.txt", "es": "lang_es.txt", "it": "lang_it.txt"}
KEY_TYPES = {
    KeyKind.NONE: "none",
    KeyKind.LINE: "line",
    KeyKind.BLF: "blf",
    KeyKind.QUEUE: "blf",
    KeyKind.QUEUE_OUT: "blf",
    KeyKind.NIGHT: "blf",
    KeyKind.SPEED_DIAL: "speeddial",
    KeyKind.VOICEMAIL: "speeddial",
    KeyKind.INTERCOM: "speeddial",
    KeyKind.PARK: "blf",
    KeyKind.DND: "dnd",
    KeyKind.TRANSFER: "xfer",
}
# Programmable, top soft and bottom soft keys of a model (wazo-provd).
KEYS = {
    "6730i": (8, 0, 0),
    "6731i": (8, 0, 0),
    "6735i": (6, 0, 20),
    "6737i": (0, 10, 20),
    "6739i": (0, 0, 55),
    "6753i": (6, 0, 0),
    "6755i": (6, 0, 20),
    "6757i": (0, 10, 20),
    "6863i": (3, 0, 0),
    "6865i": (8, 0, 0),
    "6867i": (0, 20, 18),
    "6869i": (0, 44, 24),
    "6873i": (0, 48, 24),
    "6930": (0, 44, 24),
    "9143i": (7, 0, 0),
    "9480i": (0, 0, 6),
}
OTHER_KEYS = (0, 20, 18)
UNLISTED = frozenset(
    (
        "dst start week",
        "dst end week",
        "dst start day",
        "dst end day",
        "dst [start|end] relative date",
        "https server",
        "https path",
        "https port",
        "sip allow auto answer",
        "background image",
    )
)


def config(_device: Device, told: Settings) -> bytes:
    """``name: value`` a line."""
    return lines(told, ": ")


def phonebook(device: Device, _told: Settings) -> bytes:
    """A name and a number a line; commas part them, so names go without."""
    rows = [
        f"{plain('name', contact.name).replace(',', ' ')},{plain('number', contact.number)}\n"
        for contact in device.contacts
    ]
    return "".join(rows).encode()


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _server(device) | _time(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
    for number, key in keys.filled(device.keys, 0):
        place = _place(number, model)
        if place:
            told |= _key(place, key)
    for module, module_keys in enumerate(device.expansion_keys, 1):
        for number, key in keys.filled(module_keys, 0):
            told |= _key(f"expmod{module} key{number}", key)
    return told


def _place(number: int, model: Model) -> str:
    """The name of the ``number``-th key; empty where the model has fewer."""
    for name, count in zip(
        ("prgkey", "topsoftkey", "softkey"), KEYS.get(model.name, OTHER_KEYS), strict=True
    ):
        if number <= count:
            return f"{name}{number}"
        number -= count
    return ""


def _account(number: int, account: Account) -> Settings:
    host, _, port = account.outbound_proxy.partition(":")
    told = {
        "proxy ip": host or account.server,
        "proxy port": (port or "5060") if host else str(account.port),
        "registrar ip": account.server,
        "registrar port": str(account.port),
        "user name": account.number,
        "auth name": account.user,
        "password": account.password,
        "display name": account.name,
        "screen name": account.label or account.name,
        "registration period": str(account.expires_s),
        "srtp mode": SRTP[account.srtp],
        "dtmf method": "0",
        "vmail": account.voicemail_number,
    }
    told = {f"sip line{number} {name}": value for name, value in told.items()}
    if number == 1:
        told["sip transport protocol"] = TRANSPORTS[account.transport]
        told["sip explicit mwi subscription"] = flag(account.voicemail_number)
    return told


def _key(place: str, key: Key) -> Settings:
    return {
        f"{place} type": KEY_TYPES[key.kind],
        f"{place} value": key.value,
        f"{place} label": keys.label_of(key),
        f"{place} line": str(key.account),
    }


def _server(device: Device) -> Settings:
    url = urlsplit(device.base_url)
    scheme = url.scheme
    told = {
        "download protocol": scheme.upper(),
        f"{scheme} server": url.hostname or "",
        f"{scheme} path": url.path.strip("/"),
        f"{scheme} port": str(url.port or (443 if scheme == "https" else 80)),
        "auto resync mode": "1",
        "auto resync time": "03:00",
        "sip allow auto answer": "1",
        "sip intercom allow barge in": "1",
        "sip xml notify event": "1",
        "language": "0",
    }
    if device.own_pack:
        told |= {"language 1": device.own_pack.url, "language": "1"}
    elif device.language in LANGUAGES:
        told |= {"language 1": LANGUAGES[device.language], "language": "1"}
    wanted = {
        "admin password": device.admin_password,
        "directory script": device.phonebook_url,
        "upgrade uri": device.firmware_url,
        "directed call pickup prefix": device.pickup_code,
        "sips trusted certificates": device.ca_url,
        "background image": device.wallpaper_url,
    }
    return told | {name: value for name, value in wanted.items() if value}


def _time(device: Device) -> Settings:
    """Minutes are counted west of Greenwich: Tehran is -210."""
    zone = device.time_zone
    told = {"time zone name": "Custom", "time zone minutes": str(-zone.offset_minutes)}
    told["dst config"] = "3" if zone.dst else "0"
    if device.ntp_server:
        told |= {"time server disabled": "0", "time server1": device.ntp_server}
    if zone.dst:
        told |= {
            "dst minutes": str(min(60, zone.dst.saved_minutes)),
            "dst [start|end] relative date": "1",
            **_change("start", zone.dst.start),
            **_change("end", zone.dst.end),
        }
    return told


def _change(which: str, change: DstChange) -> Settings:
    return {
        f"dst {which} month": str(change.month),
        f"dst {which} hour": str(min(23, change.hour)),
        f"dst {which} week": "-1" if change.week == 5 else str(change.week),
        f"dst {which} day": str(change.weekday + 1),
    }
