"""What an analogue port can do and what happens on it, in electrical words.

An *FXO* port is plugged into somebody's line: it hears ringing, goes off hook, dials. An *FXS*
port feeds somebody's telephone: it makes ringing and sees the hook. Audio is signed 16-bit
little-endian mono at 8 kHz in frames of 160 samples (20 ms, ``FRAME_BYTES``).

A port is polled by one thread: ``fileno()`` becomes readable when a frame or an event is
there, then ``events()`` is drained before ``read()`` (a DAHDI channel refuses audio while an
event is pending, errno 500), then one frame is written for every frame read.

``device.py`` is the real one (DAHDI ioctls), ``sim.py`` the simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_BYTES = 320
FRAME_S = 0.02


class PortKind(StrEnum):
    FXO = "fxo"
    FXS = "fxs"


class PortLost(OSError):
    """The port is gone (card removed, driver unloaded); close it."""


class EventPending(OSError):
    """An event waits: audio is refused (DAHDI: errno 500, ELAST) until ``events`` was called."""


@dataclass(frozen=True, slots=True)
class RingBegan:
    """FXO: a burst of ringing voltage began (DAHDI RINGBEGIN)."""


@dataclass(frozen=True, slots=True)
class RingEnded:
    """FXO: the burst ended (DAHDI RINGOFFHOOK, about 50 ms after it). Caller ID may follow."""


@dataclass(frozen=True, slots=True)
class BatteryDropped:
    """FXO off hook: the loop current went away: the far end hung up (CPC; DAHDI ONHOOK)."""


@dataclass(frozen=True, slots=True)
class PolarityReversed:
    """FXO: tip and ring changed places."""


@dataclass(frozen=True, slots=True)
class LineCut:
    """FXO: no battery for a second: nothing is plugged in (DAHDI ALARM, red)."""


@dataclass(frozen=True, slots=True)
class LineMended:
    """FXO: battery is back."""


@dataclass(frozen=True, slots=True)
class HookLifted:
    """FXS: the telephone went off hook."""


@dataclass(frozen=True, slots=True)
class HookReplaced:
    """FXS: the telephone went on hook (after the flash time)."""


@dataclass(frozen=True, slots=True)
class Flashed:
    """FXS: a short hook break: longer than a dial pulse (80 ms), at most 1250 ms."""


@dataclass(frozen=True, slots=True)
class PulseBegan:
    """FXS: the first pulse of a digit dialled with the loop (DAHDI PULSE_START)."""


@dataclass(frozen=True, slots=True)
class PulseDigit:
    """FXS: a digit dialled with the loop."""

    digit: str


@dataclass(frozen=True, slots=True)
class PulsesSent:
    """FXO: ``dial_pulses`` is done (DAHDI DIALCOMPLETE)."""


@dataclass(frozen=True, slots=True)
class RingerOn:
    """FXS: a burst of our ringing began."""


@dataclass(frozen=True, slots=True)
class RingerOff:
    """FXS: a burst of our ringing ended: the silence in which caller ID is sent."""


PortEvent = (
    RingBegan
    | RingEnded
    | BatteryDropped
    | PolarityReversed
    | LineCut
    | LineMended
    | HookLifted
    | HookReplaced
    | Flashed
    | PulseBegan
    | PulseDigit
    | PulsesSent
    | RingerOn
    | RingerOff
)


class Port(Protocol):
    """One analogue port, open."""

    @property
    def kind(self) -> PortKind:
        """FXO or FXS."""
        ...

    def fileno(self) -> int:
        """Readable when there is a frame or an event."""
        ...

    def events(self) -> list[PortEvent]:
        """What happened since the last call, in order.

        Raises:
            PortLost: the port is gone.
        """
        ...

    def read(self) -> bytes:
        """The next frame (``FRAME_BYTES``), or b"" when none is due.

        Raises:
            EventPending: an event came since ``events`` was called; call it again.
            PortLost: the port is gone.
        """
        ...

    def write(self, frame: bytes) -> None:
        """Send one frame (``FRAME_BYTES``); dropped when the driver's buffer is full.

        Raises:
            EventPending: an event came since ``events`` was called; call it again.
            PortLost: the port is gone.
        """
        ...

    def off_hook(self) -> None:
        """FXO: close the loop: answer, or seize the line to dial."""
        ...

    def on_hook(self) -> None:
        """FXO: open the loop. FXS: stop the battery for an instant: the caller hung up."""
        ...

    def flash(self) -> None:
        """FXO, off hook: open the loop for an instant: what a telephone's flash key does."""
        ...

    def dial_pulses(self, digits: str) -> None:
        """FXO, off hook: dial ``digits`` (0-9) with the loop; ``PulsesSent`` says when it is
        done. What is written meanwhile is not heard.

        Raises:
            ValueError: there is something else in ``digits``.
        """
        ...

    def cancel_echo(self, taps: int) -> None:
        """Take what comes back of our own sound out of what is read; 8 taps are 1 ms, 0 is off.
        Does nothing where the card or its configuration has no echo canceller."""
        ...

    def show_waiting(self, messages: int) -> None:
        """FXS: light the telephone's lamp while there are ``messages``; nothing where the card
        cannot."""
        ...

    def start_ringing(self, ring_ms: tuple[int, ...] = ()) -> None:
        """FXS: ring until ``stop_ringing`` or the hook is lifted. ``ring_ms`` is on, off, on,
        off ... and repeats; () is the port's own cadence."""
        ...

    def stop_ringing(self) -> None:
        """FXS: stop ringing."""
        ...

    def transmit_on_hook(self, duration_s: float) -> None:
        """FXS: let a telephone on hook hear audio for so long: caller ID, after ``RingerOff``."""
        ...

    def close(self) -> None:
        """Put on hook and close."""
        ...
