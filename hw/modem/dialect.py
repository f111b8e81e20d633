"""How the kinds of modem differ, as data: chosen by what a modem says it is, never by the number
its port got.

What is here is of drivers in the field (chan_quectel, chan_dongle) and the makers' command
manuals; nobody has tried it on metal with this program yet. The commands that all share are in
``calls``, ``sim_card``, ``texts`` and ``ussd``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class UssdForm(StrEnum):
    """How a code is written in ``AT+CUSD``."""

    TEXT = "text"  # as it is (27.007 §7.15 with the GSM character set)
    PACKED = "packed"  # 7-bit septets in hexadecimal, whatever the character set


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One family of modems.

    ``usb`` has for each (vendor, product) the interface numbers of commands and of audio.
    ``audio_on`` turns the call's audio on once it is dialled or answered; where it is "" the
    commands that dial and answer do. ``tries_left`` asks how many PINs may still be wrong: it
    is the ``tries_at``-th value of the answer.
    """

    name: str
    models: re.Pattern[str]
    usb: dict[tuple[str, str], tuple[int, int]]
    init: tuple[str, ...]
    dial: str
    answer: str
    tone: str
    audio_on: str = ""
    audio_waits_for_answer: bool = False
    audio_off: str = ""
    lists_calls: bool = False  # progress is not told: ask AT+CLCC while dialling
    cause: str = ""  # asks why a call ended
    tries_left: str = ""
    tries_prefix: str = ""
    tries_at: int = 0
    memories: tuple[str, ...] = ("ME", "SM")
    ussd: UssdForm = UssdForm.TEXT


EC25 = Dialect(
    name="Quectel EC25",
    models=re.compile(r"^E[CGP](20|21|25|91|95)"),
    usb={("2c7c", "0125"): (2, 1), ("2c7c", "0121"): (2, 1), ("2c7c", "0195"): (2, 1)},
    init=(
        "AT^DSCI=1",
        'AT+QGPSCFG="outport","none"',  # the audio port otherwise says where we are
        'AT+QURCCFG="urcport","usbat"',
    ),
    dial="AT+QPCMV=0;+QPCMV=1,0;D{number};",
    answer="AT+QPCMV=0;+QPCMV=1,0;A",
    tone="AT+VTS={digit}",
    cause="AT+CEER",
    tries_left='AT+QPINC="SC"',
    tries_prefix="+QPINC:",
    tries_at=1,
)

SIM7600 = Dialect(
    name="SIMCom SIM7600",
    models=re.compile(r"^(SIMCOM_)?SIM7[56]"),
    usb={("1e0e", "9001"): (2, 4)},
    init=("AT+CPCMBANDWIDTH=1,1",),  # 8 kHz
    dial="AT+CPCMREG=0;D{number};",
    answer="AT+CPCMREG=0;A",
    tone="AT+VTS={digit}",
    audio_on="AT+CPCMREG=1",
    audio_waits_for_answer=True,
    audio_off="AT+CPCMREG=0",
    lists_calls=True,
    cause="AT+CEER",
    tries_left="AT+SPIC",
    tries_prefix="+SPIC:",
    tries_at=0,
)

E1550 = Dialect(
    name="Huawei E1550",
    models=re.compile(r"^(E1[5-9]\d+|E3\d\d|K3\d+)"),
    usb={
        ("12d1", "1001"): (2, 1),
        ("12d1", "140c"): (3, 2),
        ("12d1", "1506"): (3, 2),
        ("12d1", "1436"): (4, 3),
        ("12d1", "14ac"): (4, 3),
    },
    init=("AT^CURC=1", "AT^CVOICE?"),
    dial="ATD{number};",
    answer="ATA",
    tone="AT^DTMF={call},{digit}",
    audio_on="AT^DDSETEX=2",
    tries_left="AT^CPIN?",
    tries_prefix="^CPIN:",
    tries_at=3,
    memories=("SM",),
    ussd=UssdForm.PACKED,
)

DIALECTS = (EC25, SIM7600, E1550)


def of_model(model: str) -> Dialect | None:
    """The dialect of a modem that calls itself ``model`` (AT+CGMM)."""
    return next((d for d in DIALECTS if d.models.match(model.strip().upper())), None)


def interfaces(vendor: str, product: str) -> tuple[int, int] | None:
    """The USB interfaces of commands and audio of a modem with these identifiers, four small
    hexadecimal digits each."""
    for dialect in DIALECTS:
        if (vendor, product) in dialect.usb:
            return dialect.usb[vendor, product]
    return None
