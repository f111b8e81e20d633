"""How the FXS ports of SPA and ATA devices behave; the flat profile has one set for all ports."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.device import CallerId, Device, Impedance, Tone
from provisioning.phones.writers import Settings

TONES = {
    "dial": "Dial_Tone",
    "busy": "Busy_Tone",
    "congestion": "Reorder_Tone",
    "ringback": "Ring_Back_Tone",
}
# Cisco's "ETSI FSK" comes before the first ring; between the rings, as EN 300 659-1 has it,
# is what the guide calls Bellcore, with V.23's tones.
CALLER_ID = {
    CallerId.BELLCORE: ("Bellcore(N.Amer,China)", "bell 202"),
    CallerId.ETSI_FSK_DURING_RING: ("Bellcore(N.Amer,China)", "v.23"),
    CallerId.ETSI_FSK_BEFORE_RING: ("ETSI FSK", "v.23"),
    CallerId.ETSI_DTMF: ("ETSI DTMF After Ring", "v.23"),
    CallerId.ETSI_DTMF_BEFORE_RING: ("ETSI DTMF", "v.23"),
    CallerId.BT: ("ETSI FSK With PR(UK)", "v.23"),
}
IMPEDANCE = {
    Impedance.OHM_600: "600",
    Impedance.OHM_900: "900",
    Impedance.ETSI_COMPLEX: "270+750||150nF",
    Impedance.GERMANY: "220+820||115nF",
    Impedance.BRITAIN: "370+620||310nF",
}


def settings(device: Device) -> Settings:
    """The ports' behaviour, from the first port."""
    if not device.ata_ports:
        return tones(device.tones)
    port = device.ata_ports[0]
    method, standard = CALLER_ID[port.caller_id]
    told = {
        "Caller_ID_Method": method,
        "Caller_ID_FSK_Standard": standard,
        "FXS_Port_Impedance": IMPEDANCE[port.impedance],
        "FXS_Port_Input_Gain": str(port.tx_gain_db),
        "FXS_Port_Output_Gain": str(port.rx_gain_db),
        "Hook_Flash_Timer_Min": _seconds(port.flash_min_ms),
        "Hook_Flash_Timer_Max": _seconds(port.flash_max_ms),
        "Ring1_Cadence": f"60({_cadence(port.ring_ms)})",
    }
    for each in device.ata_ports:
        told[f"FAX_Enable_T38_{each.index}_"] = "Yes" if each.fax_t38 else "No"
    return told | tones(port.tones or device.tones)


def tones(plan: Mapping[str, Tone]) -> Settings:
    """``425@-13;10(.5/.5/1)``: frequencies, then how long each part sounds, then which of them."""
    return {TONES[name]: _tone(tone) for name, tone in plan.items() if name in TONES}


def _tone(tone: Tone) -> str:
    frequencies = ",".join(f"{hertz}@{tone.level_dbm}" for hertz in tone.freqs_hz)
    all_of_them = "+".join(str(place) for place, _ in enumerate(tone.freqs_hz, 1))
    if not tone.cadence_ms:
        return f"{frequencies};*(*/0/{all_of_them})"
    parts = zip(tone.cadence_ms[::2], tone.cadence_ms[1::2], strict=True)
    sounding = ",".join(f"{_seconds(on)}/{_seconds(off)}/{all_of_them}" for on, off in parts)
    return f"{frequencies};*({sounding})"


def _cadence(lengths_ms: tuple[int, ...]) -> str:
    pairs = zip(lengths_ms[::2], lengths_ms[1::2], strict=True)
    return ",".join(f"{_seconds(on)}/{_seconds(off)}" for on, off in pairs)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g}"
