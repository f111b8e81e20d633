"""What Grandstream's HT ATAs are told besides: their ports, and how each behaves to its telephone.

Numbers: FusionPBX's ht801 and ht818 templates. Of the second port of an HT802 the templates
name the account; its ringing and line numbers (P811, P812, P863, P864) are inferred from the
same vendor's HT502.
"""

from __future__ import annotations

from provisioning.device import (
    Account,
    AtaPort,
    CallerId,
    Device,
    Impedance,
    Srtp,
    Tone,
    Transport,
)
from provisioning.phones import keys
from provisioning.phones.family import Model
from provisioning.phones.writers import Settings, flag

PORTS = (
    {
        "active": 271,
        "server": 47,
        "outbound_proxy": 48,
        "number": 35,
        "user": 36,
        "password": 34,
        "name": 3,
        "transport": 130,
        "caller_id": 853,
        "impedance": 854,
        "flash_min": 251,
        "flash_max": 252,
    },
    {
        "active": 401,
        "server": 747,
        "outbound_proxy": 748,
        "number": 735,
        "user": 736,
        "password": 734,
        "name": 703,
        "transport": 830,
        "caller_id": 863,
        "impedance": 864,
        "flash_min": 811,
        "flash_max": 812,
    },
)
# HT814 and HT818: one profile for all ports, then four numbers for each.
PROFILE = ("active", "server", "outbound_proxy", "transport")
PORT_BASES = {"number": 4060, "user": 4090, "password": 4120, "name": 4180}
ENABLE_BASE = 4595
TONES = {"dial": 4000, "ringback": 4001, "busy": 4002, "congestion": 4003}
RING_CADENCE = 4040
TRANSPORTS = {Transport.UDP: "0", Transport.TCP: "1", Transport.TLS: "2"}
SRTP = {Srtp.OFF: "0", Srtp.OPTIONAL: "1", Srtp.REQUIRED: "2"}
CALLER_ID = {
    CallerId.BELLCORE: "0",
    CallerId.ETSI_FSK_DURING_RING: "1",
    CallerId.ETSI_FSK_BEFORE_RING: "2",
    CallerId.ETSI_DTMF: "5",
    CallerId.ETSI_DTMF_BEFORE_RING: "8",
    CallerId.BT: "9",
}
IMPEDANCE = {
    Impedance.OHM_600: "0",
    Impedance.OHM_900: "1",
    Impedance.ETSI_COMPLEX: "4",
    Impedance.GERMANY: "9",
    Impedance.BRITAIN: "10",
}
GAINS = {6: "1", 4: "2", 2: "3", 0: "0", -2: "4", -4: "5", -6: "6"}


def settings(device: Device, model: Model) -> Settings:
    """Accounts by port, and the ports' behaviour."""
    by_port = {account.port_index or place: account for place, account in _placed(device)}
    told: Settings = {"P194": "3"}  # on ATAs "every so many minutes" is 3
    for port, account in by_port.items():
        told |= _account(port, account, model)
    if device.whole:
        for port in set(range(1, model.ports + 1)) - set(by_port):
            told[_active(port, model)] = "0"
    for behaviour in device.ata_ports:
        told |= _behaviour(behaviour, model)
    return told | _sounds(device)


def _placed(device: Device) -> list[tuple[int, Account]]:
    return list(enumerate(device.accounts, 1))


def _active(port: int, model: Model) -> str:
    return f"P{PORTS[port - 1]['active']}" if model.ports <= 2 else f"P{ENABLE_BASE + port - 1}"


def _account(port: int, account: Account, model: Model) -> Settings:
    values = {
        "active": "1",
        "server": keys.host_port(account),
        "outbound_proxy": account.outbound_proxy,
        "number": account.number,
        "user": account.user,
        "password": account.password,
        "name": account.name,
        "transport": TRANSPORTS[account.transport],
    }
    if model.ports <= 2:
        told = {f"P{PORTS[port - 1][part]}": value for part, value in values.items()}
    else:
        told = {f"P{PORTS[0][part]}": values[part] for part in PROFILE}
        told |= {f"P{base + port - 1}": values[part] for part, base in PORT_BASES.items()}
        told[_active(port, model)] = "1"
    if port == 1:
        told |= {"P183": SRTP[account.srtp], "P32": str(max(1, account.expires_s // 60))}
    return told


def _behaviour(port: AtaPort, model: Model) -> Settings:
    if port.index > 2 or (model.ports > 2 and port.index > 1):
        return {}  # one profile for all ports, told by the first
    numbers = PORTS[port.index - 1]
    told = {
        f"P{numbers['caller_id']}": CALLER_ID[port.caller_id],
        f"P{numbers['impedance']}": IMPEDANCE[port.impedance],
        f"P{numbers['flash_min']}": str(port.flash_min_ms),
        f"P{numbers['flash_max']}": str(port.flash_max_ms),
    }
    if port.index == 1:
        told |= {
            "P228": flag(not port.fax_t38),
            "P249": _gain(port.rx_gain_db),
            "P247": _gain(port.tx_gain_db),
        }
    return told


def _sounds(device: Device) -> Settings:
    if not device.ata_ports:
        return {}
    first = device.ata_ports[0]  # tones and cadence are the whole ATA's
    told = {
        f"P{TONES[name]}": tone(sound)
        for name, sound in (first.tones or device.tones).items()
        if name in TONES
    }
    return told | {f"P{RING_CADENCE}": f"c={_pairs(first.ring_ms)};"}


def tone(sound: Tone) -> str:
    """``f1=425@-13,c=500/500;``; a continuous tone has the cadence 0/0."""
    parts = [
        f"f{place}={frequency}@{sound.level_dbm}"
        for place, frequency in enumerate(sound.freqs_hz, 1)
    ]
    return ",".join([*parts, f"c={_pairs(sound.cadence_ms or (0, 0))};"])


def _pairs(lengths_ms: tuple[int, ...]) -> str:
    pairs = zip(lengths_ms[::2], lengths_ms[1::2], strict=True)
    return "-".join(f"{on}/{off}" for on, off in pairs)


def _gain(level_db: int) -> str:
    return GAINS[min(GAINS, key=lambda known: abs(known - level_db))]
