"""Alcatel-Lucent's setting ids. Source: the fact book, section 4.13, wazo-provd."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from provisioning.device import Account, Device, Key, KeyKind, Srtp
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, child, plain, xml

SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
CODECS = {"pcmu": "0", "pcma": "8", "g729": "18", "g722": "9", "opus": "125"}
LANGUAGES = {"en": "0", "fr": "1", "de": "2", "it": "3", "es": "4", "tr": "15"}
RTP_EVENTS = "2"
BLF, SPEED_DIAL = "59", "1"
KEY_TYPES = {
    KeyKind.BLF: BLF,
    KeyKind.QUEUE: BLF,
    KeyKind.QUEUE_OUT: BLF,
    KeyKind.NIGHT: BLF,
    KeyKind.PARK: BLF,
    KeyKind.SPEED_DIAL: SPEED_DIAL,
    KeyKind.VOICEMAIL: SPEED_DIAL,
    KeyKind.INTERCOM: SPEED_DIAL,
}


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _phone(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"Account{number}Enable"] = "false"
    for number, key in keys.filled(device.keys, model.keys):
        told |= _key(f"ProgramKey{number}", key)
    for module, module_keys in enumerate(device.expansion_keys, 1):
        for number, key in keys.filled(module_keys, 0):
            told |= _key(f"Aom{module}ProgramKey{number}", key)
    return told


def _account(number: int, account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    told = {
        "Enable": "true",
        "RegName": account.user,
        "UserName": account.number,
        "Password": account.password,
        "Label": account.label or account.name,
        "DisplayName": account.name,
        "Server1Address": account.server,
        "Server1Port": str(account.port),
        "Server1Transport": str(account.transport),
        "Server1Expire": str(account.expires_s),
        "OutboundProxy1Address": proxy,
        "OutboundProxy1Port": (port or "5060") if proxy else "",
        "DtmfMode": RTP_EVENTS,
        "SrtpWorkingMode": SRTP[account.srtp],
        "VmNumber": account.voicemail_number,
        "MwiUri": account.voicemail_number and account.number,
        "AudioCodec": ";".join(keys.codecs_known(account, CODECS)),
        "AutoAnswerEnable": "true" if account.auto_answer else "false",
        "IntercomEnable": "true",
    }
    return {f"Account{number}{name}": value for name, value in told.items()}


def _key(at: str, key: Key) -> Settings:
    if key.kind not in KEY_TYPES:
        return {}
    return {
        f"{at}Type": KEY_TYPES[key.kind],
        f"{at}Account": str(key.account),
        f"{at}Value": key.value,
        f"{at}Label": keys.label_of(key),
        f"{at}Extension": key.value,
    }


def _phone(device: Device) -> Settings:
    zone = device.time_zone
    told = {
        "DeviceProvisionServerUrl": device.base_url,
        "DeviceProvisionPnpEnable": "false",
        "DeviceProvisionFileFirst": "config.$model.xml",
        "DeviceProvisionFileSecond": "config.$mac.xml",
        "SettingLanguage": LANGUAGES.get(device.language, "0"),
        "SettingTimeZone": times.signed(zone) if zone.offset_minutes % 60 else _full(device),
        "SettingTimeZoneLocation": zone.iana,
        "SettingDstEnable": "2" if zone.dst else "0",
        "DeviceNetworkHttpEnable": "true" if device.web_enabled else "false",
    }
    wanted = {
        "SettingSntpServer": device.ntp_server,
        "DeviceSecurityAdminPwd": device.admin_password,
        "DeviceFirmwareUpgradeUrl": device.firmware_url,
        "SettingWallpaperUploadUrl": device.wallpaper_url,
        "RemotePhoneBook1Url": device.phonebook_url,
        "RemotePhoneBook1GroupName": device.phonebook_url and "Directory",
        "RemotePhoneBookEnable": device.phonebook_url and "true",
    }
    return told | {name: value for name, value in wanted.items() if value}


def _full(device: Device) -> str:
    return f"{times.signed(device.time_zone)}:00"


def config(_device: Device, told: Settings) -> bytes:
    """``<setting id="Account1RegName" value="201"/>`` for each."""
    root = ET.Element("settings")
    for name, value in told.items():
        child(root, "setting", id=name, value=value)
    return xml(root)


def phonebook(device: Device, _told: Settings) -> bytes:
    """The remote telephone book."""
    root = ET.Element("IPPhoneDirectory")
    for contact in device.contacts:
        entry = child(root, "DirectoryEntry")
        child(entry, "Name", plain("name", contact.name))
        child(entry, "Telephone", plain("number", contact.number))
    return xml(root)
