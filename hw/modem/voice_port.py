"""What an analogue voice modem (V.253, IS-101) can do and what happens on it.

It answers a line, says something, listens, hears keys and reads caller ID. Most cannot speak and
listen at once: then they listen, and while they are given something to say they say it and hear
only keys. ``Abilities`` says honestly which.

Polled like a mobile modem (``hw.modem.port``): audio is S16LE, 8 kHz, 320 bytes every 20 ms, and
flows only while a call is up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RingHeard:
    """One ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRead:
    """Caller ID between two rings. No number: ``withheld``, or the network does not know it."""

    number: str
    name: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class FarHungUp:
    """The caller hung up; ``why`` is how the modem knows: busy tone, dial tone, loop break."""

    why: str


@dataclass(frozen=True, slots=True)
class FaxHeard:
    """A fax machine calls (its CNG tone)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceIdentified:
    """What the modem is, and what it can do: known for certain after the first call."""

    model: str
    abilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """The modem would not answer."""

    why: str


@dataclass(frozen=True, slots=True)
class FarAnswered:
    """The number that was dialled has answered, as far as the modem can tell: ringing is over."""


@dataclass(frozen=True, slots=True)
class DialFailed:
    """The call was not made; ``cause`` is the Q.850 number, 0 where the modem does not say."""

    why: str
    cause: int


VoiceEvent = (
    RingHeard
    | CallerRead
    | KeyHeard
    | FarHungUp
    | FaxHeard
    | VoiceIdentified
    | AnswerFailed
    | FarAnswered
    | DialFailed
)


class VoicePort(Protocol):
    """One voice modem, open."""

    def fileno(self) -> int:
        """Readable when there is a frame or something to work on."""
        ...

    def events(self) -> list[VoiceEvent]:
        """What happened since the last call, in order. Call it a few times a second.

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def read(self) -> bytes:
        """The next frame, or b"". While the modem speaks and cannot listen it is silence.

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def write(self, frame: bytes) -> None:
        """Say one frame.

        Raises:
            ModemLost: the modem is gone.
        """
        ...

    def answer(self) -> None:
        """Go off hook and listen."""
        ...

    def dial(self, number: str) -> None:
        """Go off hook and call ``number``; ``FarAnswered`` or ``DialFailed`` follows.

        Raises:
            ValueError: it has characters that cannot be dialled.
        """
        ...

    def hang_up(self) -> None:
        """Go on hook; a call that is being made is given up."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...
