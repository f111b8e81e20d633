"""What a mobile modem can do and what happens on it.

Polled like an analogue port (``hw.dahdi.port``): ``fileno()`` becomes readable, then
``events()`` is drained, then frames are read, and one is written for each one read. Audio
(S16LE, 8 kHz, 320 bytes every 20 ms) flows only while a call is up.

``tty.py`` is the real one (serial ports), ``sim.py`` a simulated modem behind two ptys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class ModemLost(OSError):
    """The modem is gone or does not answer any more; close it."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The SIM is in a network."""

    roaming: bool


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The SIM is in no network; ``why`` in words for the technician."""

    why: str


@dataclass(frozen=True, slots=True)
class SignalMeasured:
    """The field strength at the antenna, -113 to -51 dBm."""

    dbm: int


@dataclass(frozen=True, slots=True)
class CallRang:
    """Somebody calls; again every few seconds. ``number`` is "" when it is withheld."""

    number: str


@dataclass(frozen=True, slots=True)
class CallDialled:
    """The network has the number we dialled."""


@dataclass(frozen=True, slots=True)
class FarRang:
    """The telephone we dialled rings."""


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The call is up: we, or the telephone we dialled, answered."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over, or was refused; ``why`` is the modem's word for it."""

    why: str


ModemEvent = (
    Registered
    | Unregistered
    | SignalMeasured
    | CallRang
    | CallDialled
    | FarRang
    | CallAnswered
    | CallEnded
)


class ModemPort(Protocol):
    """One modem, open."""

    def fileno(self) -> int:
        """Readable when there is a frame or something to work on."""
        ...

    def events(self) -> list[ModemEvent]:
        """What happened since the last call, in order. Call it a few times a second in any
        case: answers that do not come are noticed here.

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def read(self) -> bytes:
        """The next frame, or b"".

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def write(self, frame: bytes) -> None:
        """Send one frame; dropped when the port's buffer is full.

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def answer(self) -> None:
        """Answer the call that rings."""
        ...

    def dial(self, number: str) -> None:
        """Call ``number``.

        Raises:
            ValueError: it has characters that cannot be dialled.
        """
        ...

    def hang_up(self) -> None:
        """End the call."""
        ...

    def send_tone(self, digit: str) -> None:
        """Have the network send one DTMF digit to the other side."""
        ...

    def close(self) -> None:
        """Let go of both ports."""
        ...
