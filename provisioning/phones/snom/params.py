"""Snom's settings. Names and values: the fact book, section 4.8.

A name is written ``name!index`` where Snom gives it an ``idx``; function keys stand in a part
of their own, as ``functionKeys/fkey!0`` and ``functionKeys/fkey!0/label``.
"""

from __future__ import annotations

from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

SAVP = {Srtp.OFF: "off", Srtp.OPTIONAL: "optional", Srtp.REQUIRED: "mandatory"}
CODECS = {"pcma": "pcma", "pcmu": "pcmu", "g722": "g722", "g729": "g729", "opus": "opus"}
LANGUAGES = {"en": "English", "fr": "Francais", "de": "Deutsch", "tr": "Turkce"}
ZONES = {"Asia/Tehran": "IRN+3.5"}
PLAIN_KEYS = {KeyKind.DND: "keyevent F_DND", KeyKind.TRANSFER: "keyevent F_TRANSFER"}
RING_PLACES = ("internal", "external", "group")
# DECT bases, from wazo-provd's template for M700 and M900.
DECT_NAMES = frozenset(("subscr_sip_hs_idx", "subscr_dect_ac_code", "subscr_sip_ua_data_server_id"))


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told: Settings = {}
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
        if model.name.startswith("M"):
            told |= _handset(number)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"user_active!{number}"] = "off"
    told |= _phone(device) | _time(device)
    all_keys = [*device.keys]
    if device.expansion_keys:  # keys of modules go on after the telephone's own
        all_keys += [keys.EMPTY] * (model.keys - len(all_keys))
        all_keys += [key for module in device.expansion_keys for key in module]
    for number, key in keys.filled(all_keys, model.keys):
        told |= _key(number - 1, key, device)
    return told


def _account(number: int, account: Account) -> Settings:
    where = account.outbound_proxy or keys.host_port(account)
    codecs = (*keys.codecs_known(account, CODECS), "telephone-event")
    told = {
        "user_active": "on",
        "user_name": account.number,
        "user_pname": account.user,
        "user_pass": account.password,
        "user_realname": account.name,
        "user_idle_text": account.label or account.name,
        "user_host": account.server,
        "user_outbound": f"{where};transport={account.transport}",
        "user_expiry": str(account.expires_s),
        "user_srtp": "off" if account.srtp is Srtp.OFF else "on",
        "user_savp": SAVP[account.srtp],
        "user_mailbox": account.voicemail_number,
        "user_dtmf_info": "off",
        "user_auto_connect": "on" if account.auto_answer else "off",
        "codec_priority_list": ",".join(codecs),
    }
    return {f"{name}!{number}": value for name, value in told.items()}


def _handset(number: int) -> Settings:
    return {
        f"subscr_sip_hs_idx!{number}": str(number),
        f"subscr_dect_ac_code!{number}": f"{number:04d}",
        f"subscr_sip_ua_data_server_id!{number}": "1",
    }


def _key(place: int, key: Key, device: Device) -> Settings:
    at = f"functionKeys/fkey!{place}"
    account = device.account(key.account)
    host = account.server if account else keys.host_of(device.base_url)
    uri = keys.sip_uri(key.value, host)
    if key.kind in PLAIN_KEYS:
        value = PLAIN_KEYS[key.kind]
    elif key.kind is KeyKind.PARK:
        value = f"orbit {uri}"
    elif key.kind in (KeyKind.BLF, KeyKind.QUEUE, KeyKind.QUEUE_OUT, KeyKind.NIGHT):
        pickup = f"|{device.pickup_code}" if device.pickup_code else ""
        value = f"blf {uri};user=phone{pickup}"
    elif key.kind is KeyKind.INTERCOM:
        value = f"icom {uri}"
    elif key.kind in (KeyKind.SPEED_DIAL, KeyKind.VOICEMAIL):
        value = f"speed {key.value}"
    else:
        value = "line" if key.kind is KeyKind.LINE else "none"
    return {at: value, f"{at}/label": keys.label_of(key)}


def _phone(device: Device) -> Settings:
    told = {
        "setting_server": f"{device.base_url}{device.mac.upper()}.xml" if device.mac else "",
        "update_policy": "auto_update",
        "settings_refresh_timer": str(device.resync_minutes * 60),
        "pnp_config": "off",
        "challenge_checksync": "off",
        "intercom_enabled": "on",
        "answer_after_policy": "always",
        "language": _language(device),
        "web_language": _language(device),
        "alert_info_playback": "on",
    }
    if device.admin_password:
        told |= {
            "http_user": "admin",
            "http_pass": device.admin_password,
            "admin_mode_password": device.admin_password,
        }
    wanted = {
        "firmware": device.firmware_url,
        "custom_bg_image_url": device.wallpaper_url,
        "dkey_directory": device.phonebook_url and f"url {device.phonebook_url}",
    }
    told |= {name: value for name, value in wanted.items() if value}
    if not device.web_enabled:
        told |= {"https_enable": flag(False)}
    for place, ring in zip(RING_PLACES, device.rings, strict=False):
        told[f"alert_{place}_ring_text"] = ring.alert_info
        told[f"alert_{place}_ring_sound"] = f"Ringer{ring.tone}"
    return told


def _language(device: Device) -> str:
    """A pack that we serve ourselves may be any language; else what the telephone has."""
    if device.own_pack:
        return device.own_pack.name
    return LANGUAGES.get(device.language, "English")


def _time(device: Device) -> Settings:
    """The offset in seconds says more than a zone's name, whose summer time may be outdated."""
    zone = device.time_zone
    told = {"timezone": ZONES.get(zone.iana, ""), "utc_offset": f"{zone.offset_minutes * 60:+d}"}
    told["dst"] = ""
    if zone.dst:
        seconds = zone.dst.saved_minutes * 60
        told["dst"] = f"{seconds} {_change(zone.dst.start)} {_change(zone.dst.end)}"
    if device.ntp_server:
        told["ntp_server"] = device.ntp_server
    return told


def _change(change: DstChange) -> str:
    weekday = times.monday_first(change.weekday)
    return f"{change.month:02d}.{change.week:02d}.{weekday:02d} {change.hour:02d}:00:00"
