"""Every page names what it needs, and every role reaches exactly the pages it should."""

from __future__ import annotations

import pytest
from itsdangerous import URLSafeTimedSerializer

from firmware.model.permissions import REACHES, Role
from tests.unit.web_fixtures import console, paths, signed_in
from web.system import csrf
from web.system.access import BACKGROUND_ENDPOINTS
from web.system.permission import Permission, needed, needs


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def reached(app, monkeypatch):
    """The console with views that only say they were reached."""
    for endpoint in list(app.view_functions):
        permission = needed(app, endpoint)

        def view(**_values):
            return "reached"

        if permission is not None:
            view = needs(permission)(view)
        monkeypatch.setitem(app.view_functions, endpoint, view)
    for concern in app.blueprints:  # what a concern asks besides is its own
        monkeypatch.setitem(app.before_request_funcs, concern, [])
    return app


def test_every_page_names_what_it_needs(app):
    assert [e for e in app.view_functions if needed(app, e) is None] == []


def test_a_page_that_names_nothing_is_for_nobody(app, monkeypatch):
    monkeypatch.setitem(app.view_functions, "calls.records", lambda: "reached")
    assert signed_in(app).get("/calls").status_code == 403


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_its_pages_and_no_other(reached, role):
    reached.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(reached, "ali", role)
    seen = {True: 0, False: 0}
    for endpoint, method, path in paths(reached):
        permission = needed(reached, endpoint)
        answer = client.open(path, method=method)
        wanted = permission is Permission.OPEN or permission in REACHES[role]
        assert (answer.text == "reached") is wanted, (method, path)
        assert answer.status_code == (200 if wanted else 403), (method, path)
        seen[wanted] += 1
    assert seen[True] > 5
    assert seen[False] > 5 or role is Role.OWNER


def test_strangers_reach_only_what_is_open(reached):
    reached.config["WTF_CSRF_ENABLED"] = False
    client = reached.test_client()
    for endpoint, method, path in paths(reached):
        answer = client.open(path, method=method)
        if needed(reached, endpoint) is Permission.OPEN:
            assert answer.text == "reached"
        elif method == "GET" and endpoint not in BACKGROUND_ENDPOINTS:
            assert answer.location.startswith("/login")
        else:
            assert answer.status_code == 401


def test_no_form_does_anything_without_its_token(reached):
    client, tried = signed_in(reached), 0
    for _endpoint, method, path in paths(reached):
        if method != "GET":
            for token in ("", "forged"):
                answer = client.open(path, method=method, data={"csrf_token": token})
                assert answer.status_code == 400, path
                assert "reached" not in answer.text
            tried += 1
    assert tried > 20


def test_another_s_token_does_nothing(reached, app):
    reached.config["WTF_CSRF_ENABLED"] = True
    mine, theirs = signed_in(reached), signed_in(reached)
    with theirs.session_transaction() as session:
        session["csrf_token"] = "f" * 40
    with mine.session_transaction() as session:
        session["csrf_token"] = "e" * 40
    real = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps("f" * 40)
    token = csrf.masked(real)
    assert theirs.post("/logout", data={"csrf_token": token}).status_code == 200
    assert mine.post("/logout", data={"csrf_token": token}).status_code == 400


def test_the_rail_shows_only_ways_one_may_go(app):
    pages = {
        role: signed_in(app, f"a {role}", role, extension="102").get("/account").text
        for role in Role
    }
    for role, page in pages.items():
        assert 'href="/calls"' in page
        assert ('href="/users"' in page) is (role is Role.OWNER)
        assert ('href="/audit"' in page) is (role is Role.OWNER)
        assert ('href="/phones"' in page) is (Permission.SEE_PHONES in REACHES[role])
        assert ('href="/voicemail"' in page) is (Permission.USE_VOICEMAIL in REACHES[role])
