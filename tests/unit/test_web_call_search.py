"""Looking for calls by the page's address, and taking what is found away as a table."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlencode

import pytest

from firmware.model.permissions import Role
from firmware.store import audit, search
from firmware.store.search import CallText
from tests.browser.stage import add_calls, add_recording, call_record, store
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.calls import filters, views
from web.calls.views import PAGE_LENGTH

BEGAN = 1795302540.0  # 21 November 2026, 30 Aban 1405, 11 Jumada II 1448
DAY = 86400.0


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def home(app):
    home = app.extensions["markaz-home"]
    add_calls(
        home,
        call_record("plain", BEGAN, caller="02188776655", caller_name="Ali", line="fxo-1"),
        call_record("queued", BEGAN + 1, caller="0912", queue="support", agent="101"),
        call_record("sold", BEGAN + 2, caller="0913", queue="sales", agent="102"),
        call_record("busy", BEGAN + 3, caller="0914", disposition="busy", answered_at=None),
        call_record("long", BEGAN + 4, caller="0915", ended_at=BEGAN + 4 + 5 + 600),
        call_record("old", BEGAN - 40 * DAY, caller="0916"),
    )
    add_recording(home, "plain", seconds=0.1)
    with store(home) as db:
        search.tag(db, "queued", "VIP", by="x", at=BEGAN)
        note = CallText(call_id="sold", kind="note", by="x", at=BEGAN, text="asked for an invoice")
        search.write_text(db, note)
    return home


def found(client, **asked):
    page = client.get("/calls", query_string=asked)
    assert page.status_code == 200
    return set(re.findall(r'<tr id="call-([^"]+)"', page.text))


ALL = {"plain", "queued", "sold", "busy", "long", "old"}


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ({}, ALL),
        ({"number": "8877"}, {"plain"}),
        ({"number": "۸۸۷۷"}, {"plain"}),
        ({"name": "ali"}, {"plain"}),
        ({"agent": "101"}, {"queued"}),
        ({"queue": "sales"}, {"sold"}),
        ({"line": "fxo-1"}, {"plain"}),
        ({"disposition": "busy"}, {"busy"}),
        ({"shortest": "9:00"}, {"long"}),
        ({"shortest": "540", "longest": "10:00"}, {"long"}),
        ({"longest": "60"}, ALL - {"busy", "long"}),
        ({"text": "invo"}, {"sold"}),
        ({"tag": "vip"}, {"queued"}),
        ({"recorded": "yes"}, {"plain"}),
        ({"recorded": "no"}, ALL - {"plain"}),
        ({"recorded": "no", "queue": "sales"}, {"sold"}),
        ({"until": "2026/11/01"}, {"old"}),
        ({"since": "2026-11-01", "number": "0912"}, {"queued"}),
        ({"since": "1405/08/01", "calendar": "jalali"}, ALL - {"old"}),
        ({"since": "۱۴۰۵/۰۸/۰۱", "calendar": "jalali"}, ALL - {"old"}),
        ({"until": "1448/05/20", "calendar": "islamic"}, {"old"}),
        ({"number": "  "}, ALL),
    ],
)
def test_calls_are_found(app, home, asked, calls):
    assert found(signed_in(app), **asked) == calls


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026/02/30"}, "The first day is no day"),
        ({"since": "yesterday"}, "The first day is no day"),
        ({"until": "9999/12/31"}, "The last day is no day"),
        ({"until": "1405/12/31", "calendar": "jalali"}, "The last day is no day"),
        ({"since": "2026/11/21 25:00"}, "The first day is no day"),
        ({"shortest": "-1"}, "The shortest length is no length"),
        ({"longest": "1:2:3"}, "The longest length is no length"),
        ({"disposition": "x"}, "no such disposition"),
        ({"recorded": "maybe"}, "either yes or no"),
    ],
)
def test_what_means_nothing_is_said(app, home, asked, said):
    assert said in signed_in(app).get("/calls", query_string=asked).text


HOSTILE = ["<script>alert(1)</script>", "' OR 1=1 --", '"*', "\0", "%_~", "a" * 5000, "NEAR(", "؀"]


@pytest.mark.parametrize("evil", HOSTILE)
def test_whatever_is_asked_there_is_a_page_and_it_is_text(app, home, evil):
    client = signed_in(app)
    for name in filters.NAMES:
        page = client.get("/calls", query_string={name: evil})
        assert page.status_code == 200, name
        assert "<script>alert" not in page.text


def test_a_day_s_end_belongs_to_it(app, home):
    client = signed_in(app)
    assert found(client, since="2026/11/21", until="2026/11/22") >= {"plain"}
    assert found(client, since="2026/11/23") == set()


def test_pages_of_what_is_found_keep_the_search(app):
    add_calls(
        app.extensions["markaz-home"],
        *(call_record(f"c{n:03}", BEGAN + n, queue="ab"[n % 2]) for n in range(3 * PAGE_LENGTH)),
    )
    client, path, seen = signed_in(app), "/calls?queue=a", []
    while path:
        page = client.get(path).text
        seen += re.findall(r'<tr id="call-([^"]+)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == [f"c{n:03}" for n in reversed(range(0, 3 * PAGE_LENGTH, 2))]


def test_a_search_looks_at_so_many_calls_and_goes_on_from_there(app, monkeypatch):
    monkeypatch.setattr(views, "LOOKED_AT", 30)
    found_in = {5, 6, 98}
    add_calls(
        app.extensions["markaz-home"],
        *(call_record(f"c{n}", BEGAN + n, queue="a" if n in found_in else "b") for n in range(100)),
    )
    client, path, seen, pages = signed_in(app), "/calls?queue=a", [], 0
    while path:
        page = client.get(path).text
        seen += re.findall(r'<tr id="call-([^"]+)"', page)
        further = re.search(r'id="further".*?href="([^"]+)"', page)
        path, pages = further[1].replace("&amp;", "&") if further else None, pages + 1
        assert pages < 9
    assert seen == ["c98", "c6", "c5"]
    assert pages == 4
    assert 'id="further"' not in client.get("/calls").text
    assert 'id="further"' not in client.get("/calls?number=02188776655").text  # by an index
    assert 'id="further"' not in client.get("/calls?tag=x").text


def test_a_reader_s_days_are_in_their_calendar(app, home):
    client = signed_in(app)
    client.post("/language/fa", data={"csrf_token": csrf_token(client, "/"), "next": "/calls"})
    page = client.get("/calls").text
    assert 'name="calendar" value="jalali"' in page
    assert found(client, since="۱۴۰۵/۰۸/۰۱") == ALL - {"old"}


# -- whose calls ------------------------------------------------------------------------------


def test_supervisors_find_their_queues_and_agents_their_own(app, home):
    add_calls(home, call_record("mine", BEGAN + 9, caller="1", place="extension:102"))
    supervisor = signed_in(
        app, "super", Role.SUPERVISOR, queues=frozenset({"support"}), extension="102"
    )
    assert found(supervisor) == {"queued", "sold", "mine"}
    agent = signed_in(app, "agent", Role.AGENT, queues=frozenset({"support"}), extension="102")
    assert found(agent) == {"sold", "mine"}
    assert found(agent, queue="support") == set()
    assert found(signed_in(app, "nobody", Role.AGENT)) == set()


# -- the table ----------------------------------------------------------------------------------


def table(client, **asked):
    with client.get(f"/calls.csv?{urlencode(asked)}") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        text = answer.text
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_table_has_what_is_found_and_says_who_took_it(app, home):
    rows = table(signed_in(app), queue="support")
    assert [row[0] for row in rows] == ["Call", "queued"]
    assert rows[1][4] == "0912"
    with store(home) as db:
        [(_, entry)] = audit.trail(db, audit.Asked(deed="exported"), 10)
    assert (entry.subject, entry.after) == ("calls", {"queue": "support"})


def test_the_table_goes_over_all_pages(app):
    count = 2345
    add_calls(
        app.extensions["markaz-home"], *(call_record(f"c{n}", BEGAN + n) for n in range(count))
    )
    assert len(table(signed_in(app))) == count + 1


def test_a_stranger_s_name_is_no_formula(app):
    names = ["=HYPERLINK(1)", "+cmd|x", "-1+1", "@SUM(1)", "\tx", "+98912", 'Ali, "x"\n']
    add_calls(
        app.extensions["markaz-home"],
        *(call_record(f"c{n}", BEGAN - n, caller_name=name) for n, name in enumerate(names)),
    )
    shown = [row[5] for row in table(signed_in(app))[1:]]
    assert shown == [*(f"'{name}" for name in names[:5]), *names[5:]]


def test_who_may_not_export_does_not(app, home):
    for role in (Role.TECHNICIAN, Role.AGENT, Role.READER):
        client = signed_in(app, str(role), role, extension="101")
        assert client.get("/calls.csv").status_code == 403
        assert "/calls.csv" not in client.get("/calls").text
    with store(home) as db:
        assert audit.trail(db, audit.Asked(deed="exported"), 10) == []


def test_a_table_of_nonsense_is_refused(app, home):
    assert signed_in(app).get("/calls.csv?since=x").status_code == 400
