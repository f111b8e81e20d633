"""Supervision: what a supervisor sees and may order, and the wallboard of a television."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from firmware.config import document, history
from firmware.config.schema import Queue
from firmware.config.sections.queues import Agent, PauseReason, SkillWeight
from firmware.config.sections.supervision import QueueAlert
from firmware.link.agents import ListenerRow, QueueAlertRow
from firmware.link.api import SwitchApi
from firmware.link.board import PowerRow
from firmware.link.client import LinkDown
from firmware.link.internet import InternetRow
from firmware.link.rows import AgentRow, CallerRow, CallRow, QueueRow
from firmware.model.permissions import Role
from firmware.model.queue_alert import Figure
from firmware.store import tokens
from tests.browser.stage import store
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.live.board import Picture
from web.supervision.day import today
from web.supervision.picture import rules_of
from web.supervision.staff import skills_of
from web.system import access
from web.system.seldom import Seldom

NOW = time.time()


class Exchange:
    """What the board shows of the daemons, and the orders that reach the switch."""

    def __init__(self):
        self.rows = {}
        self.orders = []
        self.is_away = False

    def show(self, kind, *rows):
        for row in rows:
            self.rows.setdefault(kind, {})[row.id] = row

    def peek(self):
        return Picture(rows=self.rows, away=frozenset())

    @contextmanager
    def link(self):
        if self.is_away:
            raise LinkDown("away")
        yield self

    def call(self, method, **arguments):
        self.orders.append((method.__name__, arguments))


def caller(ident, number, since, **more):
    return CallerRow(call=ident, caller=number, since=since, visit=f"{ident}/1", **more)


def agent(number, name, state, queues, call=""):
    return AgentRow(id=number, name=name, state=state, queues=queues, call=call, since=NOW)


def call(ident, place):
    return CallRow(
        id=ident, started_at=NOW, answered_at=NOW, caller="02188776655", caller_name="Acme",
        called="0212", place=place, recording=False, disposition="",
    )  # fmt: skip


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        site = history.load_current(home)[1].model_copy(
            update={
                "queue": (
                    Queue(name="support", title="Support", members=("101",)),
                    Queue(name="sales", title="Sales", members=("102",)),
                ),
                "agent": (Agent(number="101", skill=(SkillWeight(skill="tax", weight=80),)),),
                "pause_reason": (PauseReason(name="lunch", digit="1", title="Lunch"),),
                "queue_alert": (
                    QueueAlert(name="many", figure=Figure.WAITING, limit=1.0, queue=("support",)),
                ),
            }
        )
        history.apply(home, document.dump(site, secrets=True), "test", "")
        yield app


@pytest.fixture
def exchange(app, monkeypatch):
    exchange = Exchange()
    monkeypatch.setattr(app.extensions["markaz-board"], "peek", exchange.peek)
    monkeypatch.setattr("web.supervision.views.Link", lambda *_a, **_k: exchange.link())
    exchange.show(
        "queue",
        QueueRow(
            id="support", title="Support",
            waiting=(caller("c1", "02199", NOW - 100), caller("c2", "02198", NOW - 5)),
        ),
        QueueRow(id="sales", title="Sales", waiting=(caller("c3", "02197", NOW - 5),)),
    )  # fmt: skip
    exchange.show(
        "agent",
        agent("101", "Sara", "talking", ("support",), "c9"),
        agent("102", "Omar", "available", ("sales",)),
    )
    exchange.show("call", call("c9", "queue:support"))
    return exchange


@pytest.fixture
def boss(app, exchange):
    """A supervisor of support alone, at extension 103."""
    return signed_in(app, "boss", Role.SUPERVISOR, extension="103", queues=frozenset({"support"}))


def post(client, path, **form):
    token = csrf_token(client, "/supervision")
    return client.post(path, data={"csrf_token": token, **form})


# -- what is seen -----------------------------------------------------------------------------


def test_a_supervisor_sees_their_queues_and_agents_and_no_others(boss):
    page = boss.get("/supervision").text
    assert "Support" in page
    assert "02199" in page
    assert "Sara" in page
    assert "Sales" not in page
    assert "Omar" not in page
    assert "02197" not in page


def test_grades_are_told_by_a_word_and_a_shape_as_well_as_a_colour(boss):
    page = boss.get("/supervision").text
    tile = re.search(r'<div class="measured bad" data-grade="beyond">.*?</div>', page, re.S)[0]
    assert "#warning" in tile
    assert "Beyond the limit" in tile
    good = re.search(r'<div class="measured good" data-grade="good">.*?</div>', page, re.S)[0]
    assert "#tick" in good
    assert "Good" in good


def test_an_alert_that_is_raised_is_on_the_page_of_its_queue_only(boss, app, exchange):
    for queue in ("support", "sales"):
        row = QueueAlertRow(
            id=f"many/{queue}", alert="many", queue=queue, figure="waiting", value=2.0, limit=1.0,
            since=NOW,
        )  # fmt: skip
        exchange.show("queue_alert", row)
    assert boss.get("/supervision").text.count('role="alert"') == 1
    assert signed_in(app).get("/supervision").text.count('role="alert"') == 2


def test_the_parts_are_the_same_until_something_changes_but_time(boss, exchange):
    first = boss.get("/supervision/now").get_json()
    assert set(first["parts"]) == {"alerts", "queues", "agents"}
    assert boss.get(f"/supervision/now?seen={first['seen']}").status_code == 204
    exchange.show("agent", agent("101", "Sara", "wrap_up", ("support",)))
    assert boss.get(f"/supervision/now?seen={first['seen']}").status_code == 200


def test_the_stream_sends_the_parts_and_ends_with_the_session(app, boss):
    answer = boss.get("/supervision/stream", buffered=False)
    chunks = answer.response
    assert next(chunks).startswith(b"retry:")
    assert next(chunks).startswith(b"event: parts\ndata: ")
    answer.close()


# -- orders -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "form", "order"),
    [
        ("agents/101/pause", {"reason": "lunch"},
         ("pause_agent", {"agent": "101", "reason": "lunch", "queue": ""})),
        ("agents/101/log-out", {}, ("log_out", {"agent": "101"})),
        ("callers/first", {"visit": "c2/1"},
         ("prioritise_caller", {"caller": "c2/1", "priority": 99})),
        ("callers/move", {"visit": "c1/1", "to": "queue:sales"},
         ("move_caller", {"caller": "c1/1", "to": "queue:sales"})),
        ("callers/withdraw", {"visit": "c1/1"}, ("withdraw_caller", {"caller": "c1/1"})),
        ("agents/101/listen", {"call": "c9", "how": "whisper"},
         ("listen_in", {"supervisor": "103", "call_id": "c9", "agent": "101", "how": "whisper"})),
    ],
)  # fmt: skip
def test_orders_reach_the_exchange(boss, exchange, path, form, order):
    answer = post(boss, f"/supervision/{path}", **form)
    assert answer.status_code == 302
    assert exchange.orders == [order]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("agents/102/pause", {}, 403),
        ("agents/102/listen", {"call": "c9", "how": "listen"}, 403),
        ("agents/999/pause", {}, 404),
        ("callers/first", {"visit": "c3/1"}, 403),
        ("callers/first", {"visit": "none"}, 409),
        ("callers/move", {"visit": "c1/1", "to": "outside:0098900"}, 400),
        ("callers/move", {"visit": "c1/1"}, 400),
        ("agents/101/listen", {"call": "c8", "how": "listen"}, 409),
        ("agents/101/listen", {"call": "c9", "how": "shout"}, 400),
        ("listening/none", {"how": "listen"}, 409),
    ],
)
def test_what_is_not_theirs_or_not_there_is_refused(boss, exchange, path, form, status):
    assert post(boss, f"/supervision/{path}", **form).status_code == status
    assert exchange.orders == []


def test_a_call_that_no_queue_of_theirs_gave_is_not_heard(boss, app, exchange):
    exchange.show("call", call("c9", "extension:101"))
    assert 'data-how="listen"' not in boss.get("/supervision").text
    refused = post(boss, "/supervision/agents/101/listen", call="c9", how="listen")
    assert refused.status_code == 403
    owner = signed_in(app, "owner", Role.OWNER, extension="104")
    assert post(owner, "/supervision/agents/101/listen", call="c9", how="listen").status_code == 302


def test_nobody_listens_without_a_telephone(app, exchange):
    owner = signed_in(app)
    answer = post(owner, "/supervision/agents/101/listen", call="c9", how="listen")
    assert answer.status_code == 409
    assert "no telephone of your own" in answer.text


def test_one_changes_and_ends_ones_own_listening_and_nobody_elses(boss, app, exchange):
    for ident, who in (("w1", "103"), ("w2", "104")):
        row = ListenerRow(
            id=ident, supervisor=who, agent="101", call="c9", how="listen", is_on=True
        )
        exchange.show("listener", row)
    assert post(boss, "/supervision/listening/w1", how="take_over").status_code == 302
    assert post(boss, "/supervision/listening/w1", how="end").status_code == 302
    assert post(boss, "/supervision/listening/w2", how="end").status_code == 403
    assert exchange.orders == [
        ("change_listening", {"listening": "w1", "how": "take_over"}),
        ("hang_up", {"call_id": "w1"}),
    ]


def test_an_order_that_the_exchange_does_not_answer_says_so(boss, exchange):
    exchange.is_away = True
    answer = post(boss, "/supervision/agents/101/log-out")
    assert answer.status_code == 409
    assert "does not answer" in answer.text


# -- queues and skills ------------------------------------------------------------------------


def test_a_supervisor_sets_an_agents_queues_and_skills_within_their_own_queues(boss, app):
    path = "/supervision/agents/101"
    assert "tax=80" in boss.get(path).text
    assert "queue-sales" not in boss.get(path).text
    form = {"queue-sales": "on", "skills": "tax=90، language.fa"}
    assert post(boss, path, **form).status_code == 302
    site = history.load_current(app.extensions["markaz-home"])[1]
    assert {queue.name: queue.members for queue in site.queue} == {"support": (), "sales": ("102",)}
    assert [(s.skill, s.weight) for s in site.agent[0].skill] == [("tax", 90), ("language.fa", 100)]
    assert boss.get("/supervision/agents/102").status_code == 403
    assert boss.get("/supervision/agents/999").status_code == 404


def test_what_is_no_skill_changes_nothing(boss, app):
    version = history.current_text(app.extensions["markaz-home"])[0]
    answer = post(boss, "/supervision/agents/101", skills="Tax is 5")
    assert answer.status_code == 409
    assert history.current_text(app.extensions["markaz-home"])[0] == version
    with pytest.raises(ValueError, match="tax=a"):
        skills_of("tax=a")


# -- the wallboard ----------------------------------------------------------------------------


def address_of(client):
    token = csrf_token(client, "/supervision/screens")
    page = client.post("/supervision/screens", data={"csrf_token": token, "title": "Hall"}).text
    return re.search(r"/wallboard/[A-Za-z0-9_-]+", page)[0]


def test_a_television_sees_the_queues_of_whoever_made_its_address_and_no_numbers(boss, app):
    television = app.test_client()
    address = address_of(boss)
    page = television.get(address).text
    assert "Support" in page
    assert "Sara" in page
    assert "Sales" not in page
    assert "02199" not in page
    assert "02188776655" not in page
    assert television.get(f"{address}/now").status_code == 200
    assert television.get("/supervision").status_code == 302


def test_a_revoked_address_and_a_guess_show_nothing(boss, app):
    address = address_of(boss)
    with store(app.extensions["markaz-home"]) as db:
        (token,) = tokens.of_user(db, "boss")
    csrf = csrf_token(boss, "/supervision/screens")
    boss.post(f"/supervision/screens/{token.id}/revoke", data={"csrf_token": csrf})
    assert app.test_client().get(address).status_code == 404
    assert app.test_client().get("/wallboard/markaz_guess").status_code == 404


def test_the_address_of_a_screen_opens_nothing_of_the_api_and_no_other_token_the_wallboard(
    boss, app
):
    secret = address_of(boss).rpartition("/")[2]
    asked = app.test_client().get("/api/v1/queues", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 403
    with store(app.extensions["markaz-home"]) as db:
        _token, other = tokens.create(db, "boss", "crm", ["see_live"], now=time.time())
    assert app.test_client().get(f"/wallboard/{other}").status_code == 404


def test_the_wallboard_of_one_queue(app, exchange):
    owner = signed_in(app)
    page = owner.get("/supervision/wallboard?queue=sales").text
    assert "Sales" in page
    assert "Support" not in page


def test_the_wallboard_tells_how_long_the_battery_lasts_and_that_the_internet_is_gone(
    app, exchange
):
    owner = signed_in(app)
    power = PowerRow(
        id="power", state="mains", since=NOW, mains=True, charge_percent=100.0, minutes_left=None,
        voltage_v=None, measures=(), fault="", simulated=False,
    )  # fmt: skip
    internet = InternetRow(id="internet", state="up", cause="", since=NOW, detail="")
    exchange.show("power", power)
    exchange.show("internet", internet)
    assert 'data-kind="' not in owner.get("/supervision/wallboard").text
    away = {"state": "on_battery", "mains": False, "charge_percent": 63.4, "minutes_left": 12.0}
    exchange.show("power", replace(power, **away))
    exchange.show("internet", replace(internet, state="down", cause="beyond"))
    page = owner.get("/supervision/wallboard").text
    for words in ("On battery", "Battery 63 percent", "12 minutes left", "No internet"):
        assert words in page
    seen = owner.get("/supervision/wallboard/now").json["seen"]
    exchange.show("power", replace(power, **away | {"minutes_left": 11.0}))
    changed = owner.get(f"/supervision/wallboard/now?seen={seen}")
    assert "11 minutes left" in changed.json["parts"]["wall"]


def test_orders_are_in_the_audit_trail(boss, app, exchange):
    post(boss, "/supervision/agents/101/listen", call="c9", how="listen")
    with store(app.extensions["markaz-home"]) as db:
        found = [(row["who"], row["subject"]) for row in db.query("SELECT * FROM audit")]
    assert ("boss", "/supervision/agents/101/listen") in found


def test_the_names_of_the_orders_are_the_switchs():
    for name in ("listen_in", "change_listening", "move_caller", "prioritise_caller"):
        assert hasattr(SwitchApi, name)


# -- figures, grades, streams -----------------------------------------------------------------


def test_without_alerts_the_wait_is_measured_by_the_service_level_and_one_agent_is_wanted(app):
    site = history.load_current(app.extensions["markaz-home"])[1]
    rules = rules_of(site, "sales")
    assert {one: [rule.limit for rule in found] for one, found in rules.items()} == {
        Figure.LONGEST_WAIT: [site.queue[1].service_level_s],
        Figure.AGENTS: [1.0],
    }
    assert [rule.limit for rule in rules_of(site, "support")[Figure.WAITING]] == [1.0]


def test_what_the_store_knows_is_counted_seldom_and_kept_while_it_cannot_be_read(app):
    site = history.load_current(app.extensions["markaz-home"])[1]
    clock = iter((0.0, 0.0, 10.0, 20.0, 20.0, 40.0, 40.0))
    answers = iter([{"first": 1.0}, sqlite3.OperationalError("the disk is gone"), {"third": 3.0}])

    def ask(_db, _site):
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    known = Seldom(ask, {}, kept_s=15.0, clock=lambda: next(clock))
    with store(app.extensions["markaz-home"]) as db:
        assert known.of(db, site) == {"first": 1.0}
        assert known.of(db, site) == {"first": 1.0}  # within a quarter of a minute nobody asks
        assert known.of(db, site) == {"first": 1.0}  # and then it cannot be read
        assert known.of(db, site) == {"third": 3.0}


def test_the_day_of_the_supervisors_is_the_stores(app):
    home = app.extensions["markaz-home"]
    site = history.load_current(home)[1]
    with app.app_context(), store(home) as db:
        assert today(db, site) == {(Figure.UNRETURNED, queue.name): 0 for queue in site.queue}
        assert today(db, site) is today(db, site)


def assert_ends(answer, end):
    """The stream says what there is, and that it is over once ``end`` was called."""
    assert next(answer.response).startswith(b"retry:")
    assert next(answer.response).startswith(b"event: parts")
    end()
    assert b"event: signed-out" in next(answer.response)
    answer.close()


def test_the_stream_of_a_screen_ends_with_its_address(boss, app):
    address = address_of(boss)

    def revoke():
        with store(app.extensions["markaz-home"]) as db:
            (token,) = tokens.of_user(db, "boss")
            tokens.revoke(db, "boss", token.id, time.time())

    assert_ends(app.test_client().get(f"{address}/stream", buffered=False), revoke)


def test_the_stream_of_a_person_ends_with_the_session(boss, app):
    with boss.session_transaction() as session:
        token = session[access.TOKEN]
    answer = boss.get("/supervision/stream", buffered=False)
    assert_ends(answer, lambda: app.extensions["markaz-sessions"].end(token))
