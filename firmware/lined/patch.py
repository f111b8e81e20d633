"""A line's patch: where its audio goes, frame by frame.

The poller brings what the port heard (``hear``) and asks for what to say (``say``); between the
two it steps the SIP bridge, which takes and gives frames of its own (``take``, ``give``). The
daemon's thread only sets what is plugged in: who listens, which tone sounds, whether the way
through to the bridge is open. Assigning an attribute is the whole hand-over; nobody waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from firmware.lined.meter import Meter
from hw.signal.dtmf import DIGITS, DtmfGenerator
from hw.signal.level import amplified
from hw.signal.playout import SILENCE, Playout

_NO_MORE = "no more"
"""Among the digits to send: forget those before it."""

Ear = tuple[Callable[[bytes], Any], Callable[[Any], None]]
"""A detector's ``feed``, and who is told of what it returns, unless that is empty."""


class Mouth(Protocol):
    """Something that makes audio: a tone, caller ID."""

    def frame(self) -> bytes:
        """The next 20 ms; b"" lets speech through."""
        ...


class Patch:
    """One line's audio. ``hand_over`` runs a function in the daemon's thread."""

    def __init__(self, hand_over: Callable[..., None]) -> None:
        self._hand_over = hand_over
        self._to_line = Playout(ready_frames=1)
        self._to_bridge = Playout(ready_frames=1)
        self._keys: deque[str] = deque()
        self._dial = DtmfGenerator()
        self._open = False
        self.ears: tuple[Ear, ...] = ()
        self.mouth: Mouth | None = None
        self.meter: Meter | None = None
        self.receive_gain_db = 0.0
        self.send_gain_db = 0.0

    @property
    def slips(self) -> tuple[int, int, int]:
        """Frames missed, dropped and left out, both ways."""
        ways = (self._to_line, self._to_bridge)
        return (
            sum(way.missed for way in ways),
            sum(way.dropped for way in ways),
            sum(way.shortened for way in ways),
        )

    # -- the daemon's thread --------------------------------------------------------------

    def open(self) -> None:
        """Let the line and the bridge hear one another."""
        self._to_line.clear()
        self._to_bridge.clear()
        self.mouth = None
        self._open = True

    def close(self) -> None:
        """Part them; nobody listens and nothing sounds any more, digits still to come neither."""
        self._open = False
        self.mouth = None
        self.ears = ()
        self._keys.append(_NO_MORE)

    def press(self, digits: str) -> None:
        """Send ``digits`` to the line as tones, in place of speech; others are left out."""
        self._keys.append("".join(digit for digit in digits if digit in DIGITS))

    # -- the poller's thread --------------------------------------------------------------

    def hear(self, frame: bytes) -> None:
        """20 ms from the line."""
        frame = amplified(frame, self.receive_gain_db)
        if (meter := self.meter) is not None:
            meter.hear(frame)
            if meter.is_spent:
                self.meter = None
        for feed, report in self.ears:
            if found := feed(frame):
                self._hand_over(report, found)
        if self._open:
            self._to_bridge.put(frame)

    def say(self) -> bytes:
        """20 ms for the line."""
        frame = amplified(self._sound(), self.send_gain_db)
        if (meter := self.meter) is not None:
            meter.say(frame)
        return frame

    def _sound(self) -> bytes:
        speech = self._to_line.take() if self._open else b""
        while self._keys:
            digits = self._keys.popleft()
            if digits == _NO_MORE:
                self._dial = DtmfGenerator()
            else:
                self._dial.put(digits)
        if self._dial.busy:
            return self._dial.frame()
        mouth = self.mouth
        sound = mouth.frame() if mouth is not None else b""
        return sound or speech or SILENCE

    # -- the poller's thread: the bridge's step -------------------------------------------

    def take(self) -> bytes:
        """20 ms for the bridge; b"" is silence."""
        return self._to_bridge.take() if self._open else b""

    def give(self, frame: bytes) -> None:
        """20 ms from the bridge."""
        if self._open:
            self._to_line.put(frame)
