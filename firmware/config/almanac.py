"""The almanac: exceptions and holidays of a calendar, written in any of three calendars.

Jalali dates are persiantools', Islamic ones hijridate's (Umm al-Qura, the civil calendar of Saudi
Arabia), public holidays the ``holidays`` package's. Where the moon is sighted a month may begin
a day off: ``Calendar.islamic_days`` moves what was computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hijridate import Gregorian
from persiantools.jdatetime import JalaliDate

from firmware.config.sections.calendars import Calendar as CalendarSection
from firmware.config.sections.calendars import SpanText, Weekday
from firmware.model.calendar import DAY_MIN, Calendar, Span, SpecialDay

YearMonthDay = tuple[int, int, int]

_ESTIMATED = re.compile(r" \(estimated\)$|, estimated(?=\)$)")
"""What the ``holidays`` package adds to days that were computed and not announced."""

_LANGUAGE = "en_US"
"""Of the names, which go to logs and the command line; the package would ask the environment."""

_HIJRI_FROM, _HIJRI_TO = date(1924, 8, 1), date(2077, 11, 16)
"""What hijridate's table covers. A box whose clock is elsewhere keeps no Islamic holidays."""


@dataclass(frozen=True, slots=True)
class DayRule:
    """A day of one year, or of every one (``year`` 0), in one of the calendars."""

    calendar: str
    year: int
    month: int
    day: int

    @classmethod
    def parse(cls, text: str) -> DayRule:
        """From the shape that the schema has checked."""
        calendar, _, numbers = text.rpartition(" ")
        *year, month, day = map(int, numbers.split("-"))
        return cls(calendar or "gregorian", year[0] if year else 0, month, day)

    def matches(self, day: date, islamic_days: int) -> bool:
        """Whether it is ``day``."""
        found = _IN[self.calendar](day, islamic_days)
        if found is None:
            return False
        year, month, day_of_month = found
        return (month, day_of_month) == (self.month, self.day) and self.year in {0, year}


def _gregorian(day: date, _islamic_days: int) -> YearMonthDay | None:
    return day.year, day.month, day.day


def _jalali(day: date, _islamic_days: int) -> YearMonthDay | None:
    found = JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
    return found.year, found.month, found.day


def _islamic(day: date, islamic_days: int) -> YearMonthDay | None:
    computed = day - timedelta(days=islamic_days)
    if not _HIJRI_FROM <= computed <= _HIJRI_TO:
        return None
    found = Gregorian.fromdate(computed).to_hijri()
    return found.year, found.month, found.day


_IN: dict[str, Callable[[date, int], YearMonthDay | None]] = {
    "gregorian": _gregorian,
    "jalali": _jalali,
    "islamic": _islamic,
}


class CountryHolidays:
    """A country's public holidays.

    Raises:
        KeyError: nobody knows those of ``country``.
    """

    def __init__(self, country: str, islamic_days: int) -> None:
        # Only here: it costs every daemon 4 MB, and few offices keep public holidays.
        import holidays  # noqa: PLC0415

        try:
            self._days = holidays.country_holidays(country.upper(), language=_LANGUAGE)
        except NotImplementedError as error:
            raise KeyError(country) from error
        self._islamic_days = islamic_days

    def name_of(self, day: date) -> str:
        """The holiday, "" on any other day."""
        announced = [name for name in self._names(day) if not _ESTIMATED.search(name)]
        computed = [
            _ESTIMATED.sub("", name)
            for name in self._names(day - timedelta(days=self._islamic_days))
            if _ESTIMATED.search(name)
        ]
        return "; ".join(announced + computed)

    def _names(self, day: date) -> list[str]:
        return list(self._days.get_list(day))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exception:
    rule: DayRule
    special: SpecialDay


class Almanac:
    """The special days of one calendar section. ``country`` is the office's, for "country"."""

    def __init__(self, section: CalendarSection, country: str) -> None:
        self._islamic_days = section.islamic_days
        self._exceptions = tuple(
            _Exception(
                rule=DayRule.parse(one.day),
                special=SpecialDay(spans=spans(one.open), name=one.note, is_holiday=False),
            )
            for one in section.exceptions
        )
        written = [text for text in section.holidays if not text.startswith("country")]
        self._holidays = tuple((text, DayRule.parse(text)) for text in written)
        codes = [country_of(t, country) for t in section.holidays if t.startswith("country")]
        self._countries = tuple(CountryHolidays(code, section.islamic_days) for code in codes)

    def special(self, day: date) -> SpecialDay | None:
        """What makes ``day`` special; an exception stands above a holiday."""
        for one in self._exceptions:
            if one.rule.matches(day, self._islamic_days):
                return one.special
        name = self._holiday(day)
        return SpecialDay(spans=(), name=name, is_holiday=True) if name else None

    def _holiday(self, day: date) -> str:
        for text, rule in self._holidays:
            if rule.matches(day, self._islamic_days):
                return text
        return next((name for c in self._countries if (name := c.name_of(day))), "")


def country_of(text: str, office: str) -> str:
    """Whose holidays "country" or "country ae" means."""
    return text.partition(" ")[2] or office


def spans(texts: Sequence[SpanText]) -> tuple[Span, ...]:
    """Hours as written; those that end before they begin end on the next day."""
    return tuple(_span(text) for text in texts)


def _span(text: str) -> Span:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    assert found is not None, "the schema has checked it"
    hour, minute, to_hour, to_minute = map(int, found.groups())
    opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
    return Span(opens, closes if closes > opens else closes + DAY_MIN)


def calendar(section: CalendarSection, country: str) -> Calendar:
    """The calendar that a section describes, for an office in ``country``."""
    week: dict[int, tuple[Span, ...]] = {}
    order = list(Weekday)
    for hours in section.hours:
        for day in hours.days:
            index = order.index(day)
            week[index] = (*week.get(index, ()), *spans(hours.open))
    return Calendar(name=section.name, week=week, special=Almanac(section, country).special)
