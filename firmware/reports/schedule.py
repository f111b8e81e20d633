"""When a scheduled report is due, and of which days it is: pure."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from persiantools.jdatetime import JalaliDate

from firmware.reports.period import Period

_ONE_DAY = dt.timedelta(days=1)


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"  # on the first day of the month of the language's calendar


def due(every: Every, weekday: int, at: str, language: str, now: dt.datetime) -> dt.datetime:
    """The newest moment at which a report was due, by the office's clock ``now``. ``weekday`` is
    that of a week's report (1 Monday to 7 Sunday), ``at`` "07:00"."""
    hour, minute = map(int, at.split(":"))
    day = now.date()
    while True:
        moment = dt.datetime.combine(day, dt.time(hour, minute), now.tzinfo)
        # as moments: where clocks change, 02:30 of this day may come after what they show now
        if _is_day(every, weekday, language, day) and moment.timestamp() <= now.timestamp():
            return moment
        day -= _ONE_DAY


def period_of(every: Every, language: str, day: dt.date) -> Period:
    """The days that a report which is due on ``day`` is of: all before it."""
    last = day - _ONE_DAY
    if every is Every.DAY:
        return Period(first=last, last=last)
    if every is Every.WEEK:
        return Period(first=day - 7 * _ONE_DAY, last=last)
    first = last
    while not _begins_month(language, first):
        first -= _ONE_DAY
    return Period(first=first, last=last)


def _is_day(every: Every, weekday: int, language: str, day: dt.date) -> bool:
    if every is Every.WEEK:
        return day.isoweekday() == weekday
    return every is Every.DAY or _begins_month(language, day)


def _begins_month(language: str, day: dt.date) -> bool:
    if language == "fa":
        jalali = JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
        return bool(jalali.day == 1)
    return day.day == 1
