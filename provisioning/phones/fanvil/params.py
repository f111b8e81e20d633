"""Fanvil's settings, by their place in ``sysConf``.

Source: the fact book, section 4.9; key values and the directory from wazo-provd.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp, Transport
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "3"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
CODECS = {"pcmu": "PCMU", "pcma": "PCMA", "g722": "G722", "g729": "G729", "opus": "opus"}
LANGUAGES = {"en": "en", "ar": "ar", "fr": "fr", "de": "de", "tr": "tr"}
FUNCTIONS = {KeyKind.DND: "F_DND", KeyKind.TRANSFER: "F_TRANSFER"}
# What follows the number and the account of a memory key.
MEMORY = {
    KeyKind.SPEED_DIAL: "f",
    KeyKind.VOICEMAIL: "f",
    KeyKind.PARK: "c",
    KeyKind.INTERCOM: "i",
    KeyKind.BLF: "ba",
    KeyKind.QUEUE: "ba",
    KeyKind.QUEUE_OUT: "ba",
    KeyKind.NIGHT: "ba",
}
QUARTER_MINUTES = 15


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _server(device) | _phone(device) | _time(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"sip/line!{number}/EnableReg"] = "0"
    for number, key in keys.filled(device.keys, model.keys):
        told |= _key(f"dsskey/internal!1/Fkey!{number}", key, device)
    for module, module_keys in enumerate(device.expansion_keys, 1):
        for number, key in keys.filled(module_keys, 0):
            told |= _key(f"dsskey/external!{module}/Fkey!{number}", key, device)
    return told


def _server(device: Device) -> Settings:
    url = urlsplit(device.base_url)
    told = {
        "ap/DownloadCommonConf": "0",
        "ap/DownloadDeviceConf": "1",
        "ap/SaveProvisionInfo": "1",
        "ap/FlashServerIP": f"{url.scheme}://{url.netloc}",
        "ap/FlashFileName": f"{url.path.lstrip('/')}$mac.cfg",
        "ap/FlashProtocol": "5" if url.scheme == "https" else "4",
        "ap/FlashMode": "2",
        "ap/FlashInterval": str(max(1, device.resync_minutes // 60)),
        "ap/pnp/PNPEnable": "0",
    }
    if device.firmware_url:
        told |= {"fwCheck/EnableAutoUpgrade": "1", "fwCheck/UpgradeServer1": device.firmware_url}
    return told


def _account(number: int, account: Account) -> Settings:
    proxy, _, proxy_port = account.outbound_proxy.partition(":")
    told = {
        "PhoneNumber": account.number,
        "DisplayName": account.name,
        "SipName": account.label,
        "RegisterAddr": account.server,
        "RegisterPort": str(account.port),
        "RegisterUser": account.user,
        "RegisterPswd": account.password,
        "RegisterTTL": str(account.expires_s),
        "EnableReg": "1",
        "ProxyAddr": proxy,
        "ProxyPort": (proxy_port or "5060") if proxy else "",
        "Transport": TRANSPORTS[account.transport],
        "MediaCrypto": SRTP[account.srtp],
        "DTMFMode": "1",
        "MWINum": account.voicemail_number,
        "Subscribe": flag(account.voicemail_number),
        "AutoAnswer": flag(account.auto_answer),
        "VoiceCodecMap": ",".join(keys.codecs_known(account, CODECS)),
    }
    return {f"sip/line!{number}/{name}": value for name, value in told.items()}


def _key(at: str, key: Key, device: Device) -> Settings:
    kind, value = "0", ""
    if key.kind is KeyKind.LINE:
        kind, value = "2", f"SIP{key.account}"
    elif key.kind in FUNCTIONS:
        kind, value = "3", FUNCTIONS[key.kind]
    elif key.kind in MEMORY:
        pickup = f"{device.pickup_code}{key.value}" if key.kind is KeyKind.BLF else ""
        kind = "1"
        value = (
            f"{key.value}@{key.account}/{MEMORY[key.kind]}{pickup if device.pickup_code else ''}"
        )
    return {f"{at}/Type": kind, f"{at}/Value": value, f"{at}/Title": keys.label_of(key)}


def _phone(device: Device) -> Settings:
    told = {
        "phone/display/DefaultLanguage": LANGUAGES.get(device.language, "en"),
        "call/port!1/EnableIntercom": "1",
    }
    if device.admin_password:
        told |= {
            "phone/MenuPassword": device.admin_password,
            "web/account!1/Name": "admin",
            "web/account!1/Password": device.admin_password,
            "web/account!1/Level": "10",
        }
    if device.phonebook_url:
        told |= {
            "phone/xmlContact!1/Name": "Directory",
            "phone/xmlContact!1/Addr": device.phonebook_url,
            "phone/xmlContact!1/Sipline": "-1",
            "phone/xmlContact!1/BindLine": "-1",
            "phone/xmlContact!1/PhonebookType": "0",
        }
    for number, ring in enumerate(device.rings, 1):
        told |= {
            f"phone/alertInfo!{number}/Text": ring.alert_info,
            f"phone/alertInfo!{number}/Line": "-1",
            f"phone/alertInfo!{number}/RingType": f"Type {ring.tone}",
        }
    return told


def _time(device: Device) -> Settings:
    """Zones are counted in quarters of an hour: Tehran is 14."""
    zone = device.time_zone
    told = {
        "TimeZone": str(zone.offset_minutes // QUARTER_MINUTES),
        "TimeZoneName": f"UTC{times.signed(zone)}",
        "DSTType": "2" if zone.dst else "0",
    }
    if device.ntp_server:
        told |= {"SNTPServer": device.ntp_server, "EnableSNTP": "1"}
    if zone.dst:
        told |= {
            "DSTMinOffset": str(zone.dst.saved_minutes),
            **_change("Start", zone.dst.start),
            **_change("End", zone.dst.end),
        }
    return {f"phone/date/{name}": value for name, value in told.items()}


def _change(which: str, change: DstChange) -> Settings:
    return {
        f"DST{which}Mon": str(change.month),
        f"DST{which}Hour": str(change.hour),
        f"DST{which}Wday": str(change.weekday),
        f"DST{which}Week": "-1" if change.week == 5 else str(change.week),
    }
