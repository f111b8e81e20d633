"""Dialling out on a trunk line: digits as tones or pulses, pauses, waits for dial tone, flashes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Protocol

from firmware.config.sections.lines import DialMode
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel
from hw.dahdi.port import Port
from hw.signal.dtmf import DIGITS
from hw.signal.tone import ToneDetector, TonePlan

PAUSE, WAIT, FLASH = ",", "w", "!"
"""What may stand between the digits of a number."""

_STEPS = re.compile(r"[0-9*#A-D]+|,|w|!")
_ALSO = {PAUSE, WAIT, FLASH}

_DIGIT_S = 0.16  # one digit as DtmfGenerator sends it
_PAUSE_S = 2.0
_AFTER_FLASH_S = 1.0
_PULSE_S = 0.1
_AFTER_DIGIT_S = 0.8
_PULSES_LATE_S = 3.0  # a port that does not say that it has dialled is not waited for


def can_dial(text: str, mode: DialMode) -> bool:
    """Whether ``text`` is a number, perhaps with pauses, that can be dialled so."""
    digits = set("0123456789" if mode is DialMode.PULSE else DIGITS)
    return bool(set(text) & digits) and set(text) <= digits | _ALSO


class _Line(Protocol):
    """What dialling needs of the line."""

    @property
    def channel(self) -> Channel[Port]: ...
    @property
    def patch(self) -> Patch: ...
    def after(self, name: str, delay_s: float, then: Callable[[], object]) -> None: ...
    def stop_timer(self, name: str) -> None: ...


class Dialling:
    """One number being dialled. ``done`` is called when all of it is out, ``failed`` when a dial
    tone that it waits for does not come within ``dial_tone_s``."""

    def __init__(
        self,
        line: _Line,
        text: str,
        *,
        mode: DialMode,
        plan: TonePlan,
        dial_tone_s: float,
        done: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._line = line
        self._steps = deque(_STEPS.findall(text))
        self._mode = mode
        self._plan = plan
        self._dial_tone_s = dial_tone_s
        self._done = done
        self._failed = failed
        self._pulses = False

    def go_on(self) -> None:
        """Take the next step."""
        self._pulses = False
        self._line.stop_timer("dialled")
        self._line.patch.ears = ()
        if not self._steps:
            self._done()
            return
        match self._steps.popleft():
            case ",":
                self._then(_PAUSE_S)
            case "w":
                wait_for_dial_tone(self._line, self._plan, self.go_on)
                self._line.after("dialled", self._dial_tone_s, self._failed)
            case "!":
                self._line.channel.order(lambda fxo: fxo.flash())
                self._then(_AFTER_FLASH_S)
            case digits:
                self._send(digits)

    def pulses_sent(self) -> None:
        """The port has dialled its pulses."""
        if self._pulses:
            self.go_on()

    def _send(self, digits: str) -> None:
        if self._mode is DialMode.TONE:
            self._line.patch.press(digits)
            self._then(len(digits) * _DIGIT_S + 0.1)
            return
        self._pulses = True
        self._line.channel.order(lambda fxo: fxo.dial_pulses(digits))
        pulses = sum(int(digit) or 10 for digit in digits)
        self._then(pulses * _PULSE_S + len(digits) * _AFTER_DIGIT_S + _PULSES_LATE_S)

    def _then(self, delay_s: float) -> None:
        self._line.after("dialled", delay_s, self.go_on)


def wait_for_dial_tone(line: _Line, plan: TonePlan, then: Callable[[], None]) -> None:
    """Call ``then`` once when dial tone is heard."""
    heard: list[str] = []

    def told(tone: str) -> None:
        if not heard:
            heard.append(tone)
            then()

    line.patch.ears = ((ToneDetector(plan, ("dial",)).feed, told),)
