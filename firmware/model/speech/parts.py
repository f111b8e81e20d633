"""The parts of a sentence: what is meant, before any language has words for it.

A plain string is a prompt, named as in the catalogue; everything else becomes prompts by the
grammar of a language. Dates come in the calendar the language counts in (Jalali for Persian,
Gregorian otherwise): which day that is, is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

LARGEST = 10**12
"""The largest number that is said."""


class Noun(StrEnum):
    """What is counted."""

    MESSAGE = "message"
    NEW_MESSAGE = "new_message"
    OLD_MESSAGE = "old_message"
    CALLER = "caller"
    MEMBER = "member"  # of a conference, of a queue
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


class Currency(StrEnum):
    """Money, by ISO 4217; the toman, ten rials, has no code there and takes the usual one."""

    RIAL = "irr"
    TOMAN = "irt"
    DOLLAR = "usd"
    EURO = "eur"
    DIRHAM = "aed"
    SAUDI_RIYAL = "sar"


_WHOLE_ONLY = {Currency.RIAL, Currency.TOMAN}


@dataclass(frozen=True, slots=True)
class Cardinal:
    """A bare number: "twenty-one"."""

    value: int

    def __post_init__(self) -> None:
        _check("a number that is said", self.value, 0, LARGEST)


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A place in an order: "third"."""

    value: int

    def __post_init__(self) -> None:
        _check("a place in an order", self.value, 1, LARGEST)


@dataclass(frozen=True, slots=True)
class Digits:
    """What is dialled, key by key, with short rests between groups: 0-9, *, # and +; anything
    else in ``text`` parts two groups. Without such marks, groups are made of three and four."""

    text: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many of something: "three new messages"."""

    value: int
    noun: Noun

    def __post_init__(self) -> None:
        _check("a count", self.value, 0, LARGEST)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: whole units and hundredths of them."""

    value: int
    currency: Currency
    hundredths: int = 0

    def __post_init__(self) -> None:
        _check("an amount of money", self.value, 0, LARGEST)
        _check("hundredths", self.hundredths, 0, 0 if self.currency in _WHOLE_ONLY else 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """A day. ``weekday`` counts from Monday = 0, as Python does; None leaves it out, and so
    does ``year`` None for the year."""

    month: int
    day: int
    year: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        _check("a month", self.month, 1, 12)
        _check("a day of the month", self.day, 1, 31)
        if self.year is not None:
            _check("a year", self.year, 1000, 2999)
        if self.weekday is not None:
            _check("a weekday", self.weekday, 0, 6)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Hours and minutes on a clock of 24 hours."""

    hour: int
    minute: int = 0

    def __post_init__(self) -> None:
        _check("an hour", self.hour, 0, 23)
        _check("a minute", self.minute, 0, 59)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time, said in days, hours, minutes and seconds, those that are not zero."""

    seconds: int

    def __post_init__(self) -> None:
        _check("a length of time in seconds", self.seconds, 0, LARGEST)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A prompt with gaps ("You have {count}."), and what stands in each of them."""

    name: str
    slots: Mapping[str, Part]


Part = str | Cardinal | Ordinal | Digits | Count | Money | Date | TimeOfDay | Duration | Phrase

Sentence = tuple[Part, ...]


def _check(what: str, value: int, first: int, last: int) -> None:
    if not first <= value <= last:
        raise ValueError(f"{what} is from {first} to {last}, not {value}")


UNITS = ((Noun.DAY, 86_400), (Noun.HOUR, 3_600), (Noun.MINUTE, 60), (Noun.SECOND, 1))


def counts_of(duration: Duration) -> tuple[Count, ...]:
    """A length of time as its units, the zero ones left out; nothing at all is zero seconds."""
    counts, rest = [], duration.seconds
    for noun, length_s in UNITS:
        value, rest = divmod(rest, length_s)
        if value:
            counts.append(Count(value, noun))
    return tuple(counts) or (Count(0, Noun.SECOND),)


def groups_of(digits: Digits) -> tuple[str, ...]:
    """The groups in which a number is read: as its marks part it, else as people say them, a
    last group of four, before it groups of three. "09123456789" is 0912 345 6789."""
    spoken = "".join(c if c in _KEYS else " " for c in digits.text).split()
    if len(spoken) != 1 or len(spoken[0]) <= _WHOLE:
        return tuple(spoken)
    rest, groups = spoken[0][:-4], [spoken[0][-4:]]
    while len(rest) > 4:
        rest, last = rest[:-3], rest[-3:]
        groups.insert(0, last)
    return (rest, *groups)


_KEYS = "0123456789*#+"
_WHOLE = 5
"""The longest number, an extension, that is read without a rest."""


class Grammar(Protocol):
    """What a language can say; the names of the prompts that say it, in order."""

    def cardinal(self, value: int) -> list[str]: ...
    def ordinal(self, value: int) -> list[str]: ...
    def count(self, value: int, noun: Noun) -> list[str]: ...
    def money(self, money: Money) -> list[str]: ...
    def date(self, date: Date) -> list[str]: ...
    def time(self, time: TimeOfDay) -> list[str]: ...
    def duration(self, counts: tuple[Count, ...]) -> list[str]: ...
