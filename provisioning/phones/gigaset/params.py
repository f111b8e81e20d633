"""Gigaset's parameters. Names: the fact book, section 4.10; the symbols of N510: wazo-provd."""

from __future__ import annotations

from provisioning.device import Account, Device, Srtp, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

TRANSPORTS = {Transport.UDP: "1", Transport.TCP: "2", Transport.TLS: "3"}
LANGUAGES = {"en": "English", "de": "German", "fr": "French"}
_CREDENTIALS = ("AuthName", "AuthPassword", "UserName")
_MOST_EMPTIED = 20
"""Accounts of a base that are said to be empty; it has room for hundreds."""
RING_KINDS = {"internal": "Internal", "external": "External", "queue": "Group"}
# Hours and minutes to the N510's code. Its order is that of an old Windows list, in which
# Tehran stands between Nairobi (0x29) and Abu Dhabi (0x2b); others skip it (inferred).
ZONES = {
    -720: 0x00,
    -660: 0x01,
    -600: 0x02,
    -540: 0x03,
    -480: 0x04,
    -420: 0x07,
    -360: 0x09,
    -300: 0x0D,
    -240: 0x10,
    -180: 0x12,
    -120: 0x16,
    -60: 0x18,
    0: 0x1A,
    60: 0x1B,
    120: 0x20,
    180: 0x28,
    210: 0x2A,
    240: 0x2C,
    270: 0x2D,
    300: 0x2F,
    330: 0x30,
    345: 0x31,
    360: 0x33,
    390: 0x35,
    420: 0x36,
    480: 0x38,
    540: 0x3D,
    570: 0x40,
    600: 0x43,
    660: 0x47,
    720: 0x48,
    780: 0x50,
}
SYMBOLS = frozenset(
    f"BS_IP_Data{place}"
    for place in (
        *(
            f"1.{name}{suffix}"
            for name in (
                "aucS_SIP_DISPLAYNAME",
                "aucS_SIP_PASSWORD",
                "aucS_SIP_USER_ID",
                "aucS_SIP_DOMAIN",
                "aucS_SIP_SERVER",
                "aucS_SIP_REGISTRAR",
                "aucS_OUTBOUND_PROXY",
                "uiI_SIP_SERVER_PORT",
                "uiI_SIP_REGISTRAR_PORT",
            )
            for suffix in ("", "_#")
        ),
        "3.aucS_SIP_LOGIN_ID",
        "3.aucS_SIP_LOGIN_ID_#",
        "1.ucB_SIP_ACCOUNT_IS_ACTIVE_#",
        "1.aucS_VOIP_NET_AM_NUMBER_#",
        "1.uiI_TIME_TIMEZONE",
        "1.aucS_TIME_NTP_SERVER",
        "1.ucB_TIME_USE_AUTOMATIC_DST",
        "1.aucS_DATA_SERVER[0]",
        ".ucB_AUTO_UPDATE_PROFILE",
    )
)


def generation(model: Model) -> str:
    """Which of the three documents the model reads: ``symbols``, ``bases`` or ``maxwell``."""
    if model.name.startswith("Maxwell"):
        return "maxwell"
    return "bases" if model.name.startswith(("N610", "N670", "N870")) else "symbols"


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    writers = {"maxwell": _maxwell, "bases": _bases, "symbols": _symbols}
    return writers[generation(model)](device, model)


def _bases(device: Device, model: Model) -> Settings:
    told = {"Provisioning.global.ProvisioningServer": device.base_url.rstrip("/")}
    told["DmGlobal.0.TimeZone"] = device.time_zone.iana
    if device.ntp_server:
        told["DmGlobal.0.NtpServer"] = device.ntp_server
    if device.admin_password:
        told["WebUIAccounts.1.Password"] = device.admin_password
    if device.phonebook_url:
        told |= {"Netdir.1.Activated": "1", "XMLDir.1.ProviderName": "Directory"}
        told |= {"XMLDir.1.ServerURL": device.phonebook_url, "XMLDir.1.StartWithListWP": "1"}
    if device.accounts:
        told |= _provider(device.accounts[0])
    for number in keys.unused_accounts(device, min(model.accounts, _MOST_EMPTIED)):
        told |= {f"SipAccount.{number:05d}.{name}": "" for name in _CREDENTIALS}
    for number, account in enumerate(device.accounts, 1):
        at = f"SipAccount.{number:05d}"
        told |= {
            f"{at}.AuthName": account.user,
            f"{at}.AuthPassword": account.password,
            f"{at}.UserName": account.number,
            f"{at}.DisplayName": account.name,
            f"{at}.ProviderId": "0",
            f"{at}.VoiceMailMailbox": account.voicemail_number,
            f"{at}.VoiceMailActive": flag(account.voicemail_number),
            f"hs.{number:05d}.DECT_AC": f"{number:04d}",
        }
    return told


