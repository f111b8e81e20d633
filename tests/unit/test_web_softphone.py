"""The page of the telephone in the browser, its passes, and what one's own calls are."""

from __future__ import annotations

from dataclasses import fields

import pytest

from firmware.config import history
from firmware.config.schema import Network
from firmware.edge import passes
from firmware.link.rows import BrowserPass, CallRow, LegRow
from firmware.model.permissions import Role
from tests.browser import stage
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.live.board import Picture
from web.softphone import own
from web.softphone.views import _server
from web.system.headers import CONTENT_SECURITY_POLICY


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def sara(app):
    return signed_in(app, "sara", Role.AGENT, extension="101")


def leg(ident, party, state="answered", direction="outbound"):
    call = ident.partition(".")[0]
    return LegRow(id=ident, call=call, state=state, direction=direction, party=party, cause=0)


def call(ident, **fields):
    common = {"started_at": 0.0, "answered_at": 1.0, "recording": False, "disposition": ""}
    who = {"caller": "0912", "caller_name": "Ali", "called": "101", "place": "extension:101"}
    return CallRow(id=ident, **{**common, **who, **fields})


# -- the page ---------------------------------------------------------------------------------


def test_the_page_is_told_whose_telephone_it_is_and_where_to_register(app, sara):
    text = sara.get("/softphone").text
    network = history.load_current(app.extensions["markaz-home"])[1].network
    assert 'data-number="101"' in text
    assert 'data-server="wss://127.0.0.1:5061"' in text
    assert f'data-realm="{network.realm}"' in text
    assert "s3cret-of-101" not in text


def test_the_page_alone_may_open_a_socket_and_use_the_microphone(sara):
    page, other = sara.get("/softphone"), sara.get("/")
    assert "connect-src 'self' wss://127.0.0.1:5061" in page.headers["Content-Security-Policy"]
    assert other.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in other.headers["Permissions-Policy"]


def test_by_a_name_of_the_box_the_browser_registers_under_that_name(sara):
    """There it has agreed to the box's certificate."""
    with sara.application.test_request_context(base_url="http://markaz.local:8080"):
        assert _server(Network()) == "wss://markaz.local:5061"
    with sara.application.test_request_context(base_url="http://127.0.0.1:8080"):
        assert _server(Network(sip_address="10.0.0.1")) == "wss://10.0.0.1:5061"


def test_without_an_extension_the_page_says_so(app):
    answer = signed_in(app).get("/softphone")
    assert answer.status_code == 404
    assert "no extension" in answer.text


@pytest.mark.parametrize(
    ("role", "extension", "there"),
    [
        (Role.AGENT, "101", True),
        (Role.SUPERVISOR, "102", True),
        (Role.OWNER, "101", True),
        (Role.OWNER, "", False),
        (Role.READER, "101", False),
    ],
)
def test_the_strip_is_on_the_pages_of_people_with_a_telephone(app, role, extension, there):
    text = signed_in(app, "one", role, extension=extension).get("/").text
    assert ('id="dock"' in text) is there


# -- passes -----------------------------------------------------------------------------------


def ask(client, token):
    return client.post("/softphone/pass", headers={"X-CSRFToken": token})


def test_a_pass_is_for_ones_own_extension(app, sara, monkeypatch):
    asked = []

    def edge(_link, _method, number):
        asked.append(number)
        return passes.issue("secret", number, now=0)

    monkeypatch.setattr("web.softphone.views.Link.__enter__", lambda link: link)
    monkeypatch.setattr("web.softphone.views.Link.__init__", lambda *_a, **_k: None)
    monkeypatch.setattr("web.softphone.views.Link.__exit__", lambda *_a: None)
    monkeypatch.setattr("web.softphone.views.Link.call", edge)
    answer = ask(sara, csrf_token(sara, "/softphone"))
    assert asked == ["101"]
    assert answer.json["user"] == f"{passes.LIFE_S}:101"
    assert set(answer.json) == {one.name for one in fields(BrowserPass)}
    assert answer.headers["Cache-Control"] == "no-store"


def test_while_the_edge_is_away_the_page_is_told_to_try_again(sara):
    answer = ask(sara, csrf_token(sara, "/softphone"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_another_site_gets_no_pass(sara):
    assert ask(sara, "").status_code == 400


def test_who_may_not_telephone_gets_no_pass(app):
    client = signed_in(app, "reader", Role.READER, extension="101")
    assert ask(client, csrf_token(client, "/")).status_code == 403


# -- one's own calls --------------------------------------------------------------------------


def test_ones_own_talks_are_named_by_who_is_at_the_other_end():
    rows = {
        "leg": {
            one.id: one
            for one in (
                leg("c1.2", "101"),
                leg("c2.1", "101", direction="inbound", state="held"),
                leg("c3.2", "101", state="ringing"),
                leg("c4.2", "102"),
            )
        },
        "call": {one.id: one for one in (call("c1"), call("c2", called="0213"), call("c4"))},
    }
    found = own.calls(Picture(rows=rows, away=frozenset()), "101")
    assert found == [
        own.OwnCall(leg="c1.2", number="0912", name="Ali"),
        own.OwnCall(leg="c2.1", number="0213", name=""),
    ]


def test_calls_of_others_are_not_told(app, sara):
    assert sara.get("/softphone/calls").json == {"calls": []}
    assert signed_in(app).get("/softphone/calls").status_code == 404
    assert stage.USER
