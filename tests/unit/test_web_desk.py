"""An agent's desk: who is on the line and what was before, orders, what came of a call."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from firmware.config import document, history
from firmware.config.schema import Queue
from firmware.config.sections.crm import Crm
from firmware.config.sections.flows import Service
from firmware.config.sections.queues import Agent, OutcomeItem
from firmware.link.api import LinedApi, SwitchApi
from firmware.link.client import LinkDown
from firmware.link.rows import AgentRow, CallerRow, CallRow, QueueRow
from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.model.permissions import Permission, Role
from firmware.model.queue_event import QueueEvent
from firmware.model.queue_event import QueueEventName as E
from firmware.model.sms import SmsState
from firmware.store import contacts, outcomes, rows, search, tokens
from tests.browser import stage
from tests.unit.web_fixtures import console, csrf_token, sign_in, signed_in
from web.live.board import Picture

NOW = time.time()
CALLER = "02188776655"

SUPPORT = Queue(
    name="support",
    title="پشتیبانی",
    members=("101",),
    outcome=(OutcomeItem(name="solved", title="حل شد"), OutcomeItem(name="again", title="Again")),
    outcome_required=True,
    script=("Ask for the invoice number", "Say thanks"),
)


class Exchange:
    """What the board shows of switchd, and the orders that reach it."""

    def __init__(self):
        self.rows = {}
        self.orders = []
        self.is_away = False

    def show(self, kind, row):
        self.rows.setdefault(kind, {})[row.id] = row

    def peek(self):
        return Picture(rows=self.rows, away=frozenset())

    @contextmanager
    def link(self):
        if self.is_away:
            raise LinkDown("away")
        yield self

    def call(self, method, **arguments):
        self.orders.append((method, arguments))


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        site = history.load_current(home)[1].model_copy(update={"queue": (SUPPORT,)})
        history.apply(home, document.dump(site, secrets=True), "test", "")
        yield app


@pytest.fixture
def exchange(app, monkeypatch):
    exchange = Exchange()
    monkeypatch.setattr(app.extensions["markaz-board"], "peek", exchange.peek)
    monkeypatch.setattr("web.desk.views.Link", lambda *_a, **_k: exchange.link())
    exchange.show("agent", agent("available"))
    exchange.show("queue", QueueRow(id="support", title="پشتیبانی", waiting=()))
    return exchange


@pytest.fixture
def sara(app, exchange):
    return signed_in(app, "sara", Role.AGENT, extension="101")


def agent(state, call=""):
    return AgentRow(id="101", name="سارا", state=state, queues=("support",), call=call, since=NOW)


def talking(exchange, ident="c9"):
    exchange.show("agent", agent("talking", ident))
    row = CallRow(
        id=ident,
        started_at=NOW,
        answered_at=NOW,
        caller=CALLER,
        caller_name="شرکت نمونه",
        called="0212",
        place="queue:support",
        recording=True,
        disposition="",
    )
    exchange.show("call", row)


def after(app, exchange, ident="c9"):
    """The call is over and wants its wrap-up."""
    exchange.rows.pop("call", None)
    exchange.show("agent", agent("wrap_up"))
    record = stage.call_record(ident, NOW - 30, queue="support", agent="101", caller=CALLER)
    stage.add_calls(app.extensions["markaz-home"], record)


def with_crm(app, crm, *services):
    home = app.extensions["markaz-home"]
    version, site = history.load_current(home)
    site = site.model_copy(update={"crm": crm, "service": services})
    history.apply(home, document.dump(site, secrets=True), "test", "", based_on=version)


def post(client, path, *, page="/desk", **form):
    return client.post(path, data={"csrf_token": csrf_token(client, page), **form})


# -- the page ---------------------------------------------------------------------------------


def test_the_caller_the_script_and_the_outcomes_are_there_while_one_talks(sara, exchange):
    talking(exchange)
    text = sara.get("/desk").text
    for expected in (CALLER, "شرکت نمونه", "Ask for the invoice number", "حل شد"):
        assert expected in text


def test_every_earlier_contact_is_told(app, sara, exchange):
    home = app.extensions["markaz-home"]
    stage.add_calls(
        home,
        stage.call_record("c1", NOW - 9000, caller=CALLER, queue="support"),
        stage.call_record("c2", NOW - 8000, caller=CALLER, place="voicemail:101"),
        stage.call_record("c3", NOW - 7000, caller="09121111111"),
    )
    with stage.store(home) as db:
        outcomes.choose(db, call_id="c1", agent="102", outcome="again", at=NOW)
        note = search.CallText(call_id="c1", kind="note", by="ali", at=NOW, text="Printer broken")
        search.write_text(db, note)
        db["sms"].insert(
            {
                "id": "s1",
                "line": "gsm-1",
                "direction": "inbound",
                "number": CALLER,
                "text": "Please call me",
                "at": NOW - 6000,
                "state": str(SmsState.RECEIVED),
                "fault": "",
                "parts": 1,
                "unreported": "",
            }
        )
    talking(exchange)
    text = sara.get("/desk").text
    for expected in ("Printer broken", "Again", "Please call me", "Voicemail"):
        assert expected in text
    assert "09121111111" not in text


def test_the_name_is_of_whose_number_it_is_however_it_is_written(app, sara, exchange):
    home = app.extensions["markaz-home"]
    with stage.store(home) as db:
        for name, number in (("Baran", "+982188776655"), ("Other", "09121012101")):
            numbers = (ContactNumber(number=number, kind=NumberKind.WORK),)
            contacts.add(
                db, Contact(name=name, organisation="", numbers=numbers, note=f"of {name}")
            )
    stage.add_calls(home, stage.call_record("c1", NOW - 900, caller="+982188776655", queue="sales"))
    talking(exchange)
    row = exchange.rows["call"]["c9"]
    exchange.show("call", replace(row, caller="02188776655", caller_name=""))
    text = sara.get("/desk").text
    assert "of Baran" in text
    assert "sales" in text, "the earlier call, which a SIM showed as +98"
    exchange.show("call", replace(row, caller="101", caller_name=""))
    assert "of Other" not in sara.get("/desk").text, "101 is a part of their number"


def test_a_contact_that_is_changed_shows_at_the_next_look(app, sara, exchange):
    talking(exchange)
    assert "New note" not in sara.get("/desk").text
    numbers = (ContactNumber(number=CALLER, kind=NumberKind.WORK),)
    with stage.store(app.extensions["markaz-home"]) as db:
        contacts.add(db, Contact(name="Baran", numbers=numbers, note="New note"))
    assert "New note" in sara.get("/desk").text


def test_who_waits_is_shown_and_who_is_to_be_called_back(sara, exchange):
    waiting = (
        CallerRow(call="c5", caller="0912000", since=NOW),
        CallerRow(call="c6", caller="0912001", since=NOW, callback="0912001"),
    )
    exchange.show("queue", QueueRow(id="support", title="پشتیبانی", waiting=waiting))
    text = sara.get("/desk").text
    assert "0912000" in text
    assert "wants to be called back" in text


def test_who_gave_up_is_there_to_be_called_and_so_are_ones_own_figures(app, sara, exchange):
    since = time.time()
    told = [
        QueueEvent(at=since, name=E.CALLER_JOINED, queue="support", visit="v1", caller="02144"),
        QueueEvent(at=since, name=E.CALLER_ABANDONED, queue="support", visit="v1", caller="02144"),
        QueueEvent(at=since, name=E.CALLER_JOINED, queue="sales", visit="v2", caller="02155"),
        QueueEvent(at=since, name=E.CALLER_ABANDONED, queue="sales", visit="v2", caller="02155"),
        *(
            QueueEvent(at=since, name=E.OFFER_MISSED, queue="support", visit=v, agent="101")
            for v in ("v3", "v4", "v5")
        ),
    ]
    with stage.store(app.extensions["markaz-home"]) as db:
        for one in told:
            rows.save(db, one)
    text = sara.get("/desk").text
    owed = re.search(r'aria-labelledby="desk-owed-title">.*?</section>', text, re.S).group()
    assert 'name="number" value="02144"' in owed
    assert "02155" not in owed  # of a queue that is not theirs
    day = re.search(r'aria-labelledby="desk-day-title">.*?</section>', text, re.S).group()
    assert re.search(r"Offers missed</dt><dd>3<", day)
    assert re.search(r"Calls answered</dt><dd>0<", day)


def test_the_customer_system_is_asked_about_the_caller_only(app, sara, exchange):
    with_crm(app, Crm(page="https://crm.example/search?phone={number}"))
    assert "/customer?" not in sara.get("/desk").text
    talking(exchange)
    assert f"/customer?number={CALLER}" in sara.get("/desk").text
    told = sara.get("/desk/customer", query_string={"number": CALLER})
    assert f"/customer?number={CALLER}" in told.text
    other = sara.get("/desk/customer", query_string={"number": "09121111111"})
    assert (other.status_code, other.text) == (204, "")


def test_a_customer_system_that_is_away_is_named_and_the_desk_goes_on(app, sara, exchange):
    away = Service(name="crm", url="http://127.0.0.1:9/api", timeout_s=0.3, cache_s=60.0)
    with_crm(app, Crm(service="crm"), away)
    talking(exchange)
    told = sara.get("/desk/customer", query_string={"number": CALLER})
    assert "does not answer" in told.text
    assert CALLER in sara.get("/desk").text


def test_somebody_in_no_queue_is_told_so(app, exchange):
    client = signed_in(app, "ali", Role.AGENT, extension="102")
    assert "You are in no queue" in client.get("/desk").text


def test_without_an_extension_there_is_no_desk(app, exchange):
    client = signed_in(app)
    assert client.get("/desk").status_code == 404
    assert "/desk" not in client.get("/").text


def test_the_page_asks_for_what_changed_only(sara, exchange):
    first = sara.get("/desk/now").json
    assert first["call"] == ""
    assert sara.get(f"/desk/now?seen={first['seen']}").status_code == 204
    talking(exchange)
    second = sara.get(f"/desk/now?seen={first['seen']}").json
    assert second["call"] == "c9"
    assert CALLER in second["parts"]["caller"]


def test_an_agent_with_only_a_mobile_number_has_a_desk_and_no_telephone_in_the_browser(
    app, exchange
):
    home = app.extensions["markaz-home"]
    version, site = history.load_current(home)
    mobile = Agent(number="501", name="Ali", telephone="09121112233")
    queue = SUPPORT.model_copy(update={"members": ("101", "501")})
    site = site.model_copy(update={"agent": (mobile,), "queue": (queue,)})
    history.apply(home, document.dump(site, secrets=True), "test", "", based_on=version)
    owner = signed_in(app)
    form = {"name": "ali", "password": stage.PASSWORD, "role": "agent", "extension": "501"}
    post(owner, "/users/add", page="/users", **form)
    ali = app.test_client()
    sign_in(ali, "ali", stage.PASSWORD)
    row = replace(agent("paused"), id="501", name="Ali")
    exchange.show("agent", row)
    text = ali.get("/desk").text
    assert "Take calls again" in text
    assert 'id="dock"' not in text
    assert post(ali, "/desk/resume").status_code == 302
    post(ali, "/desk/call", number=CALLER)
    assert exchange.orders == [
        (SwitchApi.resume_agent, {"agent": "501", "queue": ""}),
        (SwitchApi.dial, {"extension": "501", "number": CALLER}),
    ]


# -- orders -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "form", "method", "arguments"),
    [
        ("log-in", {}, SwitchApi.log_in_agent, {"agent": "101", "telephone": ""}),
        ("log-out", {}, SwitchApi.log_out, {"agent": "101"}),
        (
            "pause",
            {"reason": "lunch"},
            SwitchApi.pause_agent,
            {"agent": "101", "reason": "lunch", "queue": ""},
        ),
        ("resume", {}, SwitchApi.resume_agent, {"agent": "101", "queue": ""}),
        ("more-time", {}, SwitchApi.extend_wrap_up, {"agent": "101", "by_s": 60.0}),
        ("call", {"number": CALLER}, SwitchApi.dial, {"extension": "101", "number": CALLER}),
    ],
)
def test_orders_are_for_oneself(sara, exchange, order, form, method, arguments):
    assert post(sara, f"/desk/{order}", **form).status_code == 302
    assert exchange.orders == [(method, arguments)]


def test_while_the_exchange_is_away_the_page_says_so(sara, exchange):
    token = csrf_token(sara, "/desk")
    exchange.is_away = True
    answer = sara.post("/desk/pause", data={"csrf_token": token})
    assert answer.status_code == 409
    assert "does not answer" in answer.text


def test_a_reader_orders_nothing(app, exchange):
    client = signed_in(app, "reader", Role.READER, extension="101")
    assert client.get("/desk").status_code == 403


@pytest.fixture
def texting(app):
    """The queue lets agents text."""
    home = app.extensions["markaz-home"]
    queue = SUPPORT.model_copy(update={"text_callers": True})
    site = history.load_current(home)[1].model_copy(update={"queue": (queue,)})
    history.apply(home, document.dump(site, secrets=True), "test", "")


def test_the_caller_is_sent_a_message(sara, exchange, texting):
    talking(exchange)
    assert post(sara, "/desk/calls/c9/text", text="Your code is 12").status_code == 302
    wanted = {"line": "", "to": CALLER, "text": "Your code is 12"}
    assert exchange.orders == [(LinedApi.send_sms, wanted)]


@pytest.mark.parametrize(("ident", "words"), [("c9", ""), ("c9", "x" * 601), ("c1", "hello")])
def test_no_message_goes_to_anybody_else_or_is_empty(sara, exchange, texting, ident, words):
    talking(exchange)
    assert post(sara, f"/desk/calls/{ident}/text", text=words).status_code == 409
    assert exchange.orders == []


def test_where_the_queue_does_not_let_them_agents_send_none(sara, exchange):
    talking(exchange)
    assert "/calls/c9/text" not in sara.get("/desk").text
    assert post(sara, "/desk/calls/c9/text", text="hello").status_code == 403
    assert exchange.orders == []


# -- what came of a call ----------------------------------------------------------------------


def test_what_came_of_a_call_is_kept_and_the_wrap_up_ends(app, sara, exchange):
    after(app, exchange)
    answer = post(sara, "/desk/calls/c9", outcome="solved", note="Done by phone", done="1")
    assert answer.status_code == 302
    assert exchange.orders == [(SwitchApi.resume_agent, {"agent": "101", "queue": ""})]
    with stage.store(app.extensions["markaz-home"]) as db:
        assert outcomes.last_of(db, "c9", "101") == "solved"
        assert [one.text for _id, one in search.notes_of(db, "c9")] == ["Done by phone"]


@pytest.mark.parametrize("path", ["/desk/resume", "/desk/pause", "/desk/log-out"])
def test_where_an_outcome_is_required_no_way_leads_around_it(app, sara, exchange, path):
    after(app, exchange)
    for refused in (path, "/desk/calls/c9"):
        answer = post(sara, refused, done="1")
        assert answer.status_code == 409
        assert "Choose first" in answer.text
    assert exchange.orders == []
    assert post(sara, "/desk/calls/c9", outcome="again").status_code == 302
    assert post(sara, path).status_code == 302


def test_an_agents_program_leads_around_no_outcome_and_a_supervisors_may(app, sara, exchange):
    signed_in(app)
    after(app, exchange)
    with stage.store(app.extensions["markaz-home"]) as db:
        own = tokens.create(db, "sara", "mine", [Permission.ORDER_CALLS], now=NOW)[1]
        owners = tokens.create(db, "owner", "all", [Permission.ORDER_CALLS], now=NOW)[1]

    def ask(secret, order):
        bearer = {"Authorization": f"Bearer {secret}"}
        return app.test_client().post(f"/api/v1/agents/101/{order}", json={}, headers=bearer)

    for order in ("pause", "resume"):
        refused = ask(own, order)
        assert refused.status_code == 409
        assert "what came of the call" in refused.json["detail"]
        assert ask(owners, order).status_code == 503  # would be done: there is no exchange here


def test_an_outcome_of_another_queue_is_refused(app, sara, exchange):
    after(app, exchange)
    assert post(sara, "/desk/calls/c9", outcome="sold").status_code == 409
    with stage.store(app.extensions["markaz-home"]) as db:
        assert outcomes.last_of(db, "c9", "101") == ""


def test_a_call_of_somebody_else_is_not_written_about(app, sara, exchange):
    record = stage.call_record("c7", NOW - 30, queue="support", agent="102")
    stage.add_calls(app.extensions["markaz-home"], record)
    assert post(sara, "/desk/calls/c7", outcome="solved").status_code == 409


def test_who_chooses_again_means_the_later_one(app):
    with stage.store(app.extensions["markaz-home"]) as db:
        for at, outcome in enumerate(("again", "solved")):
            outcomes.choose(db, call_id="c1", agent="101", outcome=outcome, at=at)
        outcomes.choose(db, call_id="c2", agent="101", outcome="again", at=3)
        assert outcomes.of_calls(db, ["c1", "c2", "c3"]) == {"c1": "solved", "c2": "again"}


def test_a_look_at_the_desk_does_not_read_the_configuration_again(app, sara, exchange, monkeypatch):
    talking(exchange)
    assert sara.get("/desk/now").status_code == 200
    loaded = []
    with monkeypatch.context() as patch:
        patch.setattr(history, "load_current", loaded.append)
        assert sara.get("/desk/now").status_code == 200
        assert sara.get("/desk").status_code == 200
    assert loaded == []
    with_crm(app, Crm(page="https://crm.lan/?q={number}"))
    assert "/desk/customer" in sara.get("/desk").text, "a new configuration shows at once"
