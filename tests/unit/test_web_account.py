"""Coming in with a second factor, one's own account, and what happens to stolen cookies."""

from __future__ import annotations

import re
import sqlite3
import time

import pyotp
import pytest

from firmware.model.permissions import Role
from firmware.store import audit, factors, users
from firmware.store.audit import Asked, Change
from tests.browser.stage import PASSWORD, USER, add_user, store
from tests.unit.web_fixtures import console, csrf_token, sign_in
from web.system import access
from web.system.lockout import FREE_PER_ACCOUNT
from web.system.sessions import HALF_S

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWER_FIREFOX = FIREFOX.replace("140", "141")
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
NEW = "five purple lanterns drift"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        add_user(app.extensions["markaz-home"])
        yield app


@pytest.fixture
def client(app):
    client = app.test_client()
    sign_in(client)
    return client


def post(client, path, form_on="/account", **fields):
    return client.post(path, data={"csrf_token": csrf_token(client, form_on), **fields})


def enrol(client):
    """A second factor for who is signed in: what makes its codes, and the recovery codes."""
    page = client.get("/account/factor").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    totp = pyotp.TOTP(secret)
    answer = post(client, "/account/factor", code=totp.now(), current=PASSWORD)
    assert answer.status_code == 200, answer.text
    return totp, re.findall(r'class="secret">([a-z2-7-]+)<', answer.text)


def next_code(totp):
    """The code of the step after the one that was used: it counts already."""
    return totp.at(time.time() + 30)


def give_code(client, code, **fields):
    return post(client, "/login/code", "/login/code", code=code, **fields)


def is_in(client):
    return client.get("/account").status_code == 200


def trail(app, **asked):
    with store(app.extensions["markaz-home"]) as db:
        return [one for _, one in audit.trail(db, Asked(**asked), 50)]


# -- the second factor ------------------------------------------------------------------------


def test_with_a_second_factor_the_password_alone_opens_nothing(app, client):
    totp, _codes = enrol(client)
    other = app.test_client()
    answer = sign_in(other, next="/calls")
    assert answer.location == "/login/code?next=/calls"
    for path in ("/", "/calls", "/account", "/account/factor"):
        assert other.get(path).status_code == 302
    assert give_code(other, "000000").status_code == 401
    answer = give_code(other, next_code(totp), next="/calls")
    assert answer.location == "/calls"
    assert is_in(other)


def test_a_code_that_was_used_is_refused_and_the_clock_is_told(app, client):
    totp, _codes = enrol(client)
    code = next_code(totp)
    first, second = app.test_client(), app.test_client()
    sign_in(first)
    assert give_code(first, code).status_code == 302
    sign_in(second)
    answer = give_code(second, code)
    assert answer.status_code == 401
    assert re.search(r"clock says \d\d:\d\d:\d\d", answer.text)
    assert not is_in(second)


def test_a_recovery_code_lets_in_once_and_is_written_down(app, client):
    _totp, codes = enrol(client)
    for expected in (302, 401):
        other = app.test_client()
        sign_in(other)
        assert give_code(other, codes[0]).status_code == expected
    assert len(trail(app, deed=Change.RECOVERY_USED)) == 1


def test_codes_cannot_be_guessed(app, client):
    enrol(client)
    other = app.test_client()
    sign_in(other)
    for _ in range(FREE_PER_ACCOUNT + 1):
        assert give_code(other, "123123").status_code == 401
    answer = give_code(other, "123123")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_the_page_for_the_code_is_for_those_whose_password_was_right(app, client):
    enrol(client)
    stranger = app.test_client()
    assert stranger.get("/login/code").location == "/login"
    assert client.get("/login/code").location == "/login"


def test_half_a_session_ends_soon(app, client):
    enrol(client)
    other = app.test_client()
    sign_in(other)
    kept = app.extensions["markaz-sessions"]
    kept._clock = lambda: time.time() + HALF_S + 1
    assert other.get("/login/code").location == "/login"


