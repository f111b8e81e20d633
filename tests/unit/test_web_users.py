"""The owner's pages of users and of the audit trail."""

from __future__ import annotations

import html
import re
import sqlite3
from urllib.parse import quote

import pytest

from firmware.model.permissions import Role
from firmware.store import audit, factors, users
from firmware.store.audit import Asked, Change, Entry
from tests.browser.stage import PASSWORD, USER, store
from tests.unit.web_fixtures import console, csrf_token, sign_in, signed_in
from web.audit.views import PAGE_LENGTH, Side, sides
from web.audit.wording import LOOKS
from web.system.lockout import FREE_PER_ACCOUNT

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def client(app):
    return signed_in(app)


@pytest.fixture
def db(app):
    with store(app.extensions["markaz-home"]) as db:
        yield db


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client, "/account"), **fields})


def add(client, name="ali", **fields):
    form = {"role": "agent", "extension": "102", "password": PASSWORD, **fields}
    return post(client, "/users/add", name=name, **form)


def trail(db, **asked):
    return [one for _, one in audit.trail(db, Asked(**asked), 50)]


def test_a_user_is_added_and_comes_in(app, client, db):
    answer = add(client, "ali", role="supervisor", queue="support")
    assert answer.location == "/users"
    user = users.find(db, "ali")
    assert (user.role, user.extension, user.queues) == (Role.SUPERVISOR, "102", {"support"})
    page = client.get("/users").text
    assert "ali" in page
    assert "پشتیبانی" in page
    assert sign_in(app.test_client(), "ali").status_code == 302
    (told,) = trail(db, deed=Change.USER_ADDED)
    assert (told.who, told.subject) == (USER, "ali")
    assert told.after == {"role": "supervisor", "extension": "102", "queues": ["support"]}


def test_a_made_password_is_shown_once(app, client):
    answer = add(client, password="")
    password = html.unescape(re.search(r"<code>([^<]+)</code>", answer.text)[1])
    assert answer.headers["Cache-Control"] == "no-store"
    assert sign_in(app.test_client(), "ali", password).status_code == 302
    assert password not in client.get("/users/one?name=ali").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "x" * 300}, "needs a name"),
        ({"name": "a\x00b"}, "needs a name"),
        ({"name": USER}, "already"),
        ({"role": "god"}, "no such role"),
        ({"role": ""}, "no such role"),
        ({"extension": "999"}, "no such queue or extension"),
        ({"queue": "nowhere"}, "no such queue or extension"),
        ({"password": "short"}, "too short"),
        ({"password": "password123"}, "too easy"),
    ],
)
def test_what_does_not_fit_adds_nobody(client, db, fields, said):
    answer = add(client, **fields)
    assert answer.status_code == 409
    assert said in answer.text
    assert [one.name for one in users.everyone(db)] == [USER]


def test_a_role_is_changed_with_before_and_after(client, db):
    add(client)
    form = {"role": "supervisor", "queue": "support", "extension": ""}
    assert post(client, "/users/one", name="ali", **form).status_code == 302
    (told,) = trail(db, deed=Change.USER_CHANGED)
    assert told.before == {"role": "agent", "extension": "102", "queues": []}
    assert told.after == {"role": "supervisor", "extension": "", "queues": ["support"]}
    page = client.get("/audit").text
    assert '<del><span class="sr">before: </span><bdi>agent</bdi></del>' in page
    assert '<ins><span class="sr">after: </span><bdi>supervisor</bdi></ins>' in page


@pytest.mark.parametrize("state", ["disabled", "removed"])
def test_the_last_owner_cannot_be_lost(client, db, state):
    answer = post(client, "/users/state", name=USER, state=state)
    assert answer.status_code == 409
    assert "only owner" in answer.text
    assert post(client, "/users/one", name=USER, role="agent").status_code == 409
    assert users.find(db, USER).role is Role.OWNER
    assert client.get("/users").status_code == 200


def test_who_is_disabled_or_removed_is_out(app, client, db):
    add(client)
    theirs = app.test_client()
    sign_in(theirs, "ali")
    assert theirs.get("/calls").status_code == 200
    post(client, "/users/state", name="ali", state="disabled")
    assert theirs.get("/calls").status_code == 302
    assert sign_in(theirs, "ali").status_code == 401
    assert "Disabled since" in client.get("/users/one?name=ali").text
    post(client, "/users/state", name="ali", state="enabled")
    assert sign_in(theirs, "ali").status_code == 302
    post(client, "/users/state", name="ali", state="signed_out")
    assert theirs.get("/calls").status_code == 302
    post(client, "/users/state", name="ali", state="removed")
    assert users.find(db, "ali") is None
    assert client.get("/users/one?name=ali").status_code == 404
    assert post(client, "/users/state", name=USER, state="nonsense").status_code == 400


def test_the_owner_takes_a_second_factor_away(client, db):
    add(client)
    key = client.application.extensions["markaz-factor-key"]
    factors.enrol(db, "ali", factors.new_secret(), 1, 1.0, key=key)
    assert post(client, "/users/factor", name="ali").status_code == 302
    assert factors.find(db, "ali") is None
    assert [one.subject for one in trail(db, deed=Change.FACTOR_RESET)] == ["ali"]


