"""Calendars: hours of the week, nights that pass midnight, exceptions, holidays, orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firmware.model.calendar import (
    Calendar,
    CalendarState,
    Override,
    Span,
    SpecialDay,
    clock,
)

OPEN, CLOSED, HOLIDAY = CalendarState.OPEN, CalendarState.CLOSED, CalendarState.HOLIDAY
MORNING, AFTERNOON = Span(8 * 60, 12 * 60), Span(13 * 60, 17 * 60)
NIGHT = Span(22 * 60, 26 * 60)
SATURDAY = date(2026, 11, 21)


def calendar(week=None, special=None):
    days = {date.fromisoformat(day): what for day, what in (special or {}).items()}
    return Calendar(
        name="office",
        week=week if week is not None else {5: (MORNING, AFTERNOON), 6: (MORNING,)},
        special=days.get,
    )


def at(text):
    return datetime.fromisoformat(text)


def test_several_spans_a_day_and_the_gap_between_them():
    office = calendar()
    states = {
        "2026-11-21 07:59:59": CLOSED,
        "2026-11-21 08:00": OPEN,
        "2026-11-21 11:59:59": OPEN,
        "2026-11-21 12:00": CLOSED,
        "2026-11-21 13:00": OPEN,
        "2026-11-21 17:00": CLOSED,
        "2026-11-23 10:00": CLOSED,  # a weekday without hours
    }
    assert {text: office.at(at(text)).state for text in states} == states
    assert office.at(at("2026-11-21 09:00")).reason == "Saturday 08:00-12:00"


def test_a_night_shift_goes_on_after_midnight_also_into_a_holiday():
    holiday = SpecialDay(spans=(), name="Ashura", is_holiday=True)
    night = calendar({5: (NIGHT,)}, {"2026-11-22": holiday})
    assert night.at(at("2026-11-21 23:00")).state is OPEN
    assert night.at(at("2026-11-22 01:59")).state is OPEN
    after = night.at(at("2026-11-22 02:00"))
    assert (after.state, after.reason) == (HOLIDAY, "holiday: Ashura")
    assert night.next_change(at("2026-11-21 23:00")) == at("2026-11-22 02:00")
    assert night.next_change(at("2026-11-22 02:00")) == at("2026-11-23 00:00")


def test_an_exception_replaces_the_hours_of_its_day():
    short = SpecialDay(spans=(Span(9 * 60, 10 * 60),), name="stocktaking", is_holiday=False)
    office = calendar(special={"2026-11-21": short})
    assert office.at(at("2026-11-21 08:30")).state is CLOSED
    assert office.at(at("2026-11-21 08:30")).reason == "exception: stocktaking"
    assert office.at(at("2026-11-21 09:30")).reason == "stocktaking: 09:00-10:00"
    assert office.at(at("2026-11-22 08:30")).state is OPEN


def test_a_day_of_24_hours_has_no_change_at_midnight():
    always = calendar({day: (Span(0, 1440),) for day in range(7)})
    assert always.at(at("2026-11-21 23:59:59")).state is OPEN
    assert always.next_change(at("2026-11-21 12:00")) is None


def test_an_order_stands_until_its_time_then_the_calendar_speaks():
    office = calendar()
    shut = Override(state=CLOSED, until=at("2026-11-21 14:00"))
    assert office.at(at("2026-11-21 13:30"), shut).state is CLOSED
    assert office.at(at("2026-11-21 14:00"), shut).state is OPEN
    assert office.next_change(at("2026-11-21 13:30"), shut) == at("2026-11-21 14:00")
    # It ends while the office is shut anyway: what changes next is the morning.
    late = Override(state=CLOSED, until=at("2026-11-21 20:00"))
    assert office.next_change(at("2026-11-21 13:30"), late) == at("2026-11-22 08:00")
    for_ever = Override(state=OPEN)
    assert office.at(at("2026-11-24 03:00"), for_ever).state is OPEN
    assert office.next_change(at("2026-11-21 13:30"), for_ever) is None


def test_a_calendar_without_hours_never_changes():
    assert calendar({}).next_change(at("2026-11-21 13:30")) is None


def test_the_clock_of_what_passes_midnight():
    assert [clock(minutes) for minutes in (0, 510, 1440, 1560)] == [
        "00:00",
        "08:30",
        "24:00",
        "02:00",
    ]


spans = st.builds(
    lambda opens, length: Span(opens, opens + length),
    st.integers(0, 1439),
    st.integers(1, 1439),
)
weeks = st.dictionaries(st.integers(0, 6), st.lists(spans, max_size=3).map(tuple))
specials = st.dictionaries(
    st.integers(0, 9).map(lambda n: SATURDAY + timedelta(days=n)),
    st.builds(
        SpecialDay,
        spans=st.lists(spans, max_size=2).map(tuple),
        name=st.just("x"),
        is_holiday=st.booleans(),
    ),
)
moments = st.integers(0, 9 * 1440 * 60).map(
    lambda s: datetime.combine(SATURDAY, datetime.min.time()) + timedelta(seconds=s)
)
overrides = st.none() | st.builds(
    Override, state=st.sampled_from([OPEN, CLOSED]), until=st.none() | moments
)


@given(weeks, specials, moments, overrides)
def test_the_next_change_is_a_change_and_the_first_one(week, special, now, override):
    office = Calendar(name="any", week=week, special=special.get)
    before = office.at(now, override).state
    change = office.next_change(now, override)
    if change is None:
        probes = [now + timedelta(hours=n) for n in range(1, 400)]
    else:
        assert change > now
        assert office.at(change, override).state is not before
        length = change - now
        probes = [now + length * part / 97 for part in range(97)]
    assert {office.at(probe, override).state for probe in probes} <= {before}
