"""A simulated telephone: the far end of one station line.

``step`` is 20 ms; nothing here looks at a clock. What its user says is handed in as
``spoken``; what the user hears is in the feed frame that ``step`` was given.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw.dahdi.wire import SILENCE, Feed, Loop

_PULSE_BREAK_FRAMES, _PULSE_MAKE_FRAMES = 3, 2  # 10 pulses a second, 60:40
_DIGIT_PAUSE_FRAMES = 40
_FLASH_FRAMES = 25
_NO_RING_FRAMES = 300  # no cadence has a pause of 6 s


@dataclass(frozen=True, slots=True)
class BellRang:
    """A call began: the first burst of ringing after a long silence."""


@dataclass(frozen=True, slots=True)
class BellStopped:
    """Ringing has stopped: answered, or the caller gave up."""


@dataclass(frozen=True, slots=True)
class BatteryTaken:
    """The battery went away for an instant: the other side left."""


TelephoneEvent = BellRang | BellStopped | BatteryTaken


class Telephone:
    """A handset, a hook, a bell and a dial."""

    def __init__(self) -> None:
        self._lifted = False
        self._ringing = False
        self._since_ring_frames = _NO_RING_FRAMES
        self._battery = True
        self._hook_script: list[bool] = []
        self._events: list[TelephoneEvent] = []

    @property
    def lifted(self) -> bool:
        """Whether the handset is off the hook."""
        return self._lifted

    @property
    def ringing(self) -> bool:
        """Whether a call is ringing here (also in the pauses between bursts)."""
        return self._ringing

    def lift(self) -> None:
        """Take the handset off the hook."""
        self._lifted = True

    def replace(self) -> None:
        """Put it back."""
        self._lifted = False
        self._hook_script.clear()

    def flash(self) -> None:
        """Press the hook for half a second."""
        self._hook_script += [False] * _FLASH_FRAMES

    def pulse(self, digits: str) -> None:
        """Dial ``digits`` with the loop."""
        for digit in digits:
            pulses = int(digit) or 10
            one = [False] * _PULSE_BREAK_FRAMES + [True] * _PULSE_MAKE_FRAMES
            self._hook_script += one * pulses + [True] * _DIGIT_PAUSE_FRAMES

    def events(self) -> list[TelephoneEvent]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def step(self, feed: Feed, spoken: bytes = SILENCE) -> Loop:
        """20 ms: what came in on the line, and what goes out."""
        self._watch_bell(feed)
        if self._battery and not feed.battery and self._lifted:
            self._events.append(BatteryTaken())
        self._battery = feed.battery
        closed = self._lifted
        if self._hook_script:
            closed = self._hook_script.pop(0)
        return Loop(closed=closed, audio=spoken if closed and feed.battery else SILENCE)

    def _watch_bell(self, feed: Feed) -> None:
        self._since_ring_frames += 1
        if feed.ringing and not self._lifted:
            self._since_ring_frames = 0
            if not self._ringing:
                self._ringing = True
                self._events.append(BellRang())
        elif self._ringing and (self._lifted or self._since_ring_frames >= _NO_RING_FRAMES):
            self._ringing = False
            self._events.append(BellStopped())
