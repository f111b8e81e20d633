"""Calendars: when the office is open, by weekday, by exception, by holiday, by a person's order.

A calendar thinks in the office's wall clock: naive datetimes, passed in. Whoever knows the time
zone translates at its edge. A span that passes midnight belongs to the day it began on, so that
a night shift is not cut short by the holiday that follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

DAY_MIN = 24 * 60
HORIZON_DAYS = 400
"""How far ahead a change is looked for: a year, and the longest row of holidays."""


class CalendarState(StrEnum):
    """What a calendar says of a moment."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"  # closed, and it would not be but for the day


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``opens_min`` to before ``closes_min``, in minutes after the midnight the day
    begins with; above 1440 it goes on into the next day."""

    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day that does not follow the week. ``spans`` is empty when all of it is closed."""

    spans: tuple[Span, ...]
    name: str
    is_holiday: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's order, which stands until ``until`` (wall clock), or until it is taken back."""

    state: CalendarState
    until: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it still stands."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a calendar says of a moment, and why, in a few words for a log or the command line."""

    state: CalendarState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One calendar. ``week`` has the spans of each weekday (0 is Monday, as in ``datetime``);
    ``special`` knows the exceptions and holidays: a pure function of the date."""

    name: str
    week: Mapping[int, tuple[Span, ...]]
    special: Callable[[date], SpecialDay | None]

    def at(self, now: datetime, override: Override | None = None) -> Verdict:
        """What it says of ``now``."""
        if override is not None and override.holds_at(now):
            until = f" until {override.until:%Y-%m-%d %H:%M}" if override.until else ""
            return Verdict(state=override.state, reason=f"switched by hand{until}")
        yesterday = now.date() - timedelta(days=1)
        for day in (now.date(), yesterday):
            for span in self.spans_of(day):
                if _contains(day, span, now):
                    return Verdict(state=CalendarState.OPEN, reason=self._open_reason(day, span))
        special = self.special(now.date())
        if special is None:
            return Verdict(state=CalendarState.CLOSED, reason="outside the hours of the week")
        if special.is_holiday:
            return Verdict(state=CalendarState.HOLIDAY, reason=f"holiday: {special.name}")
        return Verdict(state=CalendarState.CLOSED, reason=f"exception: {special.name}")

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """When it is open on ``day``, spans that end after its midnight included."""
        special = self.special(day)
        return self.week.get(day.weekday(), ()) if special is None else special.spans

    def next_change(self, now: datetime, override: Override | None = None) -> datetime | None:
        """The first moment after ``now`` at which the state is another; None when there is none
        within ``HORIZON_DAYS``."""
        state = self.at(now, override).state
        if override is not None and override.holds_at(now):
            if override.until is None:
                return None
            if self.at(override.until).state is not state:
                return override.until
            now = override.until
        return next((edge for edge in self._edges(now) if self.at(edge).state is not state), None)

    def _edges(self, now: datetime) -> Iterator[datetime]:
        """The moments after ``now`` at which something may change, in their order."""
        first = now.date() - timedelta(days=1)
        for offset in range(HORIZON_DAYS):
            day = first + timedelta(days=offset)
            midnight = datetime.combine(day, time())
            edges = {midnight}  # a holiday begins or ends
            for begun in (day - timedelta(days=1), day):
                for span in self.spans_of(begun):
                    edges |= {edge for edge in _bounds(begun, span) if edge.date() == day}
            yield from (edge for edge in sorted(edges) if edge > now)

    def _open_reason(self, day: date, span: Span) -> str:
        special = self.special(day)
        hours = f"{clock(span.opens_min)}-{clock(span.closes_min)}"
        return f"{special.name}: {hours}" if special else f"{day:%A} {hours}"


def clock(minutes: int) -> str:
    """Minutes after midnight as "08:30"; what lies beyond the day is counted from its end."""
    past = minutes - DAY_MIN if minutes > DAY_MIN else minutes
    return f"{past // 60:02d}:{past % 60:02d}"


def _bounds(day: date, span: Span) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time())
    return (
        midnight + timedelta(minutes=span.opens_min),
        midnight + timedelta(minutes=span.closes_min),
    )


def _contains(day: date, span: Span, now: datetime) -> bool:
    opens, closes = _bounds(day, span)
    return opens <= now < closes
