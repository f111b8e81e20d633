"""The API: who comes in by which token, what they reach, and what is written down of it."""

from __future__ import annotations

import json
import re
import threading
import time

import pytest

from firmware.link.rows import AgentRow
from firmware.model.permissions import Bearer, Permission, Role
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.model.record import CallRecord
from firmware.store import audit, contacts, rows, tokens, users
from firmware.store.webhooks import Happening
from tests.browser.stage import PASSWORD, store
from tests.unit.test_store_figures import DAY, the_day
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.api import happenings
from web.api.operation import OPERATIONS
from web.api.wording import SCOPES
from web.live.board import Picture

READ = {Permission.SEE_CALLS, Permission.SEE_REPORTS, Permission.SEE_LIVE}


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        signed_in(app)  # the owner
        yield app


def home_of(app):
    return app.extensions["markaz-home"]


def bearer(app, scopes=tuple(Permission), user="owner", **more):
    """The header of a new token."""
    with store(home_of(app)) as db:
        token, secret = tokens.create(db, user, "test", scopes, now=time.time(), **more)
    return token, {"Authorization": f"Bearer {secret}"}


def add_call(app, ident="c1", **changes):
    with store(home_of(app)) as db:
        rows.save(db, CallRecord(id=ident, started_at=DAY, caller="0911", **changes))


def test_without_a_token_nobody_comes_in_not_even_signed_in(app):
    for client in (app.test_client(), signed_in(app)):
        for headers in (
            {},
            {"Authorization": "Bearer markaz_guess"},
            {"Authorization": "Basic eA=="},
        ):
            for path in ("/api/v1/calls", "/api/v1/nonsense", "/api/v1"):
                answer = client.get(path, headers=headers)
                assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_document_is_for_everybody(app):
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"


def test_a_token_is_kept_as_a_hash_only(app):
    token, headers = bearer(app)
    secret = headers["Authorization"].removeprefix("Bearer ")
    raw = home_of(app).store_db.read_bytes()
    assert token.id.encode() in raw
    assert secret.encode() not in raw


def test_scopes_bound_what_a_token_may_and_so_does_its_user(app):
    add_call(app)
    client = app.test_client()
    _, calls_only = bearer(app, {Permission.SEE_CALLS})
    assert client.get("/api/v1/calls", headers=calls_only).status_code == 200
    assert client.get("/api/v1/contacts", headers=calls_only).status_code == 403
    with store(home_of(app)) as db:
        users.create(db, "reader", "correct horse battery", Role.READER)
    _, reader = bearer(app, user="reader")
    assert client.get("/api/v1/calls", headers=reader).status_code == 200
    refused = client.post("/api/v1/calls/c1/notes", headers=reader, json={"text": "x"})
    assert "no permission note_calls" in refused.get_json()["detail"]


def test_a_token_that_is_over_revoked_or_of_nobody_opens_no_more(app):
    client = app.test_client()
    _, over = bearer(app, expires_at=time.time() - 1)
    assert client.get("/api/v1/calls", headers=over).status_code == 401
    token, headers = bearer(app)
    assert client.get("/api/v1/calls", headers=headers).status_code == 200
    with store(home_of(app)) as db:
        assert not tokens.revoke(db, "somebody", token.id, time.time())
        assert tokens.revoke(db, "owner", token.id, time.time())
    assert client.get("/api/v1/calls", headers=headers).status_code == 401
    with store(home_of(app)) as db:
        users.create(db, "gone", "correct horse battery")
        _, of_gone = bearer(app, user="gone")
        db.execute("UPDATE users SET disabled_at = 1 WHERE name = 'gone'")
    assert client.get("/api/v1/calls", headers=of_gone).status_code == 401


def test_a_supervisors_token_reaches_their_queues_only(app):
    add_call(app, "mine", queue="support")
    add_call(app, "other", queue="sales")
    with store(home_of(app)) as db:
        for one in the_day():
            rows.save(db, one)
        users.create(
            db, "sup", "correct horse battery", Role.SUPERVISOR, queues=frozenset({"support"})
        )
    _, headers = bearer(app, READ, user="sup")
    client = app.test_client()
    found = client.get("/api/v1/calls", headers=headers).get_json()
    assert [call["id"] for call in found["calls"]] == ["mine"]
    assert client.get("/api/v1/calls/other", headers=headers).status_code == 403
    report = client.get("/api/v1/reports?first=2026-11-22", headers=headers).get_json()
    assert report["total"]["figures"]["offered"] == 9
    elsewhere = client.get("/api/v1/reports?first=2026-11-22&queue=sales", headers=headers)
    assert elsewhere.get_json()["total"]["figures"]["offered"] == 0


