"""What a station line's handset hears of the exchange itself, where one steady tone is not enough:
dial tone that stutters, the tone that says that somebody else calls, the howl."""

from __future__ import annotations

from hw.signal.cadence import Cadence
from hw.signal.playout import SILENCE
from hw.signal.tone import Tone, ToneGenerator

_FRAME_MS = 20
_STUTTER_MS = 100

RECALL_BURSTS, REMINDER_BURSTS = 3, 10
"""How often dial tone stutters: after a flash, and to remind of something."""

_HOWL_DBM0 = -3.0
_WAITING_DBM0 = -16.0


class Stutter:
    """Dial tone that begins with so many short bursts."""

    def __init__(self, dial: Tone, bursts: int) -> None:
        self._dial = ToneGenerator(dial)
        self._cadence = Cadence((_STUTTER_MS, _STUTTER_MS))
        self._left_ms = bursts * 2 * _STUTTER_MS

    def frame(self) -> bytes:
        """The next 20 ms."""
        if self._left_ms <= 0:
            return self._dial.frame()
        self._left_ms -= _FRAME_MS
        return self._dial.frame() if self._cadence.step(_FRAME_MS) else SILENCE


class Waiting:
    """The call-waiting tone: over the talk, which goes on between its bursts."""

    def __init__(self, tone: Tone, *, begin_silent: bool = False) -> None:
        steady = Tone(freqs_hz=tone.freqs_hz, cadence_ms=())
        self._generator = ToneGenerator(steady, _WAITING_DBM0)
        self._cadence = Cadence(tone.cadence_ms)
        while begin_silent and self._cadence.step(_FRAME_MS):
            pass

    def frame(self) -> bytes:
        """The next 20 ms; b"" while it pauses."""
        return self._generator.frame() if self._cadence.step(_FRAME_MS) else b""


def howl(tone: Tone) -> ToneGenerator:
    """Loud enough to be heard across the room from a handset that lies on the desk."""
    return ToneGenerator(tone, _HOWL_DBM0)
