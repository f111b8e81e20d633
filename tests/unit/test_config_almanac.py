"""Holidays in three calendars, each conversion compared with a second library."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import jdatetime
import pytest
from convertdate import islamic
from hijridate import Hijri

from firmware.config import almanac
from firmware.config.almanac import CountryHolidays, DayRule, calendar
from firmware.config.sections.calendars import Calendar, ExceptionDay, Hours, Weekday
from firmware.model.calendar import CalendarState


def office(**parts):
    hours = (Hours(days=tuple(Weekday), open=("08:00-17:00",)),)
    return calendar(Calendar(name="office", **({"hours": hours} | parts)), "ir")


def noon(day):
    return datetime.combine(day, datetime.min.time()) + timedelta(hours=12)


def at(text):
    return datetime.fromisoformat(text)


def days(count=4000):
    dice = random.Random(5)
    return [date(1990, 1, 1) + timedelta(days=dice.randrange(40_000)) for _ in range(count)]


def test_jalali_days_are_those_of_a_second_library() -> None:
    for day in days():
        other = jdatetime.date.fromgregorian(date=day)
        rule = DayRule("jalali", other.year, other.month, other.day)
        assert rule.matches(day, 0), day
        assert not rule.matches(day + timedelta(days=1), 0), day


def test_islamic_days_are_near_those_of_the_arithmetic_calendar() -> None:
    """Umm al-Qura is computed from the moon; the calendar of 30-year cycles is 2 days off at
    most."""
    for day in (day for day in days() if day < date(2077, 1, 1)):
        found = almanac._IN["islamic"](day, 0)
        assert found is not None
        assert abs(date(*islamic.to_gregorian(*found)) - day) <= timedelta(days=2), day


def test_a_moon_sighted_later_moves_the_islamic_days_only() -> None:
    eid = Hijri(1447, 10, 1).to_gregorian()
    first_of_shawwal = ("islamic 10-01", "jalali 01-13")
    for days_later in (-2, -1, 0, 1, 2):
        shifted = office(holidays=first_of_shawwal, islamic_days=days_later)
        moved = date(eid.year, eid.month, eid.day) + timedelta(days=days_later)
        assert shifted.at(noon(moved)).state is CalendarState.HOLIDAY
        assert shifted.at(noon(moved + timedelta(days=1))).state is CalendarState.OPEN
        assert shifted.at(noon(date(2026, 4, 2))).reason == "holiday: jalali 01-13"


def test_an_exception_stands_above_a_holiday_and_may_have_hours() -> None:
    duty = ExceptionDay(day="2026-04-02", open=("10:00-11:00",), note="duty")
    made = office(holidays=("jalali 01-13",), exceptions=(duty,))
    assert made.at(at("2026-04-02 10:30")).reason == "duty: 10:00-11:00"
    assert made.at(at("2026-04-02 12:00")).state is CalendarState.CLOSED
    assert made.at(at("2027-04-02 12:00")).state is CalendarState.HOLIDAY


def test_a_day_without_a_year_comes_every_year_and_one_with_a_year_once() -> None:
    made = office(holidays=("12-25", "2026-07-01"))
    for year in (2025, 2026, 2031):
        assert made.at(noon(date(year, 12, 25))).state is CalendarState.HOLIDAY
    assert made.at(noon(date(2026, 7, 1))).state is CalendarState.HOLIDAY
    assert made.at(noon(date(2027, 7, 1))).state is CalendarState.OPEN


def test_public_holidays_of_the_offices_country_and_of_another() -> None:
    made = office(holidays=("country",))
    assert made.at(noon(date(2027, 3, 21))).reason == "holiday: Nowruz"
    abroad = office(holidays=("country ae",))
    assert abroad.at(noon(date(2026, 12, 2))).reason == "holiday: National Day"
    assert abroad.at(noon(date(2026, 3, 24))).state is CalendarState.OPEN


@pytest.mark.parametrize("country", ["ir", "ae", "eg", "iq", "om", "qa", "kw", "bh"])
def test_estimated_holidays_move_with_the_moon_and_announced_ones_do_not(country) -> None:
    as_computed, later = CountryHolidays(country, 0), CountryHolidays(country, 1)
    year = [date(2031, 1, 1) + timedelta(days=n) for n in range(365)]
    names = {day: as_computed.name_of(day) for day in year if as_computed.name_of(day)}
    assert len(names) >= 4
    assert not any("estimated" in name for name in names.values())
    moved = [day for day, name in names.items() if later.name_of(day) != name]
    assert moved, "a country that keeps Islamic holidays"


@pytest.mark.parametrize("country", ["sa", "tr"])
def test_countries_whose_calendar_is_announced_for_years_do_not_move(country) -> None:
    year = [date(2031, 1, 1) + timedelta(days=n) for n in range(365)]
    as_computed, later = CountryHolidays(country, 0), CountryHolidays(country, 2)
    assert [as_computed.name_of(day) for day in year] == [later.name_of(day) for day in year]


def test_a_box_whose_clock_was_never_set_keeps_running() -> None:
    made = office(holidays=("islamic 10-01", "jalali 01-01", "country"))
    for day in (date(1970, 1, 1), date(1900, 3, 3), date(2200, 1, 1)):
        assert made.at(noon(day)).state in set(CalendarState)
        made.next_change(noon(day))