def test_a_report_is_the_one_of_the_page(app):
    with store(home_of(app)) as db:
        for one in the_day():
            rows.save(db, one)
    _, headers = bearer(app)
    path = "/api/v1/reports?first=2026-11-22&by=queue&compare=before"
    [row] = app.test_client().get(path, headers=headers).get_json()["rows"]
    assert row["key"] == "support"
    assert row["figures"]["service_level"] == 0.25
    assert row["before"]["offered"] == 0


def test_a_filter_that_would_be_in_vain_is_refused(app):
    _, headers = bearer(app)
    path = "/api/v1/reports?first=2026-11-22&about=agents&queue=support"
    refused = app.test_client().get(path, headers=headers)
    assert (refused.status_code, "picked out by queue" in refused.text) == (404, True)


def test_pages_of_calls_go_on_without_losing_one(app):
    for number in range(7):
        add_call(app, f"c{number}")
    _, headers = bearer(app)
    seen, following = [], ""
    while True:
        path = f"/api/v1/calls?limit=3&before={following}"
        page = app.test_client().get(path, headers=headers).get_json()
        seen += [call["id"] for call in page["calls"]]
        if not (following := page["next"]):
            break
    assert seen == [f"c{n}" for n in reversed(range(7))]


def test_a_search_that_finds_little_goes_on_page_by_page(app, monkeypatch):
    monkeypatch.setattr("web.api.calls.LOOKED_AT", 2)
    for number in range(6):
        add_call(app, f"c{number}", line="fxo-1" if number == 0 else "fxo-2")
    _, headers = bearer(app)
    seen, following, pages = [], "", 0
    while True:
        path = f"/api/v1/calls?line=fxo-1&before={following}"
        page = app.test_client().get(path, headers=headers).get_json()
        seen, pages = seen + [call["id"] for call in page["calls"]], pages + 1
        if not (following := page["next"]):
            break
    assert (seen, pages > 1) == (["c0"], True)


def test_what_is_changed_is_written_down_with_who_did(app):
    add_call(app)
    _, headers = bearer(app)
    client = app.test_client()
    answer = client.post("/api/v1/calls/c1/notes", headers=headers, json={"text": " wants more "})
    assert (answer.status_code, answer.get_json()["text"]) == (201, "wants more")
    known = client.get("/api/v1/calls/c1", headers=headers).get_json()
    assert [note["text"] for note in known["notes"]] == ["wants more"]
    with store(home_of(app)) as db:
        found = [entry for _, entry in audit.trail(db, audit.Asked(), 10)]
    assert ("owner", "call_noted", "c1") in [(e.who, str(e.deed), e.subject) for e in found]


