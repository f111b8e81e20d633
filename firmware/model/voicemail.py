"""Voicemail: a box of messages, who may open it, and what its callers are greeted with.

All times are in Unix seconds. What is counted here has reached the disk: a message that is still
being recorded, or made whole by the recorder, is none yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class MessageState(StrEnum):
    NEW = "new"  # nobody has heard it to its end
    SAVED = "saved"
    DELETED = "deleted"  # can be taken back until it is removed for good


class Greeting(StrEnum):
    """What the owner of a box has recorded."""

    BUSY = "busy"
    AWAY = "away"  # no answer, not reachable, or all calls sent here
    TEMPORARY = "temporary"  # instead of both, until it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. Its file is a mono WAV of signed 16-bit samples that never changes."""

    id: str
    box: str  # the extension
    call_id: str
    caller: str
    caller_name: str
    path: str  # relative to the home's voicemail: "101/b3x.wav"
    recorded_at: float
    length_s: float
    rate_hz: int
    bytes: int
    sha256: str  # of the whole file, in hexadecimal
    state: str = MessageState.NEW
    deleted_at: float | None = None
    forwarded_by: str = ""  # the box it was sent on from


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxState:
    """What the owner of a box has made of it."""

    number: str
    has_pin: bool = False
    language: str = ""  # chosen by telephone; "" is the configuration's
    temporary_until: float | None = None  # None: until it is taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many messages of each kind a box holds."""

    new: int = 0
    saved: int = 0

    @property
    def all(self) -> int:
        return self.new + self.saved


def greeting_for(
    situation: Greeting, recorded: Set[Greeting], temporary_until: float | None, now: float
) -> Greeting | None:
    """Which of the recorded greetings a caller hears; None: the exchange's own words.

    ``situation`` is BUSY or AWAY. A temporary greeting goes before both until it ends; a person
    who recorded only one of the two is heard with that one in both situations.
    """
    if Greeting.TEMPORARY in recorded and (temporary_until is None or now < temporary_until):
        return Greeting.TEMPORARY
    if situation in recorded:
        return situation
    other = Greeting.AWAY if situation is Greeting.BUSY else Greeting.BUSY
    return other if other in recorded else None


# -- PINs -----------------------------------------------------------------------------------

LONGEST_PIN = 10


class PinFault(StrEnum):
    """Why a PIN is not taken."""

    LENGTH = "length"
    NOT_DIGITS = "not_digits"
    EASY = "easy"  # what a stranger would try first


def fault_of_pin(pin: str, number: str, fewest_digits: int) -> PinFault | None:
    """Why ``pin`` cannot be the PIN of the box ``number``; None when it can."""
    if not pin.isascii() or not pin.isdigit():
        return PinFault.NOT_DIGITS
    if not fewest_digits <= len(pin) <= LONGEST_PIN:
        return PinFault.LENGTH
    return PinFault.EASY if _is_easy(pin, number) else None


def _is_easy(pin: str, number: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return steps in ({0}, {1}, {9}) or pin in (number, number[::-1]) or _is_year(pin)


def _is_year(pin: str) -> bool:
    """Years of birth, in the Gregorian and the Jalali calendar."""
    return len(pin) == 4 and ("1930" <= pin <= "2029" or "1310" <= pin <= "1409")


PIN_TRIES_A_CALL = 3


class Side(StrEnum):
    """Where somebody calls a box from. Wrong PINs are counted apart, so that a stranger who
    tries does not shut the owner out."""

    OWN = "own"  # the box's own telephone
    FAR = "far"


class PinResult(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # too many wrong ones: not even looked at
    NONE_SET = "none_set"


_FREE_FAILURES = 5
_FIRST_LOCK_S = 300.0
_LONGEST_LOCK_S = 24 * 3600.0


def lock_after(failures: int) -> float:
    """How long a box stays shut after so many wrong PINs in a row, in seconds: nothing for the
    first few, then five minutes, then ever longer. At four digits, a stranger who never gives up
    gets fewer than 400 tries a year."""
    if failures < _FREE_FAILURES:
        return 0.0
    return min(_FIRST_LOCK_S * 2.0 ** min(failures - _FREE_FAILURES, 20), _LONGEST_LOCK_S)


# -- the order of listening -------------------------------------------------------------------


def to_hear(messages: Iterable[Message]) -> list[Message]:
    """Messages in the order they are played: oldest first, as they were said."""
    return sorted(messages, key=lambda message: (message.recorded_at, message.id))
