"""The pages of reports: the figures of a day worked out by hand, in every language, as a page, as
tables and as print."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import subprocess
import time
from html import unescape

import pytest
from openpyxl import load_workbook

from firmware.model.permissions import Role
from firmware.model.queue_event import QueueEvent
from firmware.model.queue_event import QueueEventName as E
from firmware.model.record import CallRecord
from firmware.reports.question import FIGURES
from firmware.store import audit, report_days, rows
from tests.browser.stage import add_recording, store
from tests.unit.test_store_figures import DAY, the_day
from tests.unit.web_fixtures import console, signed_in
from web.reports import address, printed
from web.reports.definitions import DEFINITIONS
from web.reports.tables import harmless

THE_DAY = "from=1405-09-01&to=1405-09-01&calendar=jalali"


@pytest.fixture(params=["en"])
def app(tmp_path, request):
    with console(tmp_path, language=request.param) as app:
        with store(app.extensions["markaz-home"]) as db:
            for one in the_day():
                rows.save(db, one)
        yield app


def page(app, path, **belongs):
    answer = signed_in(app, **belongs).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(text):
    """Of each row its title and its values as they are read."""
    found = {}
    for row in re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", text, flags=re.S):
        title, *cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)
        found[plain(title)] = [plain(cell) for cell in cells]
    return found


def plain(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_page_shows_the_day_that_was_worked_out_by_hand(app):
    found = table(page(app, f"/reports?{THE_DAY}"))

    assert found["پشتیبانی"] == found["Total"]
    assert found["Total"] == [
        *("9", "2", "3"),  # offered, answered, abandoned
        *("25.0 %", "50.0 %"),  # service level, abandonment
        *("0:20", "0:40", "1:20", "33.3 %"),  # mean wait, longest wait, handling, transfers
    ]


def test_every_figure_has_its_meaning_beside_it(app):
    for about in ("queues", "agents", "calls"):
        text = unescape(page(app, f"/reports?about={about}&all=1&{THE_DAY}"))
        for figure in FIGURES[about]:
            assert f'title="{DEFINITIONS[figure.name].meaning}"' in text
    assert {figure.name for known in FIGURES.values() for figure in known} <= set(DEFINITIONS)


@pytest.mark.parametrize("app", ["fa"], indirect=True)
def test_in_persian_days_are_jalali_and_digits_persian(app):
    text = page(app, "/reports?from=۱۴۰۵/۰۹/۰۱&to=۱۴۰۵/۰۹/۰۱&by=day")

    assert "۱ آذر ۱۴۰۵" in text
    [row] = [cells for title, cells in table(text).items() if "آذر" in title]
    assert row[:3] == ["۹", "۲", "۳"]


def test_rows_lead_to_the_visits_behind_them_and_those_to_calls_and_recordings(app):
    home = app.extensions["markaz-home"]
    with store(home) as db:
        rows.save(db, CallRecord(id="call-A", started_at=DAY, caller="0911", queue="support"))
    add_recording(home, "call-A")
    text = page(app, f"/reports?{THE_DAY}&by=agent&queue=support")
    [link] = [
        unescape(found)
        for found in re.findall(r'href="(/reports/visits[^"]*agent=101[^"]*)"', text)
    ]

    visits = page(app, link)

    assert re.findall(r'<tr id="(call-[^"]+)"', visits) == ["call-call-A", "call-call-H"][::-1]
    assert (
        'href="/calls/call-A"' in visits
        or "call-A" in re.findall(r'href="(/[^"]*)"', visits).__str__()
    )
    assert "/recordings/" in visits or 'class="play"' in visits


def test_the_list_of_visits_goes_on_page_by_page_and_none_twice(app, monkeypatch):
    monkeypatch.setattr("web.reports.views.PAGE_LENGTH", 2)
    client, path, seen = signed_in(app), f"/reports/visits?{THE_DAY}", []
    while path:
        text = client.get(path).text
        seen += re.findall(r'<tr id="call-call-([^"]+)"', text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        path = unescape(older[1]) if older else ""
    assert "".join(seen) == "IHGFEDCBA"


def test_rows_of_all_calls_lead_to_the_call_records(app):
    home = app.extensions["markaz-home"]
    with store(home) as db:
        for number, came_out in enumerate(("answered", "busy")):
            rows.save(
                db,
                CallRecord(
                    id=f"c{number}",
                    started_at=DAY + number,
                    ended_at=DAY + 60,
                    caller="0911",
                    line="fxo-1",
                    disposition=came_out,
                ),
            )
    text = page(app, f"/reports?about=calls&by=disposition&line=fxo-1&{THE_DAY}")
    [link] = [unescape(one) for one in re.findall(r'href="(/calls\?[^"]+busy[^"]*)"', text)]

    assert re.findall(r'<tr id="call-(c\d)"', page(app, link)) == ["c1"]


def test_a_period_beside_another_says_how_much_has_changed(app):
    text = page(app, f"/reports?{THE_DAY}&compare=before")
    assert "±0 %" not in text
    assert "21 Nov 2026" in text  # the day before, as a fact
    half = page(app, "/reports?from=2026-11-22&to=2026-11-23&calendar=gregorian&compare=before")
    assert "beside 20 Nov 2026 to 21 Nov 2026" in half


def test_a_year_that_was_never_counted_is_not_waited_for(app):
    with store(app.extensions["markaz-home"]) as db:
        rows.save(db, QueueEvent(at=DAY - 200 * 86400, name=E.CALLER_JOINED, visit="x"))
        client, path = signed_in(app), "/reports?period=year"
        answer = client.get(path)
        assert (answer.status_code, "being counted" in answer.text) == (503, True)
        assert client.get("/reports?period=week").status_code == 200
        report_days.keep(db, time.time())
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "from=1405-13-41",
        "from=1405-09-02&to=1405-09-01",
        "from=0001-01-01&calendar=gregorian",
        "to=9999-12-31&calendar=gregorian",
        "from=2000-01-01&to=2026-11-22&calendar=gregorian",
        "by=nonsense",
        "about=nonsense&by=skill",
        "calendar=moon&from=2026-11-22",
        "period=nonsense",
        "hour=x&weekday=99",
        "queue=" + "x" * 5000,
        "period=year&compare=year",
    ],
)
def test_an_address_of_nonsense_is_answered_with_a_page(app, address):
    page(app, f"/reports?{address}")


def test_the_csv_holds_plain_values(app):
    answer = signed_in(app).get(f"/reports/taken.csv?{THE_DAY}&all=1")
    [head, row, total] = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))

    values = dict(zip(head, row, strict=True))
    assert values["Queue"] == "پشتیبانی"
    assert (values["Offered"], values["Service level"], values["Mean wait"]) == (
        "9",
        "0.2500",
        "20",
    )
    assert values["Mean patience"] == "19"
    assert total[1:] == row[1:]


def test_a_strangers_name_is_no_formula_in_a_spreadsheet(app):
    assert harmless("=1+1") == "'=1+1"
    assert harmless("+982188") == "+982188"


@pytest.mark.parametrize("app", ["fa", "en", "ar"], indirect=True)
def test_the_workbook_has_numbers_and_the_readers_direction(app):
    answer = signed_in(app).get(f"/reports/taken.xlsx?{THE_DAY}")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    language = app.extensions["markaz-office"].read().language

    assert bool(sheet.sheet_view.rightToLeft) == (language != "en")
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    [row] = [row for row in cells if row[0] == "پشتیبانی"]
    assert row[1:4] == [9, 2, 3]
    assert row[4] == 0.25
    formats = [
        cell.number_format
        for cell in next(r for r in sheet.iter_rows() if r[0].value == "پشتیبانی")
    ]
    assert formats[4:7] == ["0.0%", "0.0%", "[h]:mm:ss"]


@pytest.mark.parametrize("app", ["fa", "en", "ar"], indirect=True)
def test_the_print_says_the_same_and_reads_from_the_right_side(app, tmp_path):
    answer = signed_in(app).get(f"/reports/taken.pdf?{THE_DAY}")
    assert answer.mimetype == "application/pdf"
    boxes = boxes_of(answer.data, tmp_path)
    words = {
        unescape(word): float(left)
        for left, word in re.findall(r'<word xMin="([\d.]+)"[^>]*>(.*?)</word>', boxes)
    }
    language = app.extensions["markaz-office"].read().language
    digits = {"en": "0123456789", "fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩"}[language]
    nine, handling = digits[9], f"{digits[1]}:{digits[2]}{digits[0]}"

    width = float(re.search(r'<page width="([\d.]+)"', boxes)[1])
    assert width > 800  # A4 across
    # offered is the first figure, handling one of the last: which is where says the direction
    assert nine in words, words
    assert handling in words, words
    assert (words[nine] > words[handling]) == (language != "en")


EMPTY = "from=1405-05-01&to=1405-05-02&calendar=jalali"


def broken(db):
    """What a power cut and a clock leave behind: ends without beginnings, an end before it."""
    for name in (E.CALLER_SERVED, E.TALK_ENDED, E.WRAP_UP_ENDED, E.HOLD_ENDED, E.CALLBACK_REACHED):
        for visit in ("gone", "A", ""):
            rows.save(db, QueueEvent(at=DAY + 5, name=name, visit=visit, agent="7", seconds=-1e9))
    rows.save(db, QueueEvent(at=DAY + 9, name=E.CALLER_JOINED, visit="open", queue="no-more"))
    record = CallRecord(id="back", started_at=DAY + 60, answered_at=DAY + 50, ended_at=DAY - 9)
    rows.save(db, record)
    report_days.keep(db, DAY + 3 * 86400.0)
    db.execute("UPDATE report_days SET columns = CAST(x'00ff' || substr(columns, 3) AS BLOB)")
    db.conn.commit()


@pytest.mark.parametrize("app", ["fa", "en"], indirect=True)
@pytest.mark.parametrize("about", ["queues", "agents", "calls"])
@pytest.mark.parametrize("day", [EMPTY, THE_DAY])
def test_of_an_empty_and_of_a_broken_day_there_is_a_report_in_every_form(app, about, day):
    if day is THE_DAY:
        with store(app.extensions["markaz-home"]) as db:
            broken(db)
    client = signed_in(app)
    asked = f"{day}&about={about}&all=1&compare=before"
    text = client.get(f"/reports?{asked}").text
    assert "<tfoot" in text or 'class="empty' in text
    assert not re.search(r"\b(nan|inf|None)\b", plain(text))
    for form in ("csv", "xlsx", "pdf"):
        answer = client.get(f"/reports/taken.{form}?{asked}")
        assert answer.status_code == 200, answer.text
        assert answer.data


@pytest.mark.parametrize("app", ["fa", "en"], indirect=True)
def test_no_column_of_a_print_is_beyond_the_paper(app, tmp_path):
    """Of agents all figures, beside the week before; and many of them."""
    answer = signed_in(app).get(f"/reports/taken.pdf?{THE_DAY}&by=agent&compare=before&all=1")
    boxes = boxes_of(answer.data, tmp_path)
    width = float(re.search(r'<page width="([\d.]+)"', boxes)[1])
    edges = re.findall(r'<word xMin="([\d.-]+)"[^>]*xMax="([\d.]+)"', boxes)
    assert len(edges) > 100
    assert min(float(left) for left, _right in edges) > 30.0  # 12 mm of margin, in points
    assert max(float(right) for _left, right in edges) < width - 30.0


@pytest.mark.parametrize(
    ("columns", "widths"), [(1, [1]), (10, [10]), (11, [5, 6]), (26, [8, 9, 9])]
)
def test_many_figures_are_printed_in_few_tables_of_like_width(columns, widths):
    found = printed.parts(columns)
    assert [len(range(columns)[one]) for one in found] == widths
    assert [place for one in found for place in range(columns)[one]] == list(range(columns))


def boxes_of(content, folder):
    """Every word of a PDF with its place."""
    (folder / "report.pdf").write_bytes(content)
    command = ["pdftotext", "-bbox", folder / "report.pdf", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_what_is_taken_away_is_in_the_audit_trail(app):
    signed_in(app).get(f"/reports/taken.csv?{THE_DAY}")

    with store(app.extensions["markaz-home"]) as db:
        found = audit.trail(db, audit.Asked(), 20)
        assert "report.csv" in [entry.subject for _place, entry in found]


def test_unreturned_calls_are_listed_until_somebody_spoke_to_them(app):
    text = page(app, "/reports/unreturned")

    assert "0913" in text
    assert "0917" in text
    assert "0914" not in text
    assert "0913" not in page(app, "/reports/unreturned?queue=sales")


def test_an_agent_sees_their_own_figures_and_a_supervisor_their_queues(app):
    own = table(page(app, f"/reports?{THE_DAY}", user="a", role=Role.AGENT, extension="102"))
    assert own["Total"][0] == "1"
    agents = page(app, f"/reports?about=agents&{THE_DAY}", user="a", role=Role.AGENT)
    assert "101" not in str(table(agents))
    other = page(
        app, f"/reports?{THE_DAY}", user="s", role=Role.SUPERVISOR, queues=frozenset({"sales"})
    )
    assert table(other) == {}
    unreturned = page(app, "/reports/unreturned", user="s", role=Role.SUPERVISOR)
    assert "0913" not in unreturned
    assert signed_in(app, "a", Role.AGENT).get("/reports/taken.csv").status_code == 403


def test_nobody_reads_a_report_without_signing_in(app):
    assert app.test_client().get("/reports").status_code == 302


def test_a_period_by_name_moves_with_the_day(app):
    with app.test_request_context("/"):
        today = dt.date(2026, 11, 22)

        def days(name):
            period = address.read({"period": name}, today).question.period
            return str(period.first), str(period.last)

        assert days("today") == ("2026-11-22", "2026-11-22")
        assert days("yesterday") == ("2026-11-21", "2026-11-21")
        assert days("week") == ("2026-11-16", "2026-11-22")
        assert days("this_month") == ("2026-11-01", "2026-11-22")
        assert days("last_month") == ("2026-10-01", "2026-10-31")


@pytest.mark.parametrize("app", ["fa"], indirect=True)
def test_months_are_those_of_the_readers_calendar(app):
    with app.test_request_context("/"):
        period = address.read({"period": "last_month"}, dt.date(2026, 11, 22)).question.period

        assert (str(period.first), str(period.last)) == ("2026-10-23", "2026-11-21")  # Aban


@pytest.mark.parametrize("place", ["nan~1", "inf~1", "1e400~1", "1~", "~1", "1~-1", "1~1~1", "x"])
def test_a_list_goes_on_from_no_place_that_is_none(app, place):
    answer = signed_in(app).get("/reports/visits", query_string={"before": place})
    assert answer.status_code == 400


def test_one_report_is_printed_at_a_time(app, monkeypatch):
    monkeypatch.setattr(printed, "WAIT_S", 0.0)
    started = []
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: started.append(1))
    with printed._printer:
        answer = signed_in(app).get(f"/reports/taken.pdf?{THE_DAY}")
    assert answer.status_code == 503
    assert "Other reports are being printed" in answer.text
    assert started == []


def test_a_print_that_failed_holds_up_no_other(app, monkeypatch):
    monkeypatch.setattr(printed, "WAIT_S", 0.0)

    def broken(*_arguments, **_named):
        raise subprocess.CalledProcessError(1, "weasyprint", stderr=b"no letters")

    monkeypatch.setattr(subprocess, "run", broken)
    for _ in range(2):
        answer = signed_in(app).get(f"/reports/taken.pdf?{THE_DAY}")
        assert "no letters" in answer.text
    assert not printed._printer.locked()
