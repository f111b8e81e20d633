"""What a mobile modem can do and what happens on it.

Polled like an analogue port (``hw.dahdi.port``): ``fileno()`` becomes readable, then
``events()`` is drained, then frames are read, and one is written for each one read. Audio
(S16LE, 8 kHz, 320 bytes every 20 ms) flows only while a call is up.

``tty.py`` is the real one (serial ports), ``sim.py`` a simulated modem behind two ptys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hw.modem.pdu import StatusReport, Tpdu


class ModemLost(OSError):
    """The modem is gone; close it."""


class ModemSilent(ModemLost):
    """The modem's ports are there, and it does not answer any more."""


class ModemOwner(Protocol):
    """Who must know more of a modem than its port's user: told in the thread that works on it."""

    def identified(self, imei: str) -> None:
        """The modem has said which one it is."""
        ...

    def fell_silent(self) -> None:
        """It does not answer; ``ModemSilent`` follows."""
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Which modem this is: its kind, its IMEI and its firmware."""

    model: str
    imei: str
    firmware: str


@dataclass(frozen=True, slots=True)
class OperatorNamed:
    """The network we are in."""

    name: str


@dataclass(frozen=True, slots=True)
class CallRang:
    """Somebody calls; again every few seconds. ``number`` is "" when it is withheld, or when the
    network does not know it (``unknown``)."""

    number: str
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class CallWaited:
    """Somebody calls while a call is up. The network lets it ring on; when ours ends it rings."""

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
    """The call is over, or was refused; ``why`` is the modem's word for it, ``cause`` the
    network's number (24.008 §10.5.4.11, the same as Q.850), 0 when it gave none."""

    why: str
    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRead:
    """A short message lies in the modem's memory. It stays there until ``delete_text``."""

    memory: str
    index: int
    pdu: str


@dataclass(frozen=True, slots=True)
class TextPushed:
    """A short message that the modem did not keep: it is nowhere but here."""

    pdu: str


@dataclass(frozen=True, slots=True)
class TextReported:
    """The network says what became of a message we sent."""

    report: StatusReport


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAccepted:
    """The network took a part of the message ``id``; it will report under ``reference``."""

    id: str
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRefused:
    """A part of the message ``id`` was not taken, and those after it were not sent.
    ``may_pass``: it is worth trying again in a while. ``unsure``: it may have gone out."""

    id: str
    why: str
    may_pass: bool
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMemory:
    """How full a memory for messages is."""

    memory: str
    used: int
    total: int

    @property
    def full(self) -> bool:
        """Whether the next message would have no room."""
        return 0 < self.total <= self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdHeard:
    """The network's word in a USSD session; ``asks``: it wants an answer, else it is over."""

    text: str
    asks: bool


@dataclass(frozen=True, slots=True)
class UssdEnded:
    """The session is over without a word; ``why`` in words."""

    why: str


ModemEvent = (
    Identified
    | OperatorNamed
    | CallWaited
    | TextRead
    | TextPushed
    | TextReported
    | TextAccepted
    | TextRefused
    | TextMemory
    | UssdHeard
    | UssdEnded
    | Registered
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

    def send_text(self, ident: str, parts: tuple[Tpdu, ...]) -> None:
        """Send the parts of a short message; ``TextAccepted`` comes for each, under this id, or
        ``TextRefused``."""
        ...

    def delete_text(self, memory: str, index: int) -> None:
        """Remove a message from the modem's memory: it is kept safely elsewhere."""
        ...

    def ussd(self, code: str) -> None:
        """Send a USSD code, or the answer the network asked for.

        Raises:
            ValueError: it is no code.
        """
        ...

    def cancel_ussd(self) -> None:
        """End the USSD session."""
        ...

    def close(self) -> None:
        """Let go of both ports."""
        ...