def test_to_set_one_up_takes_the_password_and_its_first_code(app, client):
    page = client.get("/account/factor").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    code = pyotp.TOTP(secret).now()
    assert post(client, "/account/factor", code=code, current="wrong").status_code == 409
    assert post(client, "/account/factor", code="000000", current=PASSWORD).status_code == 409
    picture = client.get("/account/factor.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    with store(app.extensions["markaz-home"]) as db:
        assert factors.find(db, USER) is None


def test_the_secret_is_in_no_cookie_and_no_log(app, client, caplog):
    caplog.set_level("DEBUG")
    totp, codes = enrol(client)
    cookies = "".join(cookie.value for cookie in client._cookies.values())
    for word in (totp.secret, codes[0]):
        assert word not in caplog.text
        assert word not in cookies
        assert word not in str(trail(app))


def test_a_role_that_must_have_one_comes_no_further_without(app, client):
    with store(app.extensions["markaz-home"]) as db:
        factors.want_of(db, frozenset({Role.OWNER}))
    assert client.get("/").location == "/account/factor"
    assert "must have a second factor" in client.get("/account/factor").text
    enrol(client)
    assert client.get("/").status_code == 200
    answer = post(client, "/account/factor/remove", current=PASSWORD)
    assert answer.status_code == 409
    assert client.get("/").status_code == 200


def test_new_recovery_codes_end_the_old_ones(app, client):
    _totp, codes = enrol(client)
    assert post(client, "/account/codes", current="wrong").status_code == 409
    answer = post(client, "/account/codes", current=PASSWORD)
    renewed = re.findall(r'class="secret">([a-z2-7-]+)<', answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(renewed) == factors.RECOVERY_CODES
    assert not set(codes) & set(renewed)


# -- the password -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "present password is not right"),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "s"}, "differ"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "too short"),
        ({"current": PASSWORD, "new": "password123", "again": "password123"}, "too easy"),
        ({"current": PASSWORD, "new": "x" * 500, "again": "x" * 500}, "more than"),
        ({}, "present password is not right"),
    ],
)
def test_a_password_that_does_not_do_changes_nothing(app, client, fields, said):
    answer = post(client, "/account/password", **fields)
    assert answer.status_code == 409
    assert said in answer.text
    assert sign_in(app.test_client()).status_code == 302


def test_a_new_password_ends_the_other_sessions_and_renews_this_one(app, client):
    other = app.test_client()
    sign_in(other)
    with client.session_transaction() as session:
        before = session["token"]
    answer = post(client, "/account/password", current=PASSWORD, new=NEW, again=NEW)
    assert answer.location == "/account?done=password"
    assert is_in(client)
    assert not is_in(other)
    with client.session_transaction() as session:
        assert session["token"] != before
    assert app.extensions["markaz-sessions"].find(before) is None
    assert sign_in(app.test_client()).status_code == 401
    assert sign_in(app.test_client(), password=NEW).status_code == 302


def test_an_open_browser_cannot_be_used_to_guess_the_password(client):
    for _ in range(FREE_PER_ACCOUNT + 1):
        post(client, "/account/password", current="wrong", new=NEW, again=NEW)
    answer = post(client, "/account/password", current=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 409
    assert "Too many attempts" in answer.text


# -- sessions ---------------------------------------------------------------------------------


def browser(app, header, address="127.0.0.1"):
    client = app.test_client()
    client.environ_base.update(HTTP_USER_AGENT=header, REMOTE_ADDR=address)
    return client


def test_sessions_are_listed_and_ended(app):
    desk, laptop, phone = (browser(app, ua) for ua in (FIREFOX, CHROME, "curl/8"))
    for client in (desk, laptop, phone):
        sign_in(client)
    page = desk.get("/account").text
    assert "Firefox · Linux" in page
    assert "Chrome · Windows" in page
    idents = re.findall(r'name="ident" value="([0-9a-f]+)"', page)
    assert len(idents) == 2
    post(desk, "/account/sessions/end", ident=idents[0])
    assert [is_in(one) for one in (laptop, phone)].count(True) == 1
    post(desk, "/account/sessions/end")
    assert [is_in(one) for one in (desk, laptop, phone)] == [True, False, False]


def test_nobody_ends_another_person_s_session(app, client):
    with store(app.extensions["markaz-home"]) as db:
        users.create(db, "ali", PASSWORD, Role.AGENT)
    other = app.test_client()
    sign_in(other, "ali")
    (theirs,) = app.extensions["markaz-sessions"].of_user("ali")
    post(client, "/account/sessions/end", ident=theirs.ident)
    assert is_in(other)


def steal(app, client):
    return client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value


def test_a_cookie_in_another_browser_ends_the_session_and_is_told(app):
    client = browser(app, FIREFOX)
    sign_in(client)
    thief = browser(app, CHROME, "10.0.0.66")
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], steal(app, client))
    assert thief.get("/").status_code == 302
    assert client.get("/").status_code == 302  # the owner of it must prove who they are again
    (found,) = trail(app, deed=Change.COOKIE_SUSPECT)
    assert (found.who, found.place) == (USER, "10.0.0.66")
    assert found.after == {"browser": "Chrome · Windows", "address": "10.0.0.66"}
    sign_in(client)
    assert "may have copied its cookie" in client.get("/calls").text.replace("\n", " ")
    assert "end the other sessions" in client.get("/account").text
    assert "may have copied" not in client.get("/calls").text