def test_roles_are_made_to_have_a_second_factor(client, db):
    post(client, "/users/rules", **{"factor-owner": "1", "factor-technician": "1"})
    assert factors.wanted_of(db) == {Role.OWNER, Role.TECHNICIAN}
    (told,) = trail(db, deed=Change.FACTOR_RULES)
    assert (told.before, told.after) == ([], ["owner", "technician"])
    assert client.get("/users").location == "/account/factor"


def test_who_is_held_back_is_shown_and_let_in_again(app, client):
    add(client)
    lock = app.extensions["markaz-lockout"]
    for _ in range(FREE_PER_ACCOUNT + 4):
        lock.failed("ali", "10.0.0.66")
    page = client.get("/users").text
    assert "Held back" in page
    key = html.unescape(re.search(r'name="key" value="([^"]+)"', page)[1])
    assert lock.wait_s("ali", "10.0.0.67") > 0
    post(client, "/users/lift", key=key)
    assert lock.wait_s("ali", "10.0.0.67") == 0


def test_names_are_text_wherever_they_are_shown(app, client, db):
    add(client, SCRIPT)
    sign_in(app.test_client(), SCRIPT, "wrong")
    sign_in(app.test_client(), SCRIPT + "2", "wrong")
    audit.write(
        db,
        Entry(
            at=1.0, who=SCRIPT, place=SCRIPT, deed=SCRIPT, subject=SCRIPT,
            before={SCRIPT: SCRIPT}, after={SCRIPT: [SCRIPT]},
        ),
    )  # fmt: skip
    theirs = signed_in(app, SCRIPT)
    paths = ("/users", f"/users/one?name={quote(SCRIPT)}", "/audit", f"/audit?subject={SCRIPT}")
    for one, path in [*((client, path) for path in paths), (theirs, "/account"), (theirs, "/")]:
        page = one.get(path).text
        assert "<script>alert" not in page, path
    assert "&lt;script&gt;" in client.get("/audit").text


# -- the audit trail --------------------------------------------------------------------------


def subjects(page):
    return re.findall(r"</span></span> <bdi>(n\d+)</bdi>", page)


def test_the_trail_goes_page_by_page_with_its_filter(client, db):
    for n in range(2 * PAGE_LENGTH + 7):
        for who in ("sara", "ali"):
            audit.write(
                db,
                Entry(at=float(n // 3), who=who, place="", deed=Change.SETTINGS, subject=f"n{n}"),
            )
    seen, path = [], "/audit?who=sara&deed=settings"
    while path:
        page = client.get(path).text
        seen += subjects(page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(older[1]) if older else None
    assert seen == [f"n{n}" for n in reversed(range(2 * PAGE_LENGTH + 7))]


def test_signing_in_and_out_and_being_refused_is_in_the_trail(app, client, db):
    add(client)
    theirs = app.test_client()
    sign_in(theirs, "ali", "wrong")
    sign_in(theirs, "ali")
    post(theirs, "/logout")
    found = [(one.deed, one.who, one.place) for one in trail(db, subject="ali", exact=True)]
    assert found[:3] == [
        ("signed_out", "ali", "127.0.0.1"),
        ("signed_in", "ali", "127.0.0.1"),
        ("sign_in_refused", "", "127.0.0.1"),
    ]
    assert PASSWORD not in str(trail(db))


def test_what_no_page_writes_down_itself_is_in_the_trail_by_its_address(client, db):
    # The boxes' order fails here, for no switchd is there: only what was done is told.
    assert post(client, "/voicemail/101/pin", pin="4711").status_code == 409
    post(client, "/users/lift", key="nobody")
    post(client, "/users/lift", key="nobody", csrf_token="forged")
    client.get("/users")
    assert [(one.deed, one.who, one.subject) for one in trail(db)] == [
        ("ordered", USER, "/users/lift")
    ]


@pytest.mark.parametrize("before", ["x", "1~b~1", "1", "1~a~x", "nan~a~1", "1~a~1\n"])
def test_a_place_in_the_trail_that_is_none_is_refused(client, before):
    assert client.get("/audit", query_string={"before": before}).status_code == 400


def test_a_day_that_is_none_is_said(client):
    query = {
        "since-calendar": "gregorian", "since-year": "2026", "since-month": "2", "since-day": "31"
    }  # fmt: skip
    answer = client.get("/audit", query_string=query)
    assert answer.status_code == 200
    assert "no such day" in answer.text


def test_a_full_disk_lets_people_in_and_out(app, client, monkeypatch, caplog):
    add(client)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(audit, "write", full)
    theirs = app.test_client()
    assert sign_in(theirs, "ali").status_code == 302
    assert post(theirs, "/logout").location == "/login"
    assert "not in the audit trail" in caplog.text


def test_every_deed_has_its_words():
    assert {*audit.Change, *audit.Deed} == LOOKS.keys()


def test_what_changed_is_told_leaf_by_leaf():
    before = {"a": {"b": 1, "c": [1]}, "gone": "x", "same": 1}
    after = {"a": {"b": 2, "c": ["x", "y"]}, "same": 1, "new": {"k": True}}
    assert list(sides(before, after)) == [
        Side(path="a.b", before="1", after="2"),
        Side(path="a.c", before="[1]", after="x, y"),
        Side(path="gone", before="x", after=""),
        Side(path="new.k", before="", after="true"),
    ]
    assert list(sides(None, "code")) == [Side(path="", before="", after="code")]
    assert list(sides(None, None)) == []
    assert list(sides(None, {"queues": []})) == []
