"""How the console writes numbers, times and names."""

from __future__ import annotations

import datetime as dt

import pytest

from web import writing
from web.writing import ARABIC, ENGLISH, PERSIAN

MOMENT = dt.datetime(2026, 11, 21, 23, 9, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("tongue", "written"),
    [(PERSIAN, "۳۰ آبان ۱۴۰۵"), (ARABIC, "٢١ نوفمبر ٢٠٢٦"), (ENGLISH, "21 Nov 2026")],
)
def test_days_are_in_the_calendar_and_the_digits_of_the_language(tongue, written):
    assert writing.date(MOMENT, tongue) == written


@pytest.mark.parametrize(
    ("tongue", "written"), [(PERSIAN, "۴۷٫۲"), (ARABIC, "٤٧٫٢"), (ENGLISH, "47.2")]
)
def test_a_point_among_eastern_digits_is_the_eastern_one(tongue, written):
    assert writing.decimal(47.24, 1, tongue) == written
    assert writing.decimal(47.24, 0, tongue) == writing.digits("47", tongue)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (dt.datetime(2025, 3, 20, tzinfo=dt.UTC), "۳۰ اسفند ۱۴۰۳"),  # the leap day of 1403
        (dt.datetime(2025, 3, 21, tzinfo=dt.UTC), "۱ فروردین ۱۴۰۴"),
        (dt.datetime(2026, 3, 20, tzinfo=dt.UTC), "۲۹ اسفند ۱۴۰۴"),
        (dt.datetime(2026, 3, 21, tzinfo=dt.UTC), "۱ فروردین ۱۴۰۵"),
    ],
)
def test_the_turn_of_the_jalali_year(day, written):
    assert writing.date(day, PERSIAN) == written


@pytest.mark.parametrize(
    ("tongue", "written"),
    [(PERSIAN, "۲۳:۰۹:۰۵"), (ARABIC, "٢٣:٠٩:٠٥"), (ENGLISH, "23:09:05")],
)
def test_clock(tongue, written):
    assert writing.clock(MOMENT, tongue) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0:00"),
        (9.99, "0:09"),
        (65, "1:05"),
        (3600, "1:00:00"),
        (90061, "25:01:01"),
        (-3, "0:00"),
    ],
)
def test_durations_are_rounded_down_and_never_negative(seconds, written):
    assert writing.duration(seconds, ENGLISH) == written


def test_a_lines_handle_in_a_numbers_place_stays_as_it_is():
    assert '<bdi dir="ltr">fxo-1</bdi>' in writing.number("fxo-1", PERSIAN)


def test_a_number_is_left_to_right_and_keeps_its_latin_digits_for_machines():
    written = writing.number("+98021", PERSIAN)
    assert written == ('<data class="number" value="+98021"><bdi dir="ltr">+۹۸۰۲۱</bdi></data>')


@pytest.mark.parametrize("write", [lambda text: writing.number(text, ENGLISH), writing.name])
def test_what_strangers_send_is_escaped(write):
    assert "<script" not in write('"><script>alert(1)</script>')


def test_a_name_is_isolated():
    assert writing.name("علی") == "<bdi>علی</bdi>"


def test_a_moment_keeps_its_instant_in_the_box_s_zone():
    assert writing.local(1795302540.0).timestamp() == 1795302540.0
    assert writing.local(1795302540.0).tzinfo is not None


def test_escapes_keep_their_latin_digits():
    assert "&#34;" in writing.number('"', PERSIAN)
    assert "&lt;۱" in writing.number("<1", PERSIAN)
