"""``markaz route test`` and ``markaz calendar``: explanations, and orders for the night switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.link.rows import CalendarRow, LineRow
from tests.unit.cli_box import Box, markaz, running_box

SITE = """
office: {country: ir, time_zone: Asia/Tehran}
extension:
  - {number: 101, name: Sara, password: not-a-secret-1, permission: mobile, caller_id: 0212233}
  - {number: 102, name: Omar, password: not-a-secret-2, permission: internal}
line:
  - {name: fxo-1, kind: trunk, route: calendar:office}
  - {name: gsm-1, kind: mobile, route: extension:101}
calendar:
  - name: office
    hours: [{days: [saturday, sunday], open: [08:00-17:00]}]
    holidays: [jalali 09-01]
    when_open: extension:101
    when_closed: extension:102
inbound:
  - {name: night, ways: [fxo-1], calendar: office, when: closed, to: extension:102}
outbound:
  - {name: mobile, patterns: [09XXXXXXXXX], permission: mobile, ways: [gsm-1, fxo-1], pin: 2468}
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    history.apply(home, SITE, "test", "")
    return home


@pytest.fixture
def box(home: Home) -> Iterator[Box]:
    with running_box(home) as running:
        history.apply(home, SITE + "# again\n", "test", "")
        yield running


def test_an_outward_call_is_explained_without_its_pin(home: Home) -> None:
    found = markaz(
        home, "route", "test", "09121234567", "--from", "101", "--at", "2026-11-23 20:00"
    )
    assert found.exit_code == 0, found.output
    assert found.output.splitlines()[:5] == [
        "Monday 2026-11-23 20:00, Asia/Tehran",
        "calendar office is closed: outside the hours of the week",
        "outbound route mobile: takes it",
        "extension 101 (mobile) may call mobile numbers",
        "=> 09121234567 is called, showing 0212233, after a PIN",
    ]
    assert "2468" not in found.output


def test_what_is_not_permitted_or_unknown_ends_with_1(home: Home) -> None:
    refused = markaz(home, "route", "test", "09121234567", "--from", "102")
    assert refused.exit_code == 1
    assert refused.output.endswith("=> refused: not permitted\n")
    unknown = markaz(home, "route", "test", "0044", "--from", "101")
    assert unknown.exit_code == 1
    assert unknown.output.endswith("=> refused: no such number\n")


def test_numbers_inside_codes_and_emergencies(home: Home) -> None:
    assert "=> extension:102: a number inside" in markaz(home, "route", "test", "102").output
    assert "=> the feature code of night_switch" in markaz(home, "route", "test", "*28").output
    help_ = markaz(home, "route", "test", "115", "--from", "102").output
    assert "=> an emergency call to 115" in help_
    assert help_.index("fxo-1") < help_.index("gsm-1")


def test_an_inward_call_is_explained(home: Home) -> None:
    night = markaz(
        home, "route", "test", "0", "--on", "fxo-1", "--from", "0912", "--at", "2026-11-21 20:00"
    )
    assert night.output.endswith(
        "inbound route night: takes it, to extension:102\n=> extension:102\n"
    )
    day = markaz(home, "route", "test", "0", "--on", "fxo-1", "--at", "2026-11-21 10:00")
    assert "inbound route night: calendar office is open, not closed" in day.output
    assert day.output.endswith("=> calendar:office\n")


def test_the_ways_are_shown_as_they_stand(home: Home, box: Box) -> None:
    row = LineRow(
        id="fxo-1",
        kind="trunk",
        state="cut",
        simulated=True,
        number="",
        signal_dbm=None,
        fault="no battery",
    )
    box["lined"][1].post("line.cut", row)
    found = markaz(home, "route", "test", "09121234567", "--from", "101")
    assert [line.split() for line in found.output.splitlines()[-2:]] == [
        ["gsm-1", "unknown", "-"],
        ["fxo-1", "cut", "no", "battery"],
    ]


def test_an_order_of_now_counts_and_not_for_another_time(home: Home, box: Box) -> None:
    row = CalendarRow(
        id="office",
        title="Office hours",
        state="open",
        reason="switched by hand",
        override="open",
        next_change=0.0,
        number="*28",
    )
    box["switchd"][1].post("calendar.changed", row)
    now = markaz(home, "route", "test", "0", "--on", "fxo-1").output
    assert "calendar office is open: switched by hand" in now
    later = markaz(home, "route", "test", "0", "--on", "fxo-1", "--at", "2026-11-23 20:00").output
    assert "calendar office is closed" in later
    shown = markaz(home, "calendar", "show").output.splitlines()[-1].split()
    assert shown == ["office", "open", "switched", "by", "hand", "-", "open", "*28"]


def test_a_calendar_shows_its_special_days(home: Home) -> None:
    found = markaz(home, "calendar", "show", "office")
    assert found.exit_code == 0
    assert "switchd is down" in found.output
    assert markaz(home, "calendar", "show", "ofice").exit_code == 2


def test_orders_reach_switchd_in_unix_time(home: Home, box: Box) -> None:
    assert markaz(home, "calendar", "close", "office").exit_code == 0
    assert markaz(home, "calendar", "open", "office", "--until", "2030-01-01 08:00").exit_code == 0
    assert markaz(home, "calendar", "auto", "office").exit_code == 0
    assert box["switchd"][0].orders == [
        ("set_calendar", "office", "closed", 0.0),
        ("set_calendar", "office", "open", 1893472200.0),  # 04:30 UTC
        ("set_calendar", "office", "automatic", 0.0),
    ]
    assert markaz(home, "calendar", "open", "office", "--until", "noon").exit_code == 2
