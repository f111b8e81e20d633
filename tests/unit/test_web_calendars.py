"""Calendars of the console: there and back for every day, and the reader's choice of them."""

from __future__ import annotations

import datetime as dt
import re

import jdatetime
import pytest
from convertdate import islamic
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.web_fixtures import console, csrf_token
from web import calendars, writing
from web.calendars import Calendar
from web.picking import day_choice, picked_day
from web.writing import ARABIC, DIGITS, ENGLISH, PERSIAN, TONGUES

FIRST, LAST = dt.date(2000, 1, 1), dt.date(2040, 12, 31)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
LATE = dt.date(2026, 11, 22)


@pytest.mark.parametrize("calendar", Calendar)
def test_every_day_comes_back_as_itself_and_follows_the_one_before(calendar):
    before = None
    for day in DAYS:
        parts = calendars.parts(day, calendar)
        assert calendars.day_of(parts, calendar) == day
        if before is not None:
            same_month = (before[0], before[1], before[2] + 1)
            assert parts == same_month or parts[2] == 1
            assert parts > before
        before = parts


def test_jalali_days_are_those_of_another_library():
    for day in DAYS:
        theirs = jdatetime.date.fromgregorian(date=day)
        assert calendars.parts(day, Calendar.JALALI) == (theirs.year, theirs.month, theirs.day)


def test_islamic_days_are_within_two_of_the_arithmetic_calendar():
    """Umm al-Qura follows the moon over Mecca, the arithmetic one a rule of thirty years."""
    for day in DAYS:
        theirs = dt.date(*islamic.to_gregorian(*calendars.parts(day, Calendar.ISLAMIC)))
        assert abs(theirs - day) <= dt.timedelta(days=2)


@pytest.mark.parametrize("tongue", TONGUES.values(), ids=TONGUES)
@pytest.mark.parametrize("calendar", Calendar)
def test_months_have_twelve_different_names_in_the_letters_of_the_language(tongue, calendar):
    names = calendars.month_names(calendar, tongue.code)
    assert len(set(names)) == 12
    script = "[A-Za-z -]+" if tongue is ENGLISH else "[\u0600-\u06ff\u200c ]+"
    assert all(re.fullmatch(script, name) for name in names)


def read(tongue, calendar, digits="latin"):
    return writing.Tongue(
        code=tongue.code,
        name=tongue.name,
        direction=tongue.direction,
        digits=DIGITS[digits],
        calendar=calendar,
    )


@pytest.mark.parametrize(
    ("tongue", "calendar", "digits", "written"),
    [
        (ENGLISH, Calendar.JALALI, "latin", "1 Azar 1405"),
        (ENGLISH, Calendar.ISLAMIC, "latin", "12 Jumada II 1448"),
        (PERSIAN, Calendar.GREGORIAN, "persian", "۲۲ نوامبر ۲۰۲۶"),
        (PERSIAN, Calendar.ISLAMIC, "persian", "۱۲ جمادی‌الثانی ۱۴۴۸"),
        (ARABIC, Calendar.ISLAMIC, "arabic", "١٢ جمادى الآخرة ١٤٤٨"),
        (ARABIC, Calendar.JALALI, "latin", "1 آذر 1405"),
    ],
)
def test_any_calendar_with_any_digits_in_any_language(tongue, calendar, digits, written):
    assert writing.date(LATE, read(tongue, calendar, digits)) == written


def test_a_day_beyond_the_islamic_tables_is_gregorian():
    far = dt.date(2100, 2, 3)
    assert writing.date(far, read(ENGLISH, Calendar.ISLAMIC)) == "3 Feb 2100"


def form_of(choice, name="from"):
    sent = {f"{name}-{part}": str(value) for part, _, _, value in choice.parts}
    return {f"{name}-calendar": str(choice.calendar), **sent}


@given(
    day=st.dates(FIRST, LAST),
    calendar=st.sampled_from(Calendar),
    code=st.sampled_from(list(TONGUES)),
)
def test_a_picked_day_is_the_day_that_was_shown(day, calendar, code):
    tongue = read(TONGUES[code], calendar)
    choice = day_choice(day, tongue, first=day, last=day)
    for _part, word, options, value in choice.parts:
        assert word
        assert value in [option for option, _ in options]
    assert picked_day(form_of(choice), "from") == day


def test_digits_a_person_typed_are_understood_in_every_script():
    form = {"d-calendar": "jalali", "d-year": "۱۴۰۵", "d-month": "٩", "d-day": "1"}
    assert picked_day(form, "d") == LATE


def test_no_day_may_be_picked():
    choice = day_choice(None, ENGLISH, first=LATE, last=LATE)
    assert picked_day(form_of(choice), "from") is None


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day"),
    [
        ("gregorian", "2026", "2", "29"),
        ("jalali", "1404", "12", "30"),
        ("islamic", "1448", "6", "31"),
        ("islamic", "1600", "1", "1"),
        ("julian", "2026", "1", "1"),
        ("jalali", "1405", "", "1"),
        ("jalali", "9" * 5000, "1", "1"),
        ("gregorian", "2026", "<script>", "1"),
        ("jalali", "-3", "0", "0"),
    ],
)
def test_days_that_are_none_are_refused(calendar, year, month, day):
    form = {"d-calendar": calendar, "d-year": year, "d-month": month, "d-day": day}
    with pytest.raises(ValueError, match="no such day"):
        picked_day(form, "d")


# -- the reader's choice ----------------------------------------------------------------------


@pytest.fixture
def client(tmp_path):
    with console(tmp_path, language="fa") as app:
        yield app.test_client()


def choose(client, **fields):
    form = {"csrf_token": csrf_token(client, "/reading"), "next": "/login", **fields}
    return client.post("/reading", data=form)


def today(page):
    return re.search(r"<p>(امروز [^<]*)</p>", page)[1]


def test_the_language_brings_its_calendar_and_digits(client):
    assert re.search("[۰-۹]", today(client.get("/reading").text))


def test_a_choice_is_kept_and_shown(client):
    answer = choose(client, calendar="gregorian", digits="latin")
    assert answer.location == "/reading?next=/login"
    page = client.get("/reading").text
    assert re.search(r"\d{1,2} \S+ 20\d\d", today(page))
    assert not re.search("[۰-۹٠-٩]", today(page))
    assert 'value="gregorian" selected' in page
    choose(client, calendar="", digits="")
    assert re.search("[۰-۹]{4}", today(client.get("/reading").text))


@pytest.mark.parametrize("cookie", ["", "julian.roman", "a" * 4000, "jalali", ".", "%00.\x7f"])
def test_a_cookie_of_nonsense_chooses_nothing(client, cookie):
    client.set_cookie("markaz_reading", cookie)
    assert client.get("/reading").status_code == 200


def test_a_choice_of_nonsense_is_none_and_leads_nowhere_else(client):
    answer = choose(client, calendar="../x", digits="9", next="//evil.example")
    assert answer.location == "/reading?next=/"
    assert "markaz_reading=.;" in answer.headers["Set-Cookie"]