def test_an_updated_browser_and_a_new_address_are_no_thieves(app):
    client = browser(app, FIREFOX)
    sign_in(client)
    client.environ_base.update(HTTP_USER_AGENT=NEWER_FIREFOX, REMOTE_ADDR="10.0.0.9")
    page = client.get("/account").text
    assert "10.0.0.9" in page
    assert "at first 127.0.0.1" in page


def test_refused_attempts_are_told_at_the_next_sign_in(app, client):
    stranger = app.test_client()
    for _ in range(2):
        sign_in(stranger, password="wrong")
    again = app.test_client()
    sign_in(again)
    assert "2 attempts to sign in as you were refused" in again.get("/calls").text


def test_no_session_id_from_before_survives_coming_in(app):
    client = app.test_client()
    planted = app.extensions["markaz-sessions"].begin("nobody", "10.0.0.66", half=True)
    with client.session_transaction() as session:
        session["token"] = planted
    sign_in(client)
    with client.session_transaction() as session:
        assert session["token"] != planted
    assert app.extensions["markaz-sessions"].find(planted) is None


def test_who_was_disabled_or_given_another_role_is_out_at_once(app):
    home = app.extensions["markaz-home"]
    with store(home) as db:
        users.create(db, "ali", PASSWORD, Role.AGENT)
    client = app.test_client()
    for end in (
        lambda db: users.disable(db, "ali", 1.0),
        lambda db: users.place(db, "ali", Role.READER, extension="", queues=frozenset()),
        lambda db: users.set_password(db, "ali", PASSWORD),
        lambda db: users.end_sessions(db, "ali"),
        lambda db: users.remove(db, "ali"),
    ):
        with store(home) as db:
            users.enable(db, "ali")
        sign_in(client, "ali")
        assert is_in(client)
        with store(home) as db:
            end(db)
        assert not is_in(client)


def test_a_store_that_cannot_be_read_throws_nobody_out(app, client, monkeypatch, caplog):
    def broken(*_):
        raise sqlite3.OperationalError("disk I/O error")

    assert client.get("/").status_code == 200
    monkeypatch.setattr(users, "find", broken)
    assert client.get("/").status_code == 200
    assert "people stay as they were" in caplog.text


@pytest.mark.parametrize("path", ["/login", "/login/code"])
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "\tx"])
def test_no_redirect_leaves_the_box(app, client, path, target):
    totp, _ = enrol(client)
    other = app.test_client()
    answer = sign_in(other, next=target)
    if path == "/login":
        answer = other.get("/login/code")
        assert "evil" not in (answer.location or "")
    answer = give_code(other, next_code(totp), next=target)
    assert answer.location == "/"


def test_what_lasts_longer_than_a_request_ends_with_the_right_to_it(app, monkeypatch):
    home, kept = app.extensions["markaz-home"], app.extensions["markaz-sessions"]
    token = kept.begin(USER, "127.0.0.1")
    half = kept.begin(USER, "127.0.0.1", half=True)
    with app.test_request_context("/live/stream"):
        assert access.still_in(token)
        assert not access.still_in(half)
        with store(home) as db:
            users.end_sessions(db, USER)
        monkeypatch.setattr(access.time, "monotonic", lambda: 1e9)
        assert not access.still_in(token)
    with app.test_request_context("/live/stream"):
        fresh = kept.begin(USER, "127.0.0.1", generation=1)
        assert access.still_in(fresh)
        kept.end(fresh)
        assert not access.still_in(fresh)
