"""How an OBi ATA's ports behave to the telephones on them.

Inferred from the vendor's administration guide, as no template at hand shows these objects: an OBi
leaves out what it does not know.
"""

from __future__ import annotations

from provisioning.device import AtaPort, CallerId, Impedance
from provisioning.phones.writers import Settings

# How the number is sent, and when.
CALLER_ID = {
    CallerId.BELLCORE: ("FSK(Bell202)", "After First Ring"),
    CallerId.ETSI_FSK_DURING_RING: ("FSK(V.23)", "After First Ring"),
    CallerId.ETSI_FSK_BEFORE_RING: ("FSK(V.23)", "Before First Ring"),
    CallerId.ETSI_DTMF: ("DTMF", "After First Ring"),
    CallerId.ETSI_DTMF_BEFORE_RING: ("DTMF", "Before First Ring"),
    CallerId.BT: ("FSK(V.23)", "After Polarity Reversal"),
}
IMPEDANCE = {
    Impedance.OHM_600: "600",
    Impedance.OHM_900: "900",
    Impedance.ETSI_COMPLEX: "270+750||150nF",
    Impedance.GERMANY: "220+820||115nF",
    Impedance.BRITAIN: "370+620||310nF",
}
TONES = {
    "dial": "DialTone",
    "busy": "BusyTone",
    "ringback": "RingbackTone",
    "congestion": "ReorderTone",
}
NAMES = frozenset(
    (
        *("Enable", "PrimaryLine", "Impedance", "CallerIDMethod", "CallerIDTrigger"),
        *("HookFlashTimeMin", "HookFlashTimeMax", "ChannelTxGain", "ChannelRxGain"),
        *("RingProfile", "ToneProfile", "TonePattern", "RingPattern1"),
    )
)


def settings(ports: tuple[AtaPort, ...]) -> Settings:
    """Each port's behaviour, and the one tone profile and ring profile they share."""
    told: Settings = {}
    for port in ports:
        told |= _port(port)
    for port in ports[:1]:
        for name, tone in port.tones.items():
            if name in TONES:
                pattern = ",".join(f"{hertz}{tone.level_dbm:+d}" for hertz in tone.freqs_hz)
                cadence = f";-1;{_cadence(tone.cadence_ms)}" if tone.cadence_ms else ""
                at = f"VoiceService.1.X_ToneProfile.1.{TONES[name]}./TonePattern"
                told[at] = pattern + cadence
        told["VoiceService.1.X_RingProfile.1./RingPattern1"] = f"60;{_cadence(port.ring_ms)}"
    return told


def _port(port: AtaPort) -> Settings:
    at = f"VoiceService.1.X_FXS.{port.index}./"
    method, moment = CALLER_ID[port.caller_id]
    return {
        f"{at}Enable": "true",
        f"{at}PrimaryLine": f"SP{port.index} Service",
        f"{at}Impedance": IMPEDANCE[port.impedance],
        f"{at}CallerIDMethod": method,
        f"{at}CallerIDTrigger": moment,
        f"{at}HookFlashTimeMin": str(port.flash_min_ms),
        f"{at}HookFlashTimeMax": str(port.flash_max_ms),
        f"{at}ChannelTxGain": str(port.tx_gain_db),
        f"{at}ChannelRxGain": str(port.rx_gain_db),
        f"{at}RingProfile": "A",
        f"{at}ToneProfile": "A",
    }


def _cadence(lengths_ms: tuple[int, ...]) -> str:
    """``(.5+.5)``: seconds on and off."""
    pairs = zip(lengths_ms[::2], lengths_ms[1::2], strict=True)
    return "(" + ",".join(f"{on / 1000:g}+{off / 1000:g}" for on, off in pairs) + ")"
