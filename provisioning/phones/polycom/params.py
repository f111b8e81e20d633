"""UC Software's parameters. Names: the fact book, section 4.6."""

from __future__ import annotations

from firmware.model.alert import alert_info
from provisioning.device import Account, Device, DstChange, Key, KeyKind, Srtp, Tone, Transport
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

TRANSPORTS = {Transport.UDP: "UDPOnly", Transport.TCP: "TCPOnly", Transport.TLS: "TLS"}
CODECS = {
    "pcmu": "G711_Mu",
    "pcma": "G711_A",
    "g722": "G722",
    "g729": "G729_AB",
    "opus": "Opus",
}
LANGUAGES = {
    "en": "English_United_States",
    "fr": "French_France",
    "de": "German_Germany",
    "es": "Spanish_Spain",
}
WATCHED = (
    KeyKind.BLF,
    KeyKind.SPEED_DIAL,
    KeyKind.PARK,
    KeyKind.QUEUE,
    KeyKind.QUEUE_OUT,
    KeyKind.NIGHT,
    KeyKind.INTERCOM,
    KeyKind.VOICEMAIL,
)
# As the exchange says it to telephones that shall answer by themselves: compared as a whole.
ANSWER_ITSELF = "<http://markaz.internal>;info=alert-autoanswer;delay=0"
CHORDS = {"dial": "1", "busy": "2", "ringback": "3", "congestion": "4"}
UNLISTED = frozenset(("device.auth.localAdminPassword", "bg.color.bm.#.name"))


def settings(device: Device, model: Model) -> Settings:
    """All that ``device`` is told."""
    told = _server(device) | _time(device) | _sound(device) | _rings(device)
    for number, account in enumerate(device.accounts, 1):
        told |= _account(number, account)
    for number in keys.unused_accounts(device, model.accounts):
        told[f"reg.{number}.address"] = ""
    every_key = [*device.keys, *(key for module in device.expansion_keys for key in module)]
    watched = [key for key in every_key if key.kind in WATCHED]
    for number, key in enumerate(watched, 1):
        told |= _key(number, key, device)
    if device.pickup_code:
        told["call.directedCallPickupString"] = device.pickup_code
        told["call.directedCallPickupMethod"] = "legacy"
    return told


def _server(device: Device) -> Settings:
    told = {
        "device.set": "1",
        "device.prov.serverName": device.base_url,
        "device.prov.serverName.set": "1",
        "device.prov.serverType": "HTTPS" if device.base_url.startswith("https:") else "HTTP",
        "device.prov.serverType.set": "1",
        "prov.polling.enabled": "1",
        "prov.polling.mode": "rel",
        "prov.polling.period": str(max(3600, device.resync_minutes * 60)),
        "voIpProt.SIP.specialEvent.checkSync.alwaysReboot": "0",
        "lcl.ml.lang": LANGUAGES.get(device.language, LANGUAGES["en"]),
        "httpd.enabled": flag(device.web_enabled),
    }
    if device.admin_password:
        told |= {
            "device.auth.localAdminPassword": device.admin_password,
            "device.auth.localAdminPassword.set": "1",
        }
    if device.wallpaper_url:
        told["bg.color.bm.1.name"] = device.wallpaper_url
    return told


def _account(number: int, account: Account) -> Settings:
    proxy, _, port = account.outbound_proxy.partition(":")
    transport = TRANSPORTS[account.transport]
    told = {
        "address": account.number,
        "auth.userId": account.user,
        "auth.password": account.password,
        "displayName": account.name,
        "label": account.label or account.number,
        "server.1.address": account.server,
        "server.1.port": str(account.port),
        "server.1.transport": transport,
        "server.1.expires": str(account.expires_s),
        "lineKeys": "1",
    }
    if proxy:
        told |= {
            "outboundProxy.address": proxy,
            "outboundProxy.port": port or "5060",
            "outboundProxy.transport": transport,
        }
    mailbox = {
        f"msg.mwi.{number}.subscribe": account.voicemail_number and account.number,
        f"msg.mwi.{number}.callBackMode": "contact" if account.voicemail_number else "disabled",
        f"msg.mwi.{number}.callBack": account.voicemail_number,
    }
    return {f"reg.{number}.{name}": value for name, value in told.items()} | mailbox


