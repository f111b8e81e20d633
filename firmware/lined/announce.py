"""What a station line tells its telephone in tones of its own: who calls, who waits, that messages
wait. Each is a mouth of the line's patch; it makes 20 ms at a time."""

from __future__ import annotations

from typing import Protocol

from firmware.config.sections.lines import CallerIdShown
from hw.signal.caller_id import (
    MAX_NAME,
    MAX_NUMBER,
    Absence,
    AlertTone,
    CallerId,
    CallerIdEncoder,
    Standard,
)
from hw.signal.dtmf import DtmfDetector
from hw.signal.dtmf_caller_id import DtmfCallerIdEncoder
from hw.signal.playout import SILENCE
from hw.signal.tone import Tone, ToneGenerator

_STANDARDS = {CallerIdShown.BELL: Standard.BELL, CallerIdShown.V23: Standard.V23}
_ACKNOWLEDGED = "AD"  # how a telephone says that it listens (GR-30: D; A where it shares the line)
_ACKNOWLEDGED_FRAMES = 12  # it has 160 ms after the alert tone; the way there and back takes some
_QUIET_FRAMES = 4  # between its answer and the message
_WAITING_DBM0 = -16.0
_FRAME_MS = 20


class Encoder(Protocol):
    """A message as audio; ``done`` once it is out."""

    @property
    def done(self) -> bool: ...
    def frame(self) -> bytes: ...


def shown(number: str, name: str, *, is_withheld: bool = False) -> CallerId:
    """A caller as telephones can show them. The standards know Latin letters only; a telephone
    shows rubbish for anything else."""
    if is_withheld:
        return CallerId(absence=Absence.WITHHELD)
    digits = "".join(c for c in number if c in "0123456789*#+")[:MAX_NUMBER]
    latin = name[:MAX_NAME] if name.isascii() else ""
    absence = Absence.NONE if digits else Absence.UNAVAILABLE
    return CallerId(number=digits, name=latin, absence=absence)


def encoder_of(caller: CallerId, kind: CallerIdShown) -> Encoder | None:
    """``caller`` as a telephone of that kind understands it; None where it understands nothing."""
    if kind is CallerIdShown.NONE:
        return None
    if kind is CallerIdShown.DTMF:
        return DtmfCallerIdEncoder(caller)
    return CallerIdEncoder(caller, _STANDARDS[kind])


class WaitingCaller:
    """Who waits, said into a talk (GR-30 §2.3.2, ETSI EN 300 659-2): the call-waiting tone, the
    alert tone, and once the telephone has answered it, the message. The talk is silent
    meanwhile. Its ``feed`` is an ear, its ``frame`` a mouth; both belong to one thread."""

    def __init__(self, waiting: Tone, caller: CallerId, kind: CallerIdShown) -> None:
        self._tone = ToneGenerator(Tone(freqs_hz=waiting.freqs_hz, cadence_ms=()), _WAITING_DBM0)
        self._tone_frames = min(waiting.cadence_ms[0], 300) // _FRAME_MS
        self._alert = AlertTone()
        self._message = CallerIdEncoder(caller, _STANDARDS[kind], in_call=True)
        self._detector = DtmfDetector()
        self._answered = False
        self._silent_frames = 0
        self._over = self._told = False

    def feed(self, frame: bytes) -> str:
        """20 ms from the telephone; "shown" or "not shown" once it is over."""
        if self._alert.done and set(self._detector.feed(frame)) & set(_ACKNOWLEDGED):
            self._answered, self._silent_frames = True, 0
        if not self._over or self._told:
            return ""
        self._told = True
        return "shown" if self._answered else "not shown"

    def frame(self) -> bytes:
        """20 ms for the telephone; b"" once it is over."""
        if self._tone_frames:
            self._tone_frames -= 1
            return self._tone.frame()
        if not self._alert.done:
            return self._alert.frame()
        if self._over:
            return b""
        self._silent_frames += 1
        if self._answered and self._silent_frames > _QUIET_FRAMES:
            self._over = self._message.done
            return self._message.frame()
        self._over = not self._answered and self._silent_frames >= _ACKNOWLEDGED_FRAMES
        return SILENCE
