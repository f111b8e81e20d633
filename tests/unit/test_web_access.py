"""Who gets in: every page closed but the login, passwords, sessions, forms, headers."""

from __future__ import annotations

import stat
import threading

import pytest

from tests.browser.stage import PASSWORD, USER, add_user
from tests.unit.web_fixtures import console, csrf_token, paths, sign_in, signed_in
from web.system import secret
from web.system.access import BACKGROUND_ENDPOINTS, local_path
from web.system.lockout import FREE_PER_ACCOUNT
from web.system.permission import Permission, needed
from web.system.sessions import IDLE_S, LONGEST_S, Sessions


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        add_user(app.extensions["markaz-home"])
        yield app


def test_every_page_is_closed_to_strangers(app):
    client = app.test_client()
    closed = 0
    for endpoint, method, path in paths(app):
        if needed(app, endpoint) is Permission.OPEN:
            continue
        answer = client.open(path, method=method)
        closed += 1
        if method != "GET":
            assert answer.status_code in (400, 401), path  # the CSRF guard may be first
        elif endpoint in BACKGROUND_ENDPOINTS:
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 302, path
            assert answer.location.startswith("/login"), path
    assert closed >= 5


def test_what_pages_ask_for_by_themselves_there_is(app):
    """A wrong name here, and a page that is left open keeps its session for ever."""
    assert set(app.view_functions) >= BACKGROUND_ENDPOINTS
    streams = {name for name in app.view_functions if name.endswith(("stream", "events", "_now"))}
    open_to_all = {"api.events", "wall.shown_now", "wall.shown_stream"}
    assert streams - open_to_all <= BACKGROUND_ENDPOINTS


def test_a_page_that_does_not_exist_tells_strangers_nothing(app):
    assert app.test_client().get("/no-such-page").location.startswith("/login")
    assert signed_in(app).get("/no-such-page").status_code == 404


def test_the_right_password_leads_to_the_page_asked_for_first(app):
    client = app.test_client()
    answer = client.get("/calls?before=1~a")
    assert answer.location == "/login?next=/calls?before%3D1~a"
    assert sign_in(client, next="/calls?before=1~a").location == "/calls?before=1~a"
    assert client.get("/calls").status_code == 200


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (USER, "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        (USER, ""),
        (USER, "x" * 300),
        ("\ud800'; --", PASSWORD),
        (USER.upper(), PASSWORD),
        (USER, PASSWORD + " "),
    ],
)
def test_whatever_was_wrong_the_answer_is_the_same(app, user, password):
    user = user.encode("utf-8", "surrogatepass")
    client = app.test_client()
    answer = sign_in(client, user, password)
    assert answer.status_code == 401
    assert "The user name or the password is not right." in answer.text
    assert client.get("/").status_code == 302


def test_guessing_is_held_back_for_accounts_that_exist_and_that_do_not(app):
    texts = []
    for user in (USER, "nobody"):
        client = app.test_client()
        for _ in range(FREE_PER_ACCOUNT + 1):
            assert sign_in(client, user, "wrong").status_code == 401
        answer = sign_in(client, user, PASSWORD)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1
        texts.append(answer.text.count("Too many attempts"))
    assert texts == [1, 1]


def test_forms_without_their_token_do_nothing(app):
    client = app.test_client()
    answer = client.post("/login", data={"user": USER, "password": PASSWORD})
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    assert client.get("/").status_code == 302
    client = signed_in(app)
    assert client.post("/logout").status_code == 400
    assert client.get("/").status_code == 200


def test_signing_out_ends_the_session_on_the_box(app):
    client = signed_in(app)
    stolen = client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value
    answer = client.post("/logout", data={"csrf_token": csrf_token(client, "/")})
    assert answer.location == "/login"
    thief = app.test_client()
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], stolen)
    assert thief.get("/").status_code == 302