def test_a_customer_system_writes_contacts_back(app):
    _, headers = bearer(app)
    client = app.test_client()
    sent = {"name": "Sara", "numbers": [{"number": "09121234567", "kind": "mobile"}]}
    made = client.post("/api/v1/contacts", headers=headers, json=sent)
    assert made.status_code == 201
    ident = made.get_json()["id"]
    changed = {**sent, "name": "Sara Ahmadi", "is_vip": True}
    assert client.put(f"/api/v1/contacts/{ident}", headers=headers, json=changed).status_code == 200
    with store(home_of(app)) as db:
        [kept] = contacts.everyone(db)
    assert (kept.name, kept.is_vip) == ("Sara Ahmadi", True)
    assert client.delete(f"/api/v1/contacts/{ident}", headers=headers).status_code == 204
    with store(home_of(app)) as db:
        found = [entry for _, entry in audit.trail(db, audit.Asked(), 10)]
    told = [(e.before, e.after) for e in found if str(e.deed) == "phonebook"]
    names = [[one and one["name"] for one in pair] for pair in told]
    assert names == [["Sara Ahmadi", None], ["Sara", "Sara Ahmadi"], [None, "Sara"]]
    assert client.get(f"/api/v1/contacts/{ident}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"text": 1}',
        b'{"text": ""}',
        b'{"text": "x", "by": "me"}',
        b"\xff",
        b'{"text": "\\ud800"}',
    ],
)
def test_nonsense_is_refused_with_a_reason(app, body):
    add_call(app)
    _, headers = bearer(app)
    answer = app.test_client().post(
        "/api/v1/calls/c1/notes", headers=headers, data=body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.get_json()["detail"]


def test_the_stream_tells_what_happens_and_goes_on_where_it_was(app, monkeypatch):
    monkeypatch.setattr(happenings, "LOOK_INTERVAL_S", 0.01)
    _, headers = bearer(app)
    add_call(app, "c1")
    with store(home_of(app)) as db:
        rows.save(db, QueueEvent(at=DAY, name=QueueEventName.CALLER_JOINED, queue="q", visit="v"))
    stream = app.test_client().get("/api/v1/events?after=0", headers=headers).response
    told = [next(stream) for _ in range(3)]
    stream.close()
    assert told[0] == b": following\n\n"
    assert told[1].startswith(b"id: 1\nevent: call.began\ndata: ")
    joined = json.loads(told[2].decode().split("data: ")[1])
    assert (joined["name"], joined["queue"]) == ("caller.joined", "q")

    following = (
        app.test_client()
        .get("/api/v1/events?after=0", headers={**headers, "Last-Event-ID": "1"})
        .response
    )
    next(following)
    assert next(following).startswith(b"id: 2\n")
    following.close()


@pytest.mark.parametrize("change", ["revoked", "disabled"])
def test_a_stream_ends_with_what_opened_it(app, monkeypatch, change):
    monkeypatch.setattr(happenings, "LOOK_INTERVAL_S", 0.01)
    with store(home_of(app)) as db:
        users.create(db, "temp", "correct horse battery")
    token, headers = bearer(app, user="temp")
    add_call(app, "c1")
    stream = app.test_client().get("/api/v1/events?after=0", headers=headers).response
    assert b"call.began" in next(stream) + next(stream)
    with store(home_of(app)) as db:
        if change == "revoked":
            tokens.revoke(db, "temp", token.id, time.time())
        else:
            users.disable(db, "temp", time.time())
    add_call(app, "c2")
    assert next(stream, None) is None, "nothing is told after that"


def test_an_agent_is_told_of_their_own_calls_and_of_nothing_of_nobodys():
    sara = Bearer(role=Role.AGENT, extension="101")
    about = {"recording": "r1", "call": "c1"}
    nobodys = Happening(seq=1, at=DAY, name="recording.finished", queue="", subject=about)
    own = Happening(seq=2, at=DAY, name="call.ended", queue="", subject={"agent": "101"})
    others = Happening(seq=3, at=DAY, name="call.ended", queue="", subject={"agent": "102"})
    assert [happenings.may_be_told(sara, one) for one in (nobodys, own, others)] == [
        *(False, True, False)
    ]
    assert happenings.may_be_told(Bearer(role=Role.OWNER), nobodys)


def test_only_so_many_programs_follow_at_once(app, monkeypatch):
    monkeypatch.setattr(happenings, "_streams", threading.BoundedSemaphore(1))
    _, headers = bearer(app)
    first = app.test_client().get("/api/v1/events", headers=headers)
    assert app.test_client().get("/api/v1/events", headers=headers).status_code == 503
    first.close()
    again = app.test_client().get("/api/v1/events", headers=headers)
    assert again.status_code == 200
    again.close()


def test_a_supervisor_sends_an_agent_on_a_break_in_their_own_queues_only(app, monkeypatch):
    row = AgentRow(
        id="101", name="Sara", state="available", queues=("support", "sales"), call="", since=DAY
    )
    picture = Picture(rows={"agent": {"101": row}}, away=frozenset())
    monkeypatch.setattr(app.extensions["markaz-board"], "peek", lambda: picture)
    monkeypatch.setattr(app.extensions["markaz-board"], "picture", lambda: picture)
    told = []
    monkeypatch.setattr("web.api.live.order", lambda *order: told.append(order))
    with store(home_of(app)) as db:
        users.create(
            db, "sup", "correct horse battery", Role.SUPERVISOR, queues=frozenset({"support"})
        )
    _, headers = bearer(app, {Permission.ORDER_CALLS}, user="sup")
    client = app.test_client()
    path = "/api/v1/agents/101/pause"
    assert client.post(path, headers=headers, json={"queue": "sales"}).status_code == 403
    assert told == []
    assert client.post(path, headers=headers, json={"queue": "support"}).status_code == 204
    assert len(told) == 1


def test_a_receiver_is_made_listed_and_removed(app):
    _, headers = bearer(app)
    client = app.test_client()
    sent = {"url": "http://127.0.0.1:9/x", "events": ["call.ended"]}
    made = client.post("/api/v1/webhooks", headers=headers, json=sent).get_json()
    assert len(made["secret"]) > 30
    [known] = client.get("/api/v1/webhooks", headers=headers).get_json()["webhooks"]
    assert known == made["webhook"]
    assert client.delete(f"/api/v1/webhooks/{known['id']}", headers=headers).status_code == 204
    assert client.delete(f"/api/v1/webhooks/{known['id']}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "ftp://crm.lan/",
        "http://crm..lan/",
        "http://" + "a" * 64 + ".lan/",
        "http://crm.lan:0/",
        "http://crm.lan:65536/",
        "http://user:password@crm.lan/",
        "http://crm.lan/\r\nHost: other",
    ],
)
def test_an_address_that_leads_nowhere_is_no_receiver(app, url):
    _, headers = bearer(app)
    answer = app.test_client().post("/api/v1/webhooks", headers=headers, json={"url": url})
    assert answer.status_code == 400


