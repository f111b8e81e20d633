"""Reports by the clock: when they are due, of which days, and that each is sent once."""

from __future__ import annotations

import datetime as dt
import io
import threading
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import SecretStr

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Language, Office, Queue, Site
from firmware.config.sections.mail import Mail
from firmware.config.sections.reports import Format, ScheduledReport
from firmware.outbox.reports import RETRY_S, Reports
from firmware.reports.schedule import Every, due, period_of
from firmware.store import outbox, report_days, report_sent, rows
from tests.browser.stage import store
from tests.unit.test_store_figures import DAY, the_day
from web.reports.deliver import NoReport, deliver

TEHRAN = ZoneInfo("Asia/Tehran")
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=TEHRAN)  # 1 Azar 1405, a Sunday
MORNING_AFTER = dt.datetime(2026, 11, 23, 7, 0, tzinfo=TEHRAN).timestamp()


def moment(every, at="07:00", weekday=6, language="en", now=NOON):
    return due(every, weekday, at, language, now).strftime("%Y-%m-%d %H:%M")


def test_a_report_is_due_by_the_offices_clock():
    assert moment(Every.DAY) == "2026-11-22 07:00"
    assert moment(Every.DAY, at="12:01") == "2026-11-21 12:01"
    assert moment(Every.WEEK, weekday=7) == "2026-11-22 07:00"
    assert moment(Every.WEEK, weekday=6) == "2026-11-21 07:00"
    assert moment(Every.WEEK, weekday=1) == "2026-11-16 07:00"
    assert moment(Every.MONTH) == "2026-11-01 07:00"
    assert moment(Every.MONTH, language="fa") == "2026-11-22 07:00"  # 1 Azar


@pytest.mark.parametrize(
    ("every", "language", "days"),
    [
        (Every.DAY, "en", ("2026-11-21", "2026-11-21")),
        (Every.WEEK, "en", ("2026-11-15", "2026-11-21")),
        (Every.MONTH, "en", ("2026-11-01", "2026-11-21")),
        (Every.MONTH, "fa", ("2026-10-23", "2026-11-21")),  # Aban
    ],
)
def test_it_is_of_the_days_before(every, language, days):
    period = period_of(every, language, NOON.date())
    assert (str(period.first), str(period.last)) == days


@given(
    st.integers(1_578_000_000, 2_200_000_000),
    st.sampled_from(Every),
    st.times(),
)
def test_what_is_due_is_past_and_not_before_a_month_and_a_day(now, every, at):
    now = dt.datetime.fromtimestamp(now, ZoneInfo("Europe/Berlin"))
    found = due(every, 3, f"{at:%H:%M}", "en", now)
    assert 0 <= now.timestamp() - found.timestamp() <= 33 * 86400


WEEKLY = ScheduledReport(name="weekly", every=Every.WEEK, mail=("a@example.com",))
DAILY = ScheduledReport(
    name="daily",
    mail=("boss@example.com", "other@example.com"),
    sms=("09121234567",),
    format=Format.XLSX,
)


@pytest.fixture
def home(tmp_path, request):
    """A box with the day that was worked out by hand, and the reports of the parameter."""
    home = Home(tmp_path)
    home.make()
    wanted, language = getattr(request, "param", ((DAILY,), "en"))
    site = Site(
        office=Office(name="Office", language=Language(language)),
        extension=(Extension(number="101", name="Sara", password=SecretStr("s3cret-of-101")),),
        queue=(Queue(name="support", title="Support", members=("101",)),),
        mail=Mail(server="mail.example.com", sender="box@example.com"),
        report=wanted,
    )
    history.create_first(home, site)
    with store(home) as db:
        for one in the_day():
            rows.save(db, one)
    return home


def letters(home):
    with store(home) as db:
        return [*outbox.waiting(db, "mail"), *outbox.waiting(db, "sms")]


