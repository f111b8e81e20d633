"""Wake-up calls: the time of day they mean, and what the clock says about them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.model.wakeup import GRACE_S, Verdict, WakeUp, judge, next_at

TEHRAN, BERLIN = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Berlin")


def test_a_time_still_to_come_is_today():
    now = datetime(2026, 11, 21, 5, 0, tzinfo=TEHRAN)
    assert next_at("0630", now) == datetime(2026, 11, 21, 6, 30, tzinfo=TEHRAN)


def test_a_time_that_has_passed_is_tomorrow():
    now = datetime(2026, 11, 21, 6, 30, tzinfo=TEHRAN)
    assert next_at("0630", now) == datetime(2026, 11, 22, 6, 30, tzinfo=TEHRAN)


def test_the_night_the_clocks_go_forward_is_an_hour_shorter():
    now = datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN)
    assert next_at("0630", now).timestamp() - now.timestamp() == 7.5 * 3600


def test_a_time_the_clocks_leave_out_comes_an_hour_later():
    now = datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN)
    at = datetime.fromtimestamp(next_at("0230", now).timestamp(), BERLIN)
    assert (at.hour, at.minute) == (3, 30)


@pytest.mark.parametrize("text", ["2400", "1260", "630", "06300", "six", "", "۰۶۳۰"])
def test_what_is_no_time_of_day(text):
    with pytest.raises(ValueError, match="no time of day"):
        next_at(text, datetime(2026, 11, 21, 5, 0, tzinfo=TEHRAN))


@pytest.mark.parametrize(
    ("late_s", "verdict"),
    [
        (-1.0, Verdict.WAIT),
        (0.0, Verdict.CALL),
        (GRACE_S, Verdict.CALL),
        (GRACE_S + 1, Verdict.TOO_LATE),
        (-30 * 365 * 86400.0, Verdict.WAIT),  # a board that wakes up in 1996
        (86400.0, Verdict.TOO_LATE),
    ],
)
def test_what_the_clock_says(late_s, verdict):
    wake_up = WakeUp(id="w1", number="101", at=1_000_000.0, due_at=1_000_000.0)
    assert judge(wake_up, 1_000_000.0 + late_s) is verdict
