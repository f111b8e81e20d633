"""Periods: whole days of the office's calendar, and the ones to compare them with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class Compared(StrEnum):
    """What a period is compared with."""

    NOTHING = "nothing"
    BEFORE = "before"  # as many days, right before
    WEEKS = "weeks"  # the same weekdays: as many whole weeks earlier as are needed
    YEAR = "year"  # 52 weeks earlier: the same weekdays of the year before


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the first day's beginning to the last day's end.

    Raises:
        ValueError: the last day is before the first.
    """

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the period ends on {self.last}, before it begins on {self.first}")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def moments(self, zone: ZoneInfo) -> tuple[float, float]:
        """Its beginning, and the end that is not in it any more, in Unix seconds. A day begins at
        its first moment: where clocks skip midnight, that is 01:00."""
        return midnight(self.first, zone), midnight(self.last + dt.timedelta(days=1), zone)

    def against(self, compared: Compared) -> Period | None:
        """The period to compare it with.

        Raises:
            OverflowError: it would be before the calendar's first year.
        """
        weeks = -(-self.days // 7) * 7
        back = {Compared.BEFORE: self.days, Compared.WEEKS: weeks, Compared.YEAR: 364}
        if compared not in back:
            return None
        step = dt.timedelta(days=back[compared])
        return Period(first=self.first - step, last=self.last - step)


def midnight(day: dt.date, zone: ZoneInfo) -> float:
    """The day's first moment in the zone, in Unix seconds."""
    at = dt.datetime.combine(day, dt.time(), zone).timestamp()
    found = dt.datetime.fromtimestamp(at, zone)
    if found.date() == day:
        return at
    # Midnight was skipped, and Python took the offset before: the clock shows the day before.
    while dt.datetime.fromtimestamp(at, zone).date() < day:
        at += 900.0
    return at
