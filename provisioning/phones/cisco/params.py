"""Cisco's flat profile. Names: the fact book, sections 4.4 and 4.5; grammar of tones and keys:
the vendor's administration guides as FusionPBX and wazo-provd use them.
"""

from __future__ import annotations

import re

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp, Transport
from provisioning.phones import keys, times
from provisioning.phones.cisco import ata
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, without

TRANSPORTS = {Transport.UDP: "UDP", Transport.TCP: "TCP", Transport.TLS: "TLS"}
CODECS = {"pcmu": "G711u", "pcma": "G711a", "g722": "G722", "g729": "G729a", "opus": "OPUS"}
PREFERENCES = ("Preferred_Codec", "Second_Preferred_Codec", "Third_Preferred_Codec")
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "es": "Spanish", "tr": "Turkish"}
# sd dials, blf shows, cp picks up, prk parks.
FUNCTIONS = {
    KeyKind.SPEED_DIAL: "fnc=sd;ext={value}@$PROXY;nme={label}",
    KeyKind.VOICEMAIL: "fnc=sd;ext={value}@$PROXY;nme={label}",
    KeyKind.INTERCOM: "fnc=sd;ext={value}@$PROXY;nme={label}",
    KeyKind.BLF: "fnc=sd+blf+cp;sub={value}@$PROXY;nme={label}",
    KeyKind.QUEUE: "fnc=sd+blf;sub={value}@$PROXY;nme={label}",
    KeyKind.QUEUE_OUT: "fnc=sd+blf;sub={value}@$PROXY;nme={label}",
    KeyKind.NIGHT: "fnc=sd+blf;sub={value}@$PROXY;nme={label}",
    KeyKind.PARK: "fnc=sd+blf;sub={value}@$PROXY;nme={label}",
    KeyKind.DND: "fnc=dnd",
}


def model_of(wire: str) -> str:
    """``spa504G``, ``SPA-942`` and ``7841`` as we call them."""
    if re.fullmatch(r"\d{4}", wire):
        return f"CP-{wire}-3PCC"
    return re.sub(r"^(SPA|PAP)-", r"\1", wire, flags=re.IGNORECASE)


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    multiplatform = model.name.startswith(("CP-", "DP-"))
    told = _server(device, multiplatform) | _time(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(account.port_index or number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"Line_Enable_{number}_"] = "No"
    if model.ports:
        return told | ata.settings(device)
    first_free = len(device.accounts) + 1
    for number, key in keys.filled(device.keys, model.keys):
        if key.kind is not KeyKind.LINE and number >= first_free:
            told |= _key(number, key)
    for module, module_keys in enumerate(device.expansion_keys, 1):
        for number, key in keys.filled(module_keys, 0):
            told[f"Unit_{module}_Key_{number}"] = _function(key)
    return told | _phone(device)


def _server(device: Device, multiplatform: bool) -> Settings:
    told = {
        "Profile_Rule": f"{device.base_url}$MA.xml",
        "Resync_On_Reset": "Yes",
        "Resync_Periodic": str(device.resync_minutes * 60),
        "Resync_From_SIP": "Yes",
    }
    if device.admin_password:
        told["Admin_Password" if multiplatform else "Admin_Passwd"] = device.admin_password
        if not multiplatform:  # the SPA1x2's router part has one of its own
            told["Web_Login_Admin_Password"] = device.admin_password
    if device.firmware_url:
        told["Upgrade_Rule"] = device.firmware_url
    if device.ca_url:
        told["Custom_CA_Rule"] = device.ca_url
    if not device.web_enabled:
        told["Enable_Web_Server"] = "No"
    return told


def _account(number: int, account: Account) -> Settings:
    codecs = keys.codecs_known(account, CODECS)
    told = {
        "Line_Enable": "Yes",
        "Proxy": keys.host_port(account),
        "Outbound_Proxy": account.outbound_proxy,
        "Use_Outbound_Proxy": "Yes" if account.outbound_proxy else "No",
        "Register": "Yes",
        "Register_Expires": str(account.expires_s),
        "Display_Name": account.name,
        "User_ID": account.number,
        "Auth_ID": account.user,
        "Use_Auth_ID": "Yes",
        "Password": account.password,
        "SIP_Transport": TRANSPORTS[account.transport],
        "DTMF_Tx_Method": "AVT",
        "Mailbox_ID": account.voicemail_number,
        "Auth_Resync-Reboot": "No",
        "Secure_Call_Setting": "No" if account.srtp is Srtp.OFF else "Yes",
        "Use_Pref_Codec_Only": "No",
    }
    for name, codec in zip(PREFERENCES, codecs, strict=False):
        told[name] = codec
    return {f"{name}_{number}_": value for name, value in told.items()}


def _key(number: int, key: Key) -> Settings:
    return {
        f"Extension_{number}_": "Disabled",
        f"Short_Name_{number}_": keys.label_of(key),
        f"Extended_Function_{number}_": _function(key),
    }


def _function(key: Key) -> str:
    """A key's own small grammar: parts between semicolons, which nothing escapes."""
    pattern = FUNCTIONS.get(key.kind, "")
    if not pattern:
        return ""
    for part in (key.value, keys.label_of(key)):
        without("Extended_Function", part, ";=")
    return pattern.format(value=key.value, label=keys.label_of(key))


def _phone(device: Device) -> Settings:
    told = {"Language_Selection": LANGUAGES.get(device.language, "English")}
    if device.own_pack:
        name = without("Dictionary_Server_Script", device.own_pack.name, ";=")
        folder, _, file = device.own_pack.url.rpartition("/")
        told |= {
            "Dictionary_Server_Script": f"serv={folder}/;d1={name};l1=en-US;x1={file};",
            "Language_Selection": name,
        }
    told["Auto_Answer_Page"] = "Yes"
    voicemail = next((a.voicemail_number for a in device.accounts if a.voicemail_number), "")
    wanted = {
        "Voice_Mail_Number": voicemail,
        "XML_Directory_Service_Name": device.phonebook_url and "Directory",
        "XML_Directory_Service_URL": device.phonebook_url,
        "BMP_Picture_Download_URL": device.wallpaper_url,
    }
    told |= {name: value for name, value in wanted.items() if value}
    for number, ring in enumerate(device.rings[:8], 1):
        # Alert-Info ";info=<name>" is looked up among the rings' names.
        told[f"Ring{number}_Name"] = ring.alert_info
    return told | ata.tones(device.tones)


def _time(device: Device) -> Settings:
    zone = device.time_zone
    told = {"Time_Zone": f"GMT{times.signed(zone, pad=True)}"}
    told["Daylight_Saving_Time_Enable"] = "Yes" if zone.dst else "No"
    if zone.dst:
        hours, minutes = divmod(zone.dst.saved_minutes, 60)
        told["Daylight_Saving_Time_Rule"] = (
            f"start={_change(zone.dst.start)};end={_change(zone.dst.end)};save={hours}:{minutes}"
        )
    if device.ntp_server:
        told["Primary_NTP_Server"] = device.ntp_server
    return told


def _change(change: DstChange) -> str:
    day = -1 if change.week == 5 else (change.week - 1) * 7 + 1
    return f"{change.month}/{day}/{times.monday_first(change.weekday)}/{change.hour}:0:0"