def test_a_page_of_another_site_cannot_use_the_api(app):
    add_call(app)
    answer = signed_in(app).post("/api/v1/calls/c1/notes", json={"text": "x"})
    assert answer.status_code == 401


def make_token(app, client, **fields):
    form = {
        "csrf_token": csrf_token(client, "/account/tokens"),
        "title": "CRM",
        "scope-see_calls": "1",
        "age": "30",
        "current": PASSWORD,
        **fields,
    }
    return client.post("/account/tokens", data=form)


@pytest.fixture
def client(app):
    """The owner's browser, whose password is known."""
    with store(home_of(app)) as db:
        users.set_password(db, "owner", PASSWORD)
    return signed_in(app)


def test_a_person_makes_a_token_which_is_shown_once_and_revokes_it(app, client):
    page = make_token(app, client).text
    secret = re.search(r'id="secret">(markaz_[\w-]+)<', page)[1]
    headers = {"Authorization": f"Bearer {secret}"}
    assert secret not in client.get("/account/tokens").text
    assert app.test_client().get("/api/v1/calls", headers=headers).status_code == 200
    assert app.test_client().get("/api/v1/reports", headers=headers).status_code == 403
    with store(home_of(app)) as db:
        [token] = tokens.of_user(db, "owner")
        found = [str(entry.deed) for _, entry in audit.trail(db, audit.Asked(), 5)]
    assert token.expires_at is not None
    assert "token_made" in found

    form = {"csrf_token": csrf_token(client, "/account/tokens")}
    assert client.post(f"/account/tokens/{token.id}/revoke", data=form).status_code == 302
    assert app.test_client().get("/api/v1/calls", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "fields", [{"current": "wrong"}, {"title": " "}, {"scope-see_calls": ""} | {"title": ""}]
)
def test_no_token_without_a_name_a_scope_and_a_proof(app, client, fields):
    assert make_token(app, client, **fields).status_code == 409
    with store(home_of(app)) as db:
        assert tokens.of_user(db, "owner") == []


def test_every_scope_has_its_word(app):
    assert {op.needs for op in OPERATIONS} <= set(SCOPES)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_every_operation_wants_its_scope(app, op):
    client, path = app.test_client(), "/api/v1" + op.path.replace("{ident}", "x")
    _, others = bearer(app, set(Permission) - {op.needs})

    assert client.open(path, method=op.method).status_code == 401
    answer = client.open(path, method=op.method, headers=others)
    assert (answer.status_code, str(op.needs) in answer.get_json()["detail"]) == (403, True)
