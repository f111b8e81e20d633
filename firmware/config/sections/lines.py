"""How an analogue line is spoken to: what the exchange at the other end of a trunk line does,
and what the telephone on a station line understands. Everything has a default that suits most.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from firmware.config.types import Decimal, Seconds, Section, Truth, WholeNumber, text


class CallerIdSent(StrEnum):
    """What to listen for before and between rings."""

    AUTO = "auto"  # keying, or digits with a start code
    FSK = "fsk"  # keying: Bellcore and ETSI alike
    DTMF = "dtmf"  # digits with a start code
    DTMF_BARE = "dtmf_bare"  # digits without one: half of them would look like a number
    NONE = "none"


class AnswerSign(StrEnum):
    """What says that the number we dialled was answered."""

    DELAY = "delay"  # nothing does: it counts as answered so long after it was dialled
    POLARITY = "polarity"
    SPEECH = "speech"  # ringback has ended, or somebody speaks


class HangUpSign(StrEnum):
    """What says that the other side has left."""

    BATTERY = "battery"  # it is taken away for an instant (CPC)
    POLARITY = "polarity"
    TONES = "tones"  # busy, congestion, howler
    DIAL_TONE = "dial_tone"  # in a call: the exchange has freed the line


class DialMode(StrEnum):
    TONE = "tone"
    PULSE = "pulse"


Gain = Annotated[Decimal, Field(ge=-15, le=15)]

EchoTail = Annotated[WholeNumber, Field(ge=0, le=128)]
"""Milliseconds; 0 switches the echo canceller off."""


class TrunkSignals(Section):
    """A trunk line: how the exchange at its other end signals."""

    country: Annotated[str, text(r"^[a-z]{2}$", "a country's two small letters")] | None = None
    caller_id: CallerIdSent = CallerIdSent.AUTO
    answer: AnswerSign = AnswerSign.DELAY
    answer_delay_s: Seconds = 3.0
    hang_up: tuple[HangUpSign, ...] = (HangUpSign.BATTERY, HangUpSign.TONES, HangUpSign.DIAL_TONE)
    dial: DialMode = DialMode.TONE
    dial_prefix: Annotated[
        str,
        text(r"^[0-9A-D*#,w!]{0,16}$", "up to 16 digits, pauses (,), waits (w) and flashes (!)"),
    ] = ""
    wait_for_dial_tone: Truth = True
    dial_tone_s: Seconds = 2.5  # how long it is waited for
    flash_ms: Annotated[WholeNumber, Field(ge=80, le=1000)] = 300
    receive_gain_db: Gain = 0.0
    send_gain_db: Gain = 0.0
    echo_canceller_ms: EchoTail = 16


class CallerIdShown(StrEnum):
    """How a telephone is told who calls."""

    BELL = "bell"
    V23 = "v23"
    DTMF = "dtmf"
    NONE = "none"


class StationTelephone(Section):
    """A station line: what the telephone on it understands."""

    caller_id: CallerIdShown = CallerIdShown.BELL
    waiting_caller_id: Truth = False  # who calls while it talks: the talk is mute for a second
    waiting_lamp: Truth = False  # messages light its lamp, beside the dial tone that stutters
    waiting_message: Truth = False  # it is sent a message that messages wait (keying)
    receive_gain_db: Gain = 0.0
    send_gain_db: Gain = 0.0
    echo_canceller_ms: EchoTail = 16
