"""One's own password once more: asked before another's account is changed, when it was last said
more than ten minutes ago; what was asked for is done then, and nothing before."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from firmware.model.permissions import Role
from firmware.store import audit, users
from firmware.store.audit import Asked, Change
from firmware.store.db import open_store
from tests.browser.stage import PASSWORD, USER, add_user
from tests.unit.form_reader import form_of
from tests.unit.web_fixtures import console, csrf_token, sign_in
from web.system.proof import FIELD, FRESH_S
from web.system.sessions import Sessions

OTHER = "maryam"

ORDERS = {
    "/users/add": {"name": "new", "password": "four words for you", "role": "agent"},
    "/users/one": {"name": OTHER, "role": "reader"},
    "/users/password": {"name": OTHER},
    "/users/factor": {"name": OTHER},
    "/users/state": {"name": OTHER, "state": "removed"},
    "/users/rules": {"factor-agent": "1"},
}


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        add_user(home)
        with closing(open_store(home)) as db:
            users.create(db, OTHER, "another four words", Role.AGENT)
        yield app


@pytest.fixture
def client(app):
    client = app.test_client()
    assert sign_in(client).status_code == 302
    return client


def later(app, seconds: float) -> None:
    """Let the sessions' clock run ahead."""
    app.extensions["markaz-sessions"]._clock = lambda: time.time() + seconds


def everyone(app):
    with closing(open_store(app.extensions["markaz-home"])) as db:
        return [(user.name, user.role, user.generation) for user in users.everyone(db)]


def refusals(app) -> int:
    with closing(open_store(app.extensions["markaz-home"])) as db:
        return len(audit.trail(db, Asked(deed=Change.SIGN_IN_REFUSED), 20))


def order(client, path: str, **more: str):
    token = csrf_token(client, "/users")
    return client.post(path, data={"csrf_token": token, **ORDERS[path], **more})


@pytest.mark.parametrize("path", ORDERS)
def test_after_a_while_the_password_is_asked_and_then_it_is_done(app, client, path: str) -> None:
    later(app, FRESH_S + 1)
    before = everyone(app)
    asked = order(client, path)
    assert asked.status_code == 403
    assert everyone(app) == before
    again = form_of(asked.text, FIELD).sent({FIELD: PASSWORD})
    assert {name: again[name] for name in ORDERS[path]} == ORDERS[path]
    assert client.post(path, data=again).status_code in {200, 302}
    if path != "/users/rules":
        assert everyone(app) != before
    assert order(client, "/users/rules").status_code == 302  # it counts for the next as well


@pytest.mark.parametrize("path", ORDERS)
def test_who_has_just_come_in_is_not_asked(app, client, path: str) -> None:
    later(app, FRESH_S - 60)
    assert order(client, path).status_code in {200, 302}


def test_a_wrong_password_does_nothing_and_is_counted(app, client) -> None:
    later(app, FRESH_S + 1)
    before = everyone(app)
    for wrong in ("", "wrong", "another four words"):
        answer = order(client, "/users/password", **{FIELD: wrong})
        assert answer.status_code == 403
        assert "Your present password is not right." in answer.text
    assert refusals(app) == 3
    assert everyone(app) == before
    later(app, FRESH_S + 2)
    assert order(client, "/users/password").status_code == 403


def test_so_many_wrong_ones_are_held_back(app, client) -> None:
    later(app, FRESH_S + 1)
    said = [order(client, "/users/password", **{FIELD: "wrong"}).text for _ in range(20)]
    assert "Too many attempts" in said[-1]
    held = order(client, "/users/password", **{FIELD: PASSWORD})
    assert held.status_code == 403


def test_it_is_asked_again_after_the_next_while_and_when_the_clock_went_back(app, client) -> None:
    later(app, FRESH_S + 1)
    assert order(client, "/users/password", **{FIELD: PASSWORD}).status_code == 200
    later(app, 2 * FRESH_S)
    assert order(client, "/users/password").status_code == 200
    later(app, 2 * FRESH_S + 120)
    assert order(client, "/users/password").status_code == 403
    later(app, -3600)
    assert order(client, "/users/password").status_code == 403


def test_looking_needs_no_password(app, client) -> None:
    later(app, FRESH_S + 1)
    for path in ("/users", f"/users/one?name={OTHER}", f"/users/one?name={USER}"):
        assert client.get(path).status_code == 200


def test_a_proof_is_of_one_session_and_outlasts_a_restart(tmp_path) -> None:
    now = [1_000.0]
    file = tmp_path / "sessions.sqlite"
    first = Sessions(file, clock=lambda: now[0])
    mine, other = (first.begin(USER, "127.0.0.1") for _ in range(2))
    now[0] += 900
    first.prove(mine)
    now[0] += 5
    first.close()
    again = Sessions(file, clock=lambda: now[0])
    assert again.proven_s_ago(mine) == 5
    assert again.proven_s_ago(other) == 905
    assert again.proven_s_ago("nobody's") == float("inf")
    again.close()
