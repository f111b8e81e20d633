"""A line under test, whichever bench it is on: its port polled, what came of it noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hw.dahdi.port import EventPending, Port, PortEvent
from tests.hil.far_end import Speech

T = TypeVar("T")


class PolledLine:
    """``tests.hil.bench.Line`` without its clock: a bench adds ``now_s`` and ``step``."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.events: list[tuple[float, PortEvent]] = []
        self.heard = b""
        self._speech = Speech()

    @property
    def now_s(self) -> float:
        """Seconds since the line was opened."""
        raise NotImplementedError

    def step(self) -> None:
        """20 ms, more or less, go by."""
        raise NotImplementedError

    def say(self, audio: bytes) -> None:
        """See ``Line``."""
        self._speech.put(audio)

    def run(self, seconds: float) -> None:
        """See ``Line``."""
        end_s = self.now_s + seconds
        while self.now_s < end_s - 1e-6:
            self.step()

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """See ``Line``."""
        end_s = self.now_s + timeout_s
        while not (found := condition()):
            if self.now_s >= end_s:
                happened = ", ".join(f"{at:.2f} {event}" for at, event in self.events)
                raise AssertionError(f"{what}: not within {timeout_s:g} s; there was: {happened}")
            self.step()
        return found

    def happened(self) -> list[PortEvent]:
        """See ``Line``."""
        return [event for _, event in self.events]

    def times_of(self, event: PortEvent) -> list[float]:
        """See ``Line``."""
        return [at for at, got in self.events if got == event]

    def poll_port(self) -> None:
        """Drain events, then read, and write a frame for each one read."""
        self.events += [(self.now_s, event) for event in self.port.events()]
        try:
            while frame := self.port.read():
                self.heard += frame
                self.port.write(self._speech.frame())
        except EventPending:
            self.events += [(self.now_s, event) for event in self.port.events()]
