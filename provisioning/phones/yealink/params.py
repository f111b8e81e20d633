"""Yealink's parameters. Names and values: the fact book, section 4.1."""

from __future__ import annotations

from provisioning.device import (
    Account,
    Device,
    DstChange,
    Key,
    KeyKind,
    Srtp,
    Tone,
    Transport,
)
from provisioning.phones import keys, times
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

# 14 is intercom in the vendor's DSS key table; 11, once given for it, is DTMF.
KEY_TYPES = {
    KeyKind.NONE: "0",
    KeyKind.TRANSFER: "3",
    KeyKind.DND: "5",
    KeyKind.PARK: "10",
    KeyKind.SPEED_DIAL: "13",
    KeyKind.VOICEMAIL: "13",
    KeyKind.INTERCOM: "14",
    KeyKind.LINE: "15",
    KeyKind.BLF: "16",
    KeyKind.QUEUE: "16",
    KeyKind.QUEUE_OUT: "16",
    KeyKind.NIGHT: "16",
}
TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "2"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
CODECS = ("pcmu", "pcma", "g722", "g729", "opus")
TONES = {"dial": "dial", "ringback": "ring", "busy": "busy", "congestion": "congestion"}
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "es": "Spanish", "tr": "Turkish"}
ZONE_NAMES = {"Asia/Tehran": "Iran(Teheran)"}


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told: Settings = {}
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account, device)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"account.{number}.enable"] = "0"
    for number, key in keys.filled(device.keys, model.keys):
        told |= _key(f"linekey.{number}", key, device)
    for module, module_keys in enumerate(device.expansion_keys, 1):
        for number, key in keys.filled(module_keys, 0):
            told |= _key(f"expansion_module.{module}.key.{number}", key, device)
    return told | _phone(device) | _time(device) | _tones(device)


def _account(number: int, account: Account, device: Device) -> Settings:
    at = f"account.{number}"
    host, _, port = account.outbound_proxy.partition(":")
    told = {
        f"{at}.enable": "1",
        f"{at}.label": account.label or account.name,
        f"{at}.display_name": account.name,
        f"{at}.auth_name": account.user,
        f"{at}.user_name": account.number,
        f"{at}.password": account.password,
        f"{at}.sip_server.1.address": account.server,
        f"{at}.sip_server.1.port": str(account.port),
        f"{at}.sip_server.1.transport_type": TRANSPORTS[account.transport],
        f"{at}.sip_server.1.expires": str(account.expires_s),
        f"{at}.outbound_proxy_enable": flag(host),
        f"{at}.srtp_encryption": SRTP[account.srtp],
        f"{at}.dtmf.type": "1",
        f"{at}.subscribe_mwi": flag(account.voicemail_number),
        f"{at}.auto_answer": flag(account.auto_answer),
        f"{at}.alert_info_url_enable": "1",
        f"voice_mail.number.{number}": account.voicemail_number,
    }
    if host:
        told[f"{at}.outbound_proxy.1.address"] = host
        told[f"{at}.outbound_proxy.1.port"] = port or "5060"
    for codec in CODECS:
        told[f"{at}.codec.{codec}.enable"] = flag(codec in account.codecs)
        if codec in account.codecs:
            told[f"{at}.codec.{codec}.priority"] = str(account.codecs.index(codec) + 1)
    if device.pickup_code:
        told[f"{at}.direct_pickup_code"] = device.pickup_code
    return told


def _key(at: str, key: Key, device: Device) -> Settings:
    told = {
        f"{at}.type": KEY_TYPES[key.kind],
        f"{at}.line": str(key.account),
        f"{at}.value": key.value,
        f"{at}.label": keys.label_of(key),
    }
    if key.kind is KeyKind.BLF and device.pickup_code:
        told[f"{at}.extension"] = device.pickup_code
    return told


def _phone(device: Device) -> Settings:
    told = {
        "static.auto_provision.server.url": device.base_url,
        "static.auto_provision.power_on": "1",
        "static.auto_provision.repeat.enable": "1",
        "static.auto_provision.repeat.minutes": str(device.resync_minutes),
        "static.zero_touch.enable": "0",
        # Adopted, it looks for nobody else; still waiting, it may be found anew.
        "static.auto_provision.dhcp_option.enable": flag(not device.is_settled),
        "static.auto_provision.pnp_enable": flag(not device.is_settled),
        "sip.notify_reboot_enable": "0",  # restart only where the NOTIFY says reboot=true
        "lang.gui": LANGUAGES.get(device.language, "English"),
        "lang.wui": LANGUAGES.get(device.language, "English"),
        "features.intercom.allow": "1",
        "static.wui.http_enable": flag(device.web_enabled),
        "static.wui.https_enable": flag(device.web_enabled),
    }
    wanted = {
        "static.security.user_password": device.admin_password and f"admin:{device.admin_password}",
        "remote_phonebook.data.1.url": device.phonebook_url,
        "wallpaper_upload.url": device.wallpaper_url,
        "static.firmware.url": device.firmware_url,
        "static.trusted_certificates.url": device.ca_url,
    }
    told |= {name: value for name, value in wanted.items() if value}
    if device.wallpaper_url:
        told["phone_setting.backgrounds"] = f"Config:{device.wallpaper_url.rpartition('/')[2]}"
    if device.own_pack:
        told |= {"gui_lang.url": device.own_pack.url, "lang.gui": device.own_pack.name}
    if device.phonebook_url:
        told["features.remote_phonebook.enable"] = "1"
        told["remote_phonebook.data.1.name"] = "Directory"
    for number, ring in enumerate(device.rings, 1):
        told[f"distinctive_ring_tones.alert_info.{number}.text"] = ring.alert_info
        told[f"distinctive_ring_tones.alert_info.{number}.ringer"] = str(ring.tone)
        if ring.url:
            told["ringtone.url"] = ring.url
    return told


def _time(device: Device) -> Settings:
    zone = device.time_zone
    told = {
        "local_time.time_zone": times.signed(zone),
        "local_time.summer_time": flag(zone.dst),
        "local_time.time_format": "1",
    }
    if zone.iana in ZONE_NAMES:
        told["local_time.time_zone_name"] = ZONE_NAMES[zone.iana]
    if device.ntp_server:
        told["local_time.ntp_server1"] = device.ntp_server
        told["local_time.ntp_server2"] = device.ntp_server
    if zone.dst:
        told["local_time.dst_time_type"] = "1"
        told["local_time.start_time"] = _change(zone.dst.start)
        told["local_time.end_time"] = _change(zone.dst.end)
        told["local_time.offset_time"] = str(zone.dst.saved_minutes)
    return told


def _change(change: DstChange) -> str:
    weekday = times.monday_first(change.weekday)
    return f"{change.month}/{change.week}/{weekday}/{change.hour}"


def _tones(device: Device) -> Settings:
    told = {
        f"voice.tone.{TONES[name]}": _tone(tone)
        for name, tone in device.tones.items()
        if name in TONES
    }
    return {"voice.tone.country": "Custom", **told} if told else told


def _tone(tone: Tone) -> str:
    frequencies = "+".join(str(frequency) for frequency in tone.freqs_hz)
    if not tone.cadence_ms:
        return frequencies
    parts = zip((frequencies, "0") * len(tone.cadence_ms), tone.cadence_ms, strict=False)
    return ",".join(f"{sound}/{length}" for sound, length in parts)
