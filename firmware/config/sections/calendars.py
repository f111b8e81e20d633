"""The section ``calendar``: office hours, exceptions and holidays."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from firmware.config.types import Destination, Label, Name, Section, WholeNumber, text


class Weekday(StrEnum):
    """The order is ``datetime.weekday``'s."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


SpanText = Annotated[
    str,
    text(
        r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        'hours as in "08:00-17:00"; "22:00-02:00" ends on the day after',
    ),
]

DayText = Annotated[
    str,
    text(
        r"^((gregorian|jalali|islamic) )?([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        'a day: "2026-12-25" for one year or "12-25" for all, after "jalali" or "islamic" when '
        'it is one of theirs, as in "jalali 01-13"',
    ),
]

HolidayText = Annotated[
    str,
    text(
        r"^(country|country [a-z]{2}|"
        r"((gregorian|jalali|islamic) )?([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))$",
        '"country" for the public holidays of the office\'s country, "country ae" for those of '
        'another, or a day as in "jalali 01-13", "islamic 10-10", "12-25"',
    ),
]


SlotText = Annotated[str, text(r"^[0-9]{0,2}$", "up to 2 of the digits 0-9")]


class Hours(Section):
    """Hours of some weekdays."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    open: tuple[SpanText, ...] = Field(min_length=1)


class ExceptionDay(Section):
    """A day that does not follow the week: its own hours, or none."""

    day: DayText
    open: tuple[SpanText, ...] = ()
    note: Label = "exception"


class Calendar(Section):
    """When the office is open.

    ``islamic_days`` is how many days later (or, below zero, earlier) than computed the Islamic
    months begin here, where the moon is sighted; it also moves those of a country's holidays that
    are only estimated. The destination ``calendar:NAME`` leads to ``when_open`` and its fellows.
    """

    name: Name
    title: Label = "Office hours"
    hours: tuple[Hours, ...] = ()
    holidays: tuple[HolidayText, ...] = ()
    exceptions: tuple[ExceptionDay, ...] = ()
    islamic_days: Annotated[WholeNumber, Field(ge=-2, le=2)] = 0
    slot: SlotText = ""  # after the night switch's code; "": the code alone
    when_open: Destination | None = None
    when_closed: Destination | None = None
    when_holiday: Destination | None = None  # none: as when closed