def test_a_report_becomes_a_letter_to_each_with_its_table_and_a_summary(home):
    deliver(home, "daily", MORNING_AFTER, MORNING_AFTER + 5)

    first, second, text = letters(home)
    assert (first.recipient, second.recipient) == ("boss@example.com", "other@example.com")
    assert first.subject == "Queues by Queue: 22 Nov 2026"
    assert "Service level: 25.0 %" in first.body
    assert first.attachment != second.attachment
    sheet = load_workbook(io.BytesIO((home.outbox / first.attachment).read_bytes())).active
    assert ("Support", 9, 2, 3) in [row[:4] for row in sheet.iter_rows(values_only=True)]
    assert text.body == (
        "Office, 22 Nov 2026: 9 calls in queues, 2 answered, 3 abandoned, service level 25.0 %, "
        "mean wait 0:20, 2 not returned."
    )


@pytest.mark.parametrize("home", [((DAILY,), "fa")], indirect=True)
def test_in_persian_the_summary_is_persian_without_signs_of_direction(home):
    deliver(home, "daily", MORNING_AFTER, MORNING_AFTER + 5)

    text = letters(home)[-1].body
    assert "۱ آذر ۱۴۰۵" in text
    assert "۹ تماس" in text
    assert not set(text) & set("\u2066\u2067\u2068\u2069\u200e\u200f")


def test_made_twice_nobody_gets_it_twice(home):
    for _ in range(2):
        deliver(home, "daily", MORNING_AFTER, MORNING_AFTER + 5)

    assert len(letters(home)) == 3
    with store(home) as db:
        assert report_sent.last(db, "daily") == MORNING_AFTER


def test_a_report_that_is_no_more_says_so(home):
    with pytest.raises(NoReport, match="no report gone"):
        deliver(home, "gone", MORNING_AFTER, MORNING_AFTER)


@dataclass
class Clocks:
    """Wall clock and monotonic clock, moved by the test."""

    wall: float
    steady: float = 0.0


class Maker:
    """What makes reports; fails while told to. Sends as the program would."""

    def __init__(self, home):
        self.home, self.made, self.fault = home, [], ""

    def __call__(self, name, at):
        if self.fault:
            raise OSError(self.fault)
        self.made.append((name, at))
        with store(self.home) as db:
            report_sent.note(db, name, at)


@pytest.fixture
def watched(home):
    clocks, maker = Clocks(DAY), Maker(home)
    watching = Reports(
        home,
        threading.Event(),
        wall=lambda: clocks.wall,
        clock=lambda: clocks.steady,
        make=maker,
    )
    return watching, clocks, maker


def test_the_first_report_is_the_next_that_comes_due_and_each_is_made_once(watched):
    watching, clocks, maker = watched
    assert watching.look() == 0
    clocks.wall = MORNING_AFTER - 1
    assert watching.look() == 0
    clocks.wall = MORNING_AFTER
    assert watching.look() == 1
    assert watching.look() == 0
    assert maker.made == [("daily", MORNING_AFTER)]


def test_after_days_without_power_only_the_newest_is_made(watched):
    watching, clocks, maker = watched
    watching.look()
    clocks.wall = MORNING_AFTER + 5 * 86400
    assert watching.look() == 1
    assert maker.made == [("daily", MORNING_AFTER + 5 * 86400)]


def test_a_clock_that_goes_back_sends_nothing_again(watched):
    watching, clocks, _ = watched
    watching.look()
    clocks.wall = MORNING_AFTER
    watching.look()
    clocks.wall = MORNING_AFTER - 40 * 86400
    assert watching.look() == 0


def test_a_report_that_failed_is_tried_again_later_and_said(watched):
    watching, clocks, maker = watched
    watching.look()
    clocks.wall, maker.fault = MORNING_AFTER, "no weasyprint"
    assert watching.look() == 0
    assert "no weasyprint" in watching.warning
    maker.fault = ""
    assert watching.look() == 0
    clocks.steady += RETRY_S
    assert watching.look() == 1
    assert watching.warning == ""


def test_days_that_are_over_are_kept(watched, home):
    watching, clocks, _ = watched
    clocks.wall, clocks.steady = DAY + 2 * 86400, 1.0
    watching.look()
    with store(home) as db:
        assert db.execute("SELECT COUNT(*) FROM report_days").fetchone()[0] > 0
        assert report_days.keep(db, clocks.wall) == 0


def test_the_program_is_started_for_real(home):
    watching = Reports(home, threading.Event(), wall=lambda: MORNING_AFTER)
    with store(home) as db:
        report_sent.note(db, "daily", DAY - 86400)

    assert watching.look() == 1, watching.warning
    assert len(letters(home)) == 3