def _key(number: int, key: Key, device: Device) -> Settings:
    account = device.account(key.account)
    host = account.server if account else keys.host_of(device.base_url)
    at = f"attendant.resourceList.{number}"
    return {
        f"{at}.address": keys.sip_uri(key.value, host),
        f"{at}.label": keys.label_of(key),
        f"{at}.type": "automata" if key.kind is KeyKind.PARK else "normal",
    }


def _sound(device: Device) -> Settings:
    told: Settings = {"tone.dtmf.viaRtp": "1", "tone.dtmf.rfc2833Control": "1"}
    wanted = {account.srtp for account in device.accounts}
    if wanted:
        offered = wanted != {Srtp.OFF}
        told |= {
            "sec.srtp.enable": flag(offered),
            "sec.srtp.offer": flag(offered),
            "sec.srtp.require": flag(wanted == {Srtp.REQUIRED}),
        }
        codecs = keys.codecs_known(device.accounts[0], CODECS)
        for codec in CODECS.values():
            place = codecs.index(codec) + 1 if codec in codecs else 0
            told[f"voice.codecPref.{codec}"] = str(place)
    for name, tone in device.tones.items():
        if name in CHORDS:
            told |= _chord(CHORDS[name], tone)
    return told


def _chord(number: str, tone: Tone) -> Settings:
    at = f"tone.chord.callProg.{number}"
    told: Settings = {}
    for place, frequency in enumerate(tone.freqs_hz, 1):
        told |= {f"{at}.freq.{place}": str(frequency), f"{at}.level.{place}": str(tone.level_dbm)}
    on, off = tone.cadence_ms[:2] if tone.cadence_ms else (0, 0)
    return told | {f"{at}.onDur": str(on), f"{at}.offDur": str(off), f"{at}.repeat": "0"}


def _rings(device: Device) -> Settings:
    told = {
        "voIpProt.SIP.alertInfo.1.value": "Auto Answer",
        "voIpProt.SIP.alertInfo.1.class": "autoAnswer",
        "voIpProt.SIP.alertInfo.2.value": ANSWER_ITSELF,
        "voIpProt.SIP.alertInfo.2.class": "autoAnswer",
    }
    for number, ring in enumerate(device.rings, 1):
        told |= {
            f"voIpProt.SIP.alertInfo.{number + 2}.value": alert_info(ring.alert_info),
            f"voIpProt.SIP.alertInfo.{number + 2}.class": f"custom{number}",
            f"se.rt.custom{number}.type": "ring",
            f"se.rt.custom{number}.ringer": f"ringer{ring.tone}",
        }
    return told


def _time(device: Device) -> Settings:
    zone = device.time_zone
    told = {
        "tcpIpApp.sntp.gmtOffset": str(zone.offset_minutes * 60),
        "tcpIpApp.sntp.gmtOffset.overrideDHCP": "1",
        "tcpIpApp.sntp.daylightSavings.enable": flag(zone.dst),
    }
    if device.ntp_server:
        told |= {
            "tcpIpApp.sntp.address": device.ntp_server,
            "tcpIpApp.sntp.address.overrideDHCP": "1",
        }
    if zone.dst:
        told["tcpIpApp.sntp.daylightSavings.fixedDayEnable"] = "0"
        told |= _change("start", zone.dst.start) | _change("stop", zone.dst.end)
    return told


def _change(which: str, change: DstChange) -> Settings:
    at = f"tcpIpApp.sntp.daylightSavings.{which}"
    return {
        f"{at}.month": str(change.month),
        f"{at}.time": str(change.hour),
        f"{at}.dayOfWeek": str(change.weekday + 1),
        f"{at}.dayOfWeek.lastInMonth": flag(change.week == 5),
        f"{at}.date": str((change.week - 1) * 7 + 1),
    }