def test_nothing_of_before_survives_the_sign_in(app):
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by a stranger"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_the_cookie_is_for_this_box_s_pages_alone(app):
    client = app.test_client()
    (cookie,) = sign_in(client).headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert cookie.startswith("markaz_8080=")  # ports share cookies: two boxes on one machine


def test_every_answer_carries_the_strict_headers(app):
    client = signed_in(app)
    for path in ("/", "/calls", "/login", "/nothing", "/health", "/static/live.js"):
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "//" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        kept = "immutable" in headers["Cache-Control"]
        assert kept == path.startswith("/static/")


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(app):
    client = signed_in(app)
    for path in ("/", "/calls", "/nothing"):
        text = client.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "http://" not in text
        assert "https://" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "evil",
        "",
        None,
    ],
)
def test_no_open_redirects(target):
    assert local_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/calls", "/calls?before=1.5~a"])
def test_paths_of_the_box_are_kept(target):
    assert local_path(target) == target


def test_a_huge_request_is_refused(app):
    answer = app.test_client().post("/login", data={"user": "x" * 200_000})
    assert answer.status_code == 413


def test_a_bug_costs_one_page_and_says_so(app, monkeypatch, caplog):
    client = signed_in(app)
    monkeypatch.setitem(app.extensions, "markaz-ticker", None)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "The exchange goes on" in answer.text
    assert "Traceback" not in answer.text
    assert "AttributeError" in caplog.text


def test_passwords_are_never_logged(app, caplog):
    caplog.set_level("DEBUG")
    client = app.test_client()
    sign_in(client, USER, "a secret nobody may read")
    sign_in(client)
    assert "a secret nobody" not in caplog.text
    assert PASSWORD not in caplog.text


# -- sessions -----------------------------------------------------------------------------


class Clock:
    now_s = 1_000_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(tmp_path, clock):
    kept = Sessions(tmp_path / "console.sqlite", clock)
    yield kept
    kept.close()


def test_a_session_ends_when_nobody_uses_it(sessions, clock):
    token = sessions.begin("owner", "10.0.0.2")
    clock.now_s += IDLE_S - 1
    assert sessions.find(token).user == "owner"
    clock.now_s += IDLE_S - 1
    assert sessions.find(token) is not None
    clock.now_s += IDLE_S + 1
    assert sessions.find(token) is None


def test_a_page_that_only_listens_does_not_prolong_it(sessions, clock):
    token = sessions.begin("owner", "10.0.0.2")
    for _ in range(3):
        clock.now_s += IDLE_S / 2
        found = sessions.find(token, active=False)
    assert found is None


def test_a_session_ends_after_a_day_however_busy(sessions, clock):
    token = sessions.begin("owner", "10.0.0.2")
    for _ in range(int(LONGEST_S // 3600)):
        assert sessions.find(token) is not None
        clock.now_s += 3600
    clock.now_s += 1
    assert sessions.find(token) is None


def test_sessions_outlive_the_console_and_hold_no_token(tmp_path, sessions):
    token = sessions.begin("owner", "10.0.0.2")
    path = tmp_path / "console.sqlite"
    again = Sessions(path, sessions._clock)
    assert again.find(token).user == "owner"
    again.close()
    for file in tmp_path.iterdir():
        assert token.encode() not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


# -- the key of the cookies -----------------------------------------------------------------


def test_the_key_is_made_once_and_readable_by_the_box_alone(tmp_path):
    key = secret.cookie_key(tmp_path)
    assert len(key) == secret.KEY_BYTES
    assert secret.cookie_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "cookie.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["cookie.key"]


def test_two_that_start_at_once_agree_on_the_key(tmp_path):
    start = threading.Barrier(8)
    keys = []

    def make():
        start.wait(5)
        keys.append(secret.cookie_key(tmp_path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_damaged_key_is_named_not_used(tmp_path):
    (tmp_path / "cookie.key").write_bytes(b"short")
    with pytest.raises(secret.BadKey, match="delete it"):
        secret.cookie_key(tmp_path)
