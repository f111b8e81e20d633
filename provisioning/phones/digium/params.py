"""Digium's settings and accounts. Source: the fact book, section 4.16, FusionPBX, wazo-provd."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Contact, Device, Key, KeyKind, Srtp
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, child, flag, plain, xml

LOCALES = {"en": "en_US", "fr": "fr_FR", "de": "de_DE", "es": "es_ES", "it": "it_IT"}
HOST = ("server", "port", "transport", "media_encryption", "reregister")
ENCRYPTION = {Srtp.OFF: "", Srtp.OPTIONAL: "sdes", Srtp.REQUIRED: "sdes"}
ACCOUNT = (
    "account_id",
    "username",
    "authname",
    "password",
    "line_label",
    "caller_id",
    "voicemail",
    "needMwiSubscription",
    "outbound_proxy",
    "outbound_port",
    "register",
    "status",
)
WATCHED = (
    KeyKind.BLF,
    KeyKind.SPEED_DIAL,
    KeyKind.PARK,
    KeyKind.QUEUE,
    KeyKind.QUEUE_OUT,
    KeyKind.NIGHT,
    KeyKind.INTERCOM,
)
ACCOUNT_NAMES = frozenset((*ACCOUNT, *HOST))


def settings(device: Device, _model: Model) -> Settings:
    """All that ``device`` is told; accounts as ``account!0/username``."""
    told = {
        "time_zone": device.time_zone.iana,
        "time_source": "ntp",
        "locale": LOCALES.get(device.language, "en_US"),
        "send_mac_with_useragent": "1",
        "enable_check_sync": "1",
        "network_enable_dhcp": "1",
        "web_ui_enabled": flag(device.web_enabled),
        "enable_blf_on_unused_line_keys": flag(device.keys),
    }
    wanted = {
        "ntp_server": device.ntp_server,
        "login_password": device.admin_password,
        "wallpaper_file": device.wallpaper_url,
    }
    told |= {name: value for name, value in wanted.items() if value}
    for number, account in enumerate(device.accounts):
        values = _account(account)
        told |= {f"account!{number}/{name}": value for name, value in values.items()}
    return told


def _account(account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    values = (
        account.number,
        account.number,
        account.user,
        account.password,
        account.label or account.name,
        account.name,
        account.voicemail_number,
        flag(account.voicemail_number),
        proxy,
        (port or "5060") if proxy else "",
        "1",
        "1",
    )
    encryption = ENCRYPTION[account.srtp]
    host = (account.server, str(account.port), str(account.transport), encryption)
    return dict(zip(ACCOUNT, values, strict=True)) | dict(
        zip(HOST, (*host, str(account.expires_s)), strict=True)
    )


def config(device: Device, told: Settings) -> bytes:
    """Settings, accounts, and where contacts and lamps are."""
    root = ET.Element("config")
    for name, value in told.items():
        if "/" not in name:
            child(root, "setting", id=name, value=value)
    accounts = child(root, "accounts")
    for number, _ in enumerate(device.accounts):
        at = f"account!{number}/"
        attributes = {name: told[f"{at}{name}"] for name in ACCOUNT if f"{at}{name}" in told}
        entry = child(accounts, "account", index=str(number), **attributes)
        child(entry, "host_primary", **{name: told[f"{at}{name}"] for name in HOST})
    if device.mac:
        own = plain("url", f"{device.base_url}{device.mac}")
        child(root, "contacts", url=f"{own}-contacts.xml", id="internal")
        lamps_at = child(root, "smart_blf")
        child(lamps_at, "blf_items", url=f"{own}-smartblf.xml")
    if device.firmware_url:
        places = child(root, "firmwares")
        child(
            places,
            "firmware",
            model=device.model,
            version=plain("firmware", device.firmware_version),
            url=plain("firmware", device.firmware_url),
        )
    return xml(root)


def contacts(device: Device, _told: Settings) -> bytes:
    """The telephone book, and before it those that the keys watch."""
    root = ET.Element("contacts", {"group_name": "Directory", "id": "internal", "editable": "0"})
    watched = [Contact(name=keys.label_of(key), number=key.value) for key in _watched(device)]
    for number, contact in enumerate((*watched, *device.contacts)):
        entry = child(
            root,
            "contact",
            id=str(number),
            first_name=plain("name", contact.name),
            last_name="",
            contact_type="sip",
            account_id=plain("number", contact.number),
            subscribe_to=keys.sip_uri(contact.number, keys.host_of(device.base_url)),
        )
        numbers = child(entry, "numbers")
        child(numbers, "number", dial=contact.number, label="Extension", primary="1")
    return xml(root)


def lamps(device: Device, _told: Settings) -> bytes:
    """The contacts that stand on keys, in the keys' order."""
    root = ET.Element("smart_blf")
    items = child(root, "blf_items")
    for number, _ in enumerate(_watched(device)):
        child(items, "blf_item", location="main", index=str(number), contact_id=str(number))
    return xml(root)


def _watched(device: Device) -> list[Key]:
    return [key for key in device.keys if key.kind in WATCHED]
