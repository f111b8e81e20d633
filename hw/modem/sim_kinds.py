"""The kinds of simulated modem, as data: what each says it is, takes, and reports of a call."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One modem of a family.

    ``reports`` has the unsolicited line of each thing that happens to a call, "" where it says
    nothing. ``audio_on`` begins the command that turns a call's audio on; ``audio_frames`` after
    the call is up it is taken, not before (None: always). ``wrong_pins`` answers how many tries
    are left. ``packed_ussd``: USSD is written in septets, and the coding always said to be 15.
    """

    model: str
    answers: dict[str, str]
    takes: re.Pattern[str]
    reports: dict[str, str]
    audio_on: str
    audio_off: str
    tries: tuple[str, str]
    audio_frames: int | None = None
    tells_cause: bool = False
    packed_ussd: bool = False


_COMMON = (
    r"\+COPS=|\+CREG=|\+CMEE=|\+CSSN=|\+CMGF=|\+CSCS=|\+CCWA=|\+CLIP=|\+CUSD=2|\+CUSD=1$|"
    r"Z$|E[01]$|$"
)


def _takes(own: str) -> re.Pattern[str]:
    return re.compile(f"^({_COMMON}|{own})")


_ANSWERS = {
    "+CGSN": "867698040000017",
    "+CIMI": "432113000000017",
    "+CNUM": '+CNUM: "","+989120000017",145',
    "+CSCA?": '+CSCA: "+989110000000",145',
    "+COPS?": '+COPS: 0,0,"Example Mobile",7',
}
"""The identifiers are of no real modem or SIM."""

EC25 = Kind(
    model="EC25",
    answers={
        **_ANSWERS,
        "+CGMI": "Quectel",
        "+CGMM": "EC25",
        "+CGMR": "EC25EFAR06A09M4G",
        "+QPCMV?": "+QPCMV: 0,0",
    },
    takes=_takes(r"\+QGPSCFG=|\+QURCCFG=|\^DSCI="),
    reports={
        "dialled": "^DSCI: 1,0,2,0,{number},{type}",
        "alerting": "^DSCI: 1,0,7,0,{number},{type}",
        "connected": "^DSCI: 1,{inbound},3,0,{number},{type}",
        "incoming": "^DSCI: 1,1,4,0,{number},{type}",
        "ended": "^DSCI: 1,{inbound},6,0,{number},{type}",
    },
    audio_on="+QPCMV=1",
    audio_off="+QPCMV=0",
    tries=('+QPINC="SC"', '+QPINC: "SC",{left},10'),
    tells_cause=True,
)

SIM7600 = Kind(
    model="SIMCOM_SIM7600E",
    answers={**_ANSWERS, "+CGMM": "SIMCOM_SIM7600E", "+CGMR": "+CGMR: LE20B05SIM7600E"},
    takes=_takes(r"\+CPCMBANDWIDTH="),
    reports={
        "connected": "VOICE CALL: BEGIN",
        "ended": "VOICE CALL: END: {seconds:06d}",
        "missed": "MISSED_CALL: 08:15AM {number}",
    },
    audio_on="+CPCMREG=1",
    audio_off="+CPCMREG=0",
    audio_frames=50,
    tries=("+SPIC", "+SPIC: {left},10,{left},10"),
    tells_cause=True,
)

E1550 = Kind(
    model="E1550",
    answers={
        **_ANSWERS,
        "+CGMI": "huawei",
        "+CGMM": "E1550",
        "+CGMR": "11.608.14.15.311",
        "^CVOICE?": "^CVOICE: 0,8000,16,20",
    },
    takes=_takes(r"\^CURC="),
    reports={
        "dialled": "^ORIG:1,0",
        "alerting": "^CONF:1",
        "connected": "^CONN:1,0",
        "ended": "^CEND:1,{seconds},67,{cause}",
    },
    audio_on="^DDSETEX=2",
    audio_off="",
    tries=("^CPIN?", "^CPIN: SIM PIN,{left},10,{left},10,3"),
    packed_ussd=True,
)

KINDS = {kind.model: kind for kind in (EC25, SIM7600, E1550)}
