"""The short messages with a caller at an agent's desk: one conversation, whichever way it went."""

from __future__ import annotations

import re
import time

import pytest

from firmware.config import document, history
from firmware.phonebook.number import spellings
from tests.browser import stage
from tests.unit.test_web_desk import SUPPORT, app, exchange, sara, talking

__all__ = ["app", "exchange", "sara"]

NOW = time.time()
DAY_S = 86400.0

TEXTS = [
    # id, direction, number, text, age, state
    ("s1", "inbound", "+982188776655", "کی باز می‌شوید؟", 2 * DAY_S, "received"),
    ("s2", "outbound", "02188776655", "Tomorrow at nine", 2 * DAY_S - 60, "delivered"),
    ("s3", "outbound", "982188776655", "Is it solved?", 60, "failed"),
    ("s4", "inbound", "00982188776655", "not yet <b>", 30, "incomplete"),
    ("s5", "inbound", "02188776656", "somebody else", 20, "received"),
]


@pytest.fixture
def texts(app):
    with stage.store(app.extensions["markaz-home"]) as db:
        for ident, direction, number, text, age_s, state in TEXTS:
            row = {"id": ident, "line": "gsm-1", "direction": direction, "number": number}
            more = {"text": text, "at": NOW - age_s, "state": state, "fault": ""}
            db["sms"].insert(row | more | {"parts": 1, "unreported": ""})


def shown(client):
    return re.search(r'<div id="desk-thread".*?</div>', client.get("/desk").text, re.S).group()


def test_both_directions_are_one_conversation_in_order_whatever_the_spelling(sara, exchange, texts):
    talking(exchange)
    thread = shown(sara)
    places = [thread.index(text) for text in ("کی باز", "Tomorrow", "Is it solved", "not yet")]
    assert places == sorted(places)
    assert "somebody else" not in thread
    assert re.findall(r'<li class="(\w+)"', thread) == ["theirs", "ours", "ours", "theirs"]
    assert "not yet &lt;b&gt;" in thread


def test_days_are_told_apart_and_what_failed_says_so(sara, exchange, texts):
    talking(exchange)
    thread = shown(sara)
    assert thread.count("<h3>") == len({time.localtime(NOW - t[4])[:3] for t in TEXTS[:4]})
    after = {
        words: thread[thread.index(words) :].partition("</li>")[0]
        for words in ("Tomorrow", "Is it solved", "not yet", "کی باز")
    }
    assert "Delivered" in after["Tomorrow"]
    assert "Failed" in after["Is it solved"]
    assert "Parts missing" in after["not yet"]
    assert "badge" not in after["کی باز"]


def test_who_may_not_answer_reads_it_and_who_may_has_the_field_below(app, sara, exchange, texts):
    talking(exchange)
    page = sara.get("/desk").text
    assert "desk-thread" in page
    assert "/calls/c9/text" not in page
    home = app.extensions["markaz-home"]
    version, site = history.load_current(home)
    queue = SUPPORT.model_copy(update={"text_callers": True})
    site = site.model_copy(update={"queue": (queue,)})
    history.apply(home, document.dump(site, secrets=True), "test", "", based_on=version)
    page = sara.get("/desk").text
    assert page.index("desk-thread") < page.index("/calls/c9/text")


def test_without_messages_and_the_right_to_write_there_is_no_empty_panel(sara, exchange):
    talking(exchange)
    assert "desk-thread" not in sara.get("/desk").text


def test_a_message_that_comes_is_news_to_the_page(app, sara, exchange, texts):
    talking(exchange)
    seen = sara.get("/desk/now").json["seen"]
    assert sara.get(f"/desk/now?seen={seen}").status_code == 204
    with stage.store(app.extensions["markaz-home"]) as db:
        db.execute("UPDATE sms SET state = 'sent' WHERE id = 's3'")
        db.conn.commit()
    news = sara.get(f"/desk/now?seen={seen}")
    assert "Failed" not in news.json["parts"]["thread"]


@pytest.mark.parametrize(
    ("number", "country", "found"),
    [
        ("0912 111 2233", "ir", {"09121112233", "+989121112233", "989121112233"}),
        ("+989121112233", "ir", {"09121112233", "00989121112233"}),
        ("+12025550123", "ir", {"+12025550123", "12025550123", "0012025550123"}),
        ("101", "ir", {"101"}),
        ("", "ir", set()),
    ],
)
def test_the_spellings_of_a_number(number, country, found):
    assert found <= spellings(number, country)
    assert all(spellings(number, country))