def _provider(account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    told = {
        "Name": "Markaz",
        "Domain": account.server,
        "ProxyServerAddress": account.server,
        "ProxyServerPort": str(account.port),
        "RegServerAddress": account.server,
        "RegServerPort": str(account.port),
        "RegServerRefreshTimer": str(account.expires_s),
        "TransportProtocol": TRANSPORTS[account.transport],
        "SRTP_Enabled": flag(account.srtp is not Srtp.OFF),
        "AcceptNonSRTPCalls": flag(account.srtp is not Srtp.REQUIRED),
        "MWISubscription": flag(account.voicemail_number),
        "OutboundProxyMode": "0" if proxy else "2",
    }
    if proxy:
        told |= {"OutboundProxyAddress": proxy, "OutboundProxyPort": port or "5060"}
    return {f"SipProvider.0.{name}": value for name, value in told.items()}


def _maxwell(device: Device, model: Model) -> Settings:
    told = {
        "System.Provision.ProvisioningServer": device.base_url.rstrip("/"),
        "System.Provision.Period": str(device.resync_minutes),
        "System.DateAndTime.TimeZone": device.time_zone.iana,
        "System.DateAndTime.AutoAdjustClockForDST": flag(device.time_zone.dst),
        "PhoneUI.Settings.Language": LANGUAGES.get(device.language, "English"),
    }
    if device.ntp_server:
        told["System.DateAndTime.TimeServer"] = device.ntp_server
    if device.admin_password:
        told["WebUI.AdminPassword"] = device.admin_password
    if device.wallpaper_url:
        told["PhoneUI.Settings.ScreenSaverHTTPSource"] = device.wallpaper_url
    for number, account in enumerate(device.accounts):
        told |= _maxwell_account(number, account)
        for ring in device.rings:
            kind = RING_KINDS.get(ring.alert_info)
            if kind:  # which of the telephone's own tones; what they sound like it says itself
                told[f"SIP.Account.{number}.Ringtone.Header{kind}"] = ring.alert_info
    for number in keys.unused_accounts(device, model.accounts):
        told[f"SIP.Account.{number - 1}.Active"] = "0"
    return told


def _maxwell_account(number: int, account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    told = {
        "Active": "1",
        "AccountName": account.label or account.name,
        "AuthName": account.user,
        "AuthPassword": account.password,
        "Username": account.number,
        "DisplayName": account.name,
        "Domain": account.server,
        "ProxyServer.Address": account.server,
        "ProxyServer.Port": str(account.port),
        "RegistrationServer.Address": account.server,
        "RegistrationServer.Port": str(account.port),
        "OutboundProxy.Address": proxy,
        "OutboundProxy.Port": (port or "5060") if proxy else "",
        "VoiceMail.Mailbox": account.voicemail_number,
        "VoiceMail.Active": flag(account.voicemail_number),
    }
    return {
        **{f"SIP.Account.{number}.{name}": value for name, value in told.items()},
        "SIP.TransportProtocol": account.transport.upper(),
        "SIP.Security.SRTP": flag(account.srtp is not Srtp.OFF),
        "SIP.Security.AcceptNonSRTPCalls": flag(account.srtp is not Srtp.REQUIRED),
    }


def _symbols(device: Device, model: Model) -> Settings:
    """Strings stand in quotes of their own; numbers are hexadecimal."""
    told = {
        "BS_IP_Data1.aucS_DATA_SERVER[0]": _text(keys.without_scheme(device.base_url)),
        "BS_IP_Data.ucB_AUTO_UPDATE_PROFILE": "0x1",
        "BS_IP_Data1.ucB_TIME_USE_AUTOMATIC_DST": "0x1" if device.time_zone.dst else "0x0",
    }
    if device.time_zone.offset_minutes in ZONES:
        code = ZONES[device.time_zone.offset_minutes]
        told["BS_IP_Data1.uiI_TIME_TIMEZONE"] = f"{code:#x}"
    if device.ntp_server:
        told["BS_IP_Data1.aucS_TIME_NTP_SERVER"] = _text(device.ntp_server)
    for number, account in enumerate(device.accounts, 1):
        told |= _symbol_account(number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"BS_IP_Data1.ucB_SIP_ACCOUNT_IS_ACTIVE_{number}"] = "0x0"
    return told


def _symbol_account(number: int, account: Account) -> Settings:
    suffix = "" if number == 1 else f"_{number}"
    one = "BS_IP_Data1"
    return {
        f"{one}.aucS_SIP_DISPLAYNAME{suffix}": _text(account.name),
        f"BS_IP_Data3.aucS_SIP_LOGIN_ID{suffix}": _text(account.user),
        f"{one}.aucS_SIP_PASSWORD{suffix}": _text(account.password),
        f"{one}.aucS_SIP_USER_ID{suffix}": _text(account.number),
        f"{one}.aucS_SIP_DOMAIN{suffix}": _text(account.server),
        f"{one}.aucS_SIP_SERVER{suffix}": _text(account.server),
        f"{one}.aucS_SIP_REGISTRAR{suffix}": _text(account.server),
        f"{one}.uiI_SIP_SERVER_PORT{suffix}": f"{account.port:#x}",
        f"{one}.uiI_SIP_REGISTRAR_PORT{suffix}": f"{account.port:#x}",
        f"{one}.aucS_OUTBOUND_PROXY{suffix}": _text(account.outbound_proxy),
        f"{one}.ucB_SIP_ACCOUNT_IS_ACTIVE_{number}": "0x1",
        f"{one}.aucS_VOIP_NET_AM_NUMBER_{number}": _text(account.voicemail_number),
    }


def _text(value: str) -> str:
    """Inside the value there are quotes again, and nothing escapes one in a string."""
    return '"' + value.replace('"', "'") + '"'
