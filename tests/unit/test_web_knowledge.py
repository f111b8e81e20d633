"""The knowledge base: written in three languages, found, harmless, and at the desk."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config import document, history
from firmware.config.schema import Queue
from firmware.link.rows import AgentRow
from firmware.model.permissions import Role
from firmware.store import audit
from tests.browser import stage
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.knowledge import markdown
from web.live.board import Picture

REFUND = {
    "language": "en",
    "title": "Refunds",
    "body": "# Steps\n\n1. Ask for the **invoice**\n2. Say *ten days*",
    "queue": "",
}


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        queue = Queue(name="support", title="پشتیبانی", members=("101",), script=("Say hello",))
        site = history.load_current(home)[1].model_copy(update={"queue": (queue,)})
        history.apply(home, document.dump(site, secrets=True), "test", "")
        yield app


@pytest.fixture
def mina(app):
    return signed_in(app, "mina", Role.SUPERVISOR, queues=frozenset({"support"}))


@pytest.fixture
def sara(app):
    return signed_in(app, "sara", Role.AGENT, extension="101")


def write(client, ident=0, **changes):
    form = {"csrf_token": csrf_token(client, "/account"), **REFUND, **changes}
    return client.post(f"/knowledge/{ident}", data=form)


# -- harmless ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://elsewhere.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='javascript:alert(1)'>x</a>",
        "<javascript:alert(1)>",
        '[x](https://a.example "\\" onclick=alert(1) \\"")',
        "<style>*{display:none}</style>",
        "<svg/onload=alert(1)>",
        "|a|\n|:-:|\n|b|",
    ],
)
def test_nothing_in_an_article_runs_or_loads_anything(text):
    made = markdown.html(text).lower()
    for tag in ("<script", "<img", "<svg", "<style", "<iframe", " style="):
        assert tag not in made
    assert 'href="javascript' not in made
    assert 'href="data' not in made
    for tag in re.findall(r"<[^>]*>", made):
        assert " on" not in re.sub(r'"[^"]*"', "", tag)


@given(st.text(alphabet="<>\"'&/ =#*[]()!|`\n:javscriptonerhfmgx", max_size=120))
def test_whatever_is_written_only_known_tags_come_out(text):
    made = markdown.html(text)
    assert markdown.nh3.clean(
        made,
        tags=markdown._TAGS,
        attributes=markdown._ATTRIBUTES,
        url_schemes=markdown._SCHEMES,
        link_rel="noopener noreferrer",
    ) == str(made)


def test_markdown_is_shown_below_the_page_s_own_headings():
    made = markdown.html("# Steps\n\n1. one\n2. two\n\n[a](https://a.example)")
    assert "<h3>Steps</h3>" in made
    assert "<li>one</li>" in made
    assert 'rel="noopener noreferrer"' in made


def test_an_excerpt_is_plain():
    assert markdown.excerpt("# A & B\n\n**bold** <b>") == "A & B bold <b>"
    assert len(markdown.excerpt("word " * 100)) <= markdown.EXCERPT + 1


# -- written and found ------------------------------------------------------------------------


def test_an_article_in_three_languages(app, mina, sara):
    there = write(mina).location
    ident = there.split("?")[0].rpartition("/")[2]
    write(mina, ident, language="fa", title="بازپرداخت", body="شمارهٔ فاکتور را بپرسید")
    write(mina, ident, language="ar", title="استرداد", body="اسأل عن رقم الفاتورة")
    page = sara.get(f"/knowledge/{ident}").text
    assert "<strong>invoice</strong>" in page
    assert 'lang="fa"' in page
    assert 'lang="ar" dir="rtl"' in sara.get(f"/knowledge/{ident}?language=ar").text
    found = sara.get("/knowledge", query_string={"q": "شماره فاكتور"}).text  # Arabic keheh
    assert "بازپرداخت" in found
    assert "No article has these words" in sara.get("/knowledge?q=nothing").text
    with stage.store(app.extensions["markaz-home"]) as db:
        told = [one.after["language"] for _place, one in audit.trail(db, audit.Asked(), 9)]
    assert told == ["ar", "fa", "en"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": ""}, "wants a title"),
        ({"title": "x" * 121}, "wants a title"),
        ({"body": " "}, "wants words"),
        ({"queue": "nowhere"}, "no such queue"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(mina, changes, expected):
    answer = write(mina, **changes)
    assert answer.status_code == 409
    assert expected in answer.text
    assert changes.get("body", REFUND["body"]).strip().split("\n")[0] in answer.text


def test_a_language_is_taken_away_and_with_the_last_the_article(mina):
    ident = write(mina).location.split("?")[0].rpartition("/")[2]
    write(mina, ident, language="fa", title="بازپرداخت", body="متن")
    write(mina, ident, title="", body="")
    assert "بازپرداخت" in mina.get(f"/knowledge/{ident}").text
    assert write(mina, ident, language="fa", title="").location == "/knowledge"
    assert mina.get(f"/knowledge/{ident}").status_code == 404
    assert write(mina, ident).status_code == 404


def test_agents_read_and_do_not_write(mina, sara):
    ident = write(mina).location.split("?")[0].rpartition("/")[2]
    assert "Change" not in sara.get(f"/knowledge/{ident}").text
    for path in ("/knowledge/new", f"/knowledge/{ident}/edit"):
        assert sara.get(path).status_code == 403
    assert write(sara).status_code == 403


def test_a_long_article_in_persian_fits_a_request(mina):
    assert write(mina, language="fa", title="بلند", body="متن " * 2999).status_code == 302


# -- at the desk ------------------------------------------------------------------------------


def test_the_queue_s_articles_stand_by_its_script(app, mina, sara, monkeypatch):
    write(mina, title="For support", queue="support")
    write(mina, title="For all")
    stage.add_calls(
        app.extensions["markaz-home"],
        stage.call_record("c1", time.time(), queue="support", agent="101"),
    )
    row = AgentRow(
        id="101", name="سارا", state="wrap_up", queues=("support",), call="", since=time.time()
    )
    picture = Picture(rows={"agent": {"101": row}}, away=frozenset())
    monkeypatch.setattr(app.extensions["markaz-board"], "peek", lambda: picture)
    page = sara.get("/desk").text
    assert "Say hello" in page
    assert "For support" in page
    assert "For all" not in page
    part = sara.get("/knowledge/found?queue=support&q=invoice").text
    assert part.index("For support") < part.index("For all")
    assert "<html" not in part
    assert "No article has these words" in sara.get("/knowledge/found?q=nothing").text
