"""Picking a day in the reader's calendar, without a script: year, month and day to choose from,
sent with the name of the calendar they were shown in, so that a choice of another calendar on
another page meanwhile changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from web import calendars, writing
from web.calendars import Calendar
from web.writing import Tongue

_FIRST = dt.date(1925, 1, 1)
_LAST = dt.date(2076, 12, 31)
"""What every calendar reaches (Umm al-Qura's tables end in 2077)."""

LONGEST_MONTH = 31

Part = tuple[str, str, tuple[tuple[int | str, str], ...], int | str]
"""The field's suffix, its word, the (value, text) to choose from, and the value that is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChoice:
    """What the macro ``day`` shows."""

    calendar: Calendar
    parts: tuple[Part, ...]


def day_choice(
    picked: dt.date | None, tongue: Tongue, *, first: dt.date, last: dt.date
) -> DayChoice:
    """A choice of days from the year of ``first`` to that of ``last``; None offers "no day" too."""
    calendar = tongue.calendar
    year, month, day = calendars.parts(_within(picked), calendar) if picked else ("", "", "")
    years = range(
        calendars.parts(_within(first), calendar)[0],
        calendars.parts(_within(last), calendar)[0] + 1,
    )
    offered = sorted({*years, *([year] if isinstance(year, int) else [])})
    names = calendars.month_names(calendar, tongue.code)
    nothing: tuple[tuple[int | str, str], ...] = () if picked else (("", "–"),)
    return DayChoice(
        calendar=calendar,
        parts=(
            ("day", gettext("Day"), nothing + _written(range(1, LONGEST_MONTH + 1), tongue), day),
            ("month", gettext("Month"), nothing + tuple(enumerate(names, 1)), month),
            ("year", gettext("Year"), nothing + _written(offered, tongue), year),
        ),
    )


def picked_day(form: Mapping[str, str], name: str) -> dt.date | None:
    """The day of the field ``name`` of a form; None when none was chosen.

    Raises:
        ValueError: the calendar has no such day, or the form is not ours; in words for the reader.
    """
    sent = [form.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
    if not any(sent):
        return None
    try:
        calendar = Calendar(form.get(f"{name}-calendar", ""))
        year, month, day = (int(writing.latin(number)) for number in sent)
        found = calendars.day_of((year, month, day), calendar)
    except ValueError as error:
        raise ValueError(gettext("There is no such day in this calendar.")) from error
    return found


def _within(day: dt.date) -> dt.date:
    return min(max(day, _FIRST), _LAST)


def _written(numbers: range | list[int], tongue: Tongue) -> tuple[tuple[int | str, str], ...]:
    return tuple((number, writing.digits(number, tongue)) for number in numbers)
