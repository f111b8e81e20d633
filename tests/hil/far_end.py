"""The exchange's end of a trunk line: what it does and when, on whatever feeds the line.

``step`` is 20 ms. ``Feeding`` is the line card: simulated, or a DAHDI channel wired to the port
under test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from hw.dahdi.port import FRAME_BYTES, FRAME_S
from hw.signal.dtmf import DtmfGenerator
from hw.signal.tone import ToneGenerator, plan_of
from tests.hil.bench import HangUp, When

SILENCE = bytes(FRAME_BYTES)
_ID_AFTER_FRAMES = 25
_REST_FRAMES = 15  # between reversal, caller ID and ring
_CPC_FRAMES = 25


class Feeding(Protocol):
    """What feeds a line."""

    lifted: bool
    pulsed: str
    flashes: int

    def return_echo(self) -> None:
        """See ``FarEnd``."""
        ...

    def ring(self, on: bool) -> None:
        """Ringing voltage."""
        ...

    def battery(self, on: bool) -> None:
        """Loop current."""
        ...

    def reverse(self, reversed_: bool) -> None:
        """Polarity."""
        ...

    def transmit(self, seconds: float) -> None:
        """Let what is said be heard on hook for so long."""
        ...

    def cut(self, is_cut: bool) -> None:
        """The wire itself."""
        ...


class Speech:
    """What one end will say, frame by frame."""

    def __init__(self) -> None:
        self._waiting = b""

    def put(self, audio: bytes) -> None:
        """Say ``audio`` after what waits already."""
        self._waiting += audio

    def clear(self) -> None:
        """Say nothing more."""
        self._waiting = b""

    def frame(self) -> bytes:
        """The next frame; silence when nothing waits."""
        frame, self._waiting = self._waiting[:FRAME_BYTES], self._waiting[FRAME_BYTES:]
        return frame.ljust(FRAME_BYTES, b"\0")


def keys(digits: str) -> bytes:
    """``digits`` as DTMF."""
    generator = DtmfGenerator()
    generator.put(digits)
    audio = b""
    while generator.busy:
        audio += generator.frame()
    return audio


class Exchange:
    """``tests.hil.bench.FarEnd`` on any ``Feeding``."""

    def __init__(self, line: Feeding) -> None:
        self._line = line
        self._speech = Speech()
        self._tone: ToneGenerator | None = None
        self._script: deque[tuple[int, str]] = deque()  # frames to wait, then what to do
        self._bursts: tuple[int, ...] = ()
        self._reversed = False
        self.heard = b""

    @property
    def lifted(self) -> bool:
        """Whether our port closes the loop."""
        return self._line.lifted

    @property
    def pulsed(self) -> str:
        """See ``FarEnd``."""
        return self._line.pulsed

    @property
    def flashes(self) -> int:
        """See ``FarEnd``."""
        return self._line.flashes

    def return_echo(self) -> None:
        """See ``FarEnd``."""
        self._line.return_echo()

    def ring(
        self,
        announce: bytes = b"",
        when: When = When.BETWEEN_RINGS,
        cadence_ms: tuple[int, ...] = (2000, 4000),
    ) -> None:
        """See ``FarEnd``."""
        frames = -(-len(announce) // FRAME_BYTES)
        self._announce, self._bursts = announce, tuple(ms // 20 for ms in cadence_ms)
        self._script.clear()
        if announce and when is not When.BETWEEN_RINGS:
            if when is When.AFTER_REVERSAL:
                self._script.append((0, "reverse"))
            self._script += [(_REST_FRAMES, "announce"), (frames + _REST_FRAMES, "again")]
            return
        *bursts, pause = self._bursts
        if announce and pause < _ID_AFTER_FRAMES + frames:
            raise ValueError(f"{frames} frames of caller ID do not fit into {pause} of pause")
        self._script.append((0, "on"))
        self._script += _edges(bursts)
        if announce:
            self._script.append((_ID_AFTER_FRAMES, "announce"))
            pause -= _ID_AFTER_FRAMES
        self._script.append((pause, "again"))

    def stop_ringing(self) -> None:
        """See ``FarEnd``."""
        self._script.clear()
        self._bursts = ()
        self._speech.clear()
        self._line.ring(False)

    def hang_up(self, how: HangUp) -> None:
        """See ``FarEnd``."""
        self._speech.clear()
        match how:
            case HangUp.CPC:
                self._line.battery(False)
                self._script += [(_CPC_FRAMES, "battery")]
            case HangUp.POLARITY:
                self.reverse(not self._reversed)
            case HangUp.BUSY_TONE:
                self._tone = ToneGenerator(plan_of("de").busy)
            case HangUp.NOTHING:
                pass

    def say(self, audio: bytes) -> None:
        """See ``FarEnd``."""
        self._speech.put(audio)

    def reverse(self, reversed_: bool) -> None:
        """See ``FarEnd``."""
        self._reversed = reversed_
        self._line.reverse(reversed_)

    def cut(self) -> None:
        """See ``FarEnd``."""
        self._line.cut(True)

    def mend(self) -> None:
        """See ``FarEnd``."""
        self._line.cut(False)

    def step(self, heard: bytes) -> bytes:
        """20 ms: what the line brought, and what it gets."""
        self.heard += heard
        if self._line.lifted and self._bursts:
            self.stop_ringing()  # ring trip
        self._follow_script()
        return self._tone.frame() if self._tone is not None else self._speech.frame()

    def _follow_script(self) -> None:
        while self._script and self._script[0][0] <= 0:
            self._do(self._script.popleft()[1])
        if self._script:
            frames, what = self._script[0]
            self._script[0] = (frames - 1, what)

    def _do(self, what: str) -> None:
        match what:
            case "on" | "off":
                self._line.ring(what == "on")
            case "again":
                self._line.ring(True)
                self._script += _edges(self._bursts[:-1])
                self._script.append((self._bursts[-1], "again"))
            case "reverse":
                self.reverse(True)
            case "announce":
                self._line.transmit(len(self._announce) / FRAME_BYTES * FRAME_S + 0.2)
                self._speech.put(self._announce)
            case "battery":
                self._line.battery(True)


def _edges(bursts: Sequence[int]) -> list[tuple[int, str]]:
    """After how many frames each burst ends and the next begins."""
    return [(frames, "on" if n % 2 else "off") for n, frames in enumerate(bursts)]
