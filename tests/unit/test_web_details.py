"""The pages of one line, trunk, extension and daemon, and what can be ordered there."""

from __future__ import annotations

import time

import pytest

from firmware.link.rows import PersonRow, TrunkRow, UssdRow
from firmware.model.permissions import Role
from firmware.model.sms import SmsRecord, SmsState
from firmware.store import rows
from tests.browser import stage
from tests.rig.until import until
from tests.unit.web_fixtures import console, csrf_token, signed_in

NOW = 1795302540.0
SOON_S = 5.0
EVIL = "<script>alert(1)</script>"


class Lined(stage.Well):
    """What lined is asked, and what it answers."""

    def __init__(self):
        super().__init__("lined")
        self.asked = []
        self.refuses = None

    def _take(self, *words):
        if self.refuses:
            raise self.refuses
        self.asked.append(words)

    def send_sms(self, line, to, text):
        self._take("sms", line, to, text)
        return "1"

    def ussd(self, line, code):
        self._take("ussd", line, code)

    def cancel_ussd(self, line):
        self._take("cancel", line)


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def lined():
    return Lined()


@pytest.fixture
def daemons(app, lined):
    answers = {"lined": lined}
    with stage.Daemons(app.extensions["markaz-home"], answers) as daemons:
        mirror = app.extensions["markaz-board"]
        until(lambda: not mirror.peek().away, SOON_S, "no daemon is away")
        yield daemons


def shown(app, kind, name):
    mirror = app.extensions["markaz-board"]
    until(lambda: name in mirror.peek().rows.get(kind, {}), SOON_S, f"{name} is known")


def sim(app, daemons, **changes):
    fields = {"kind": "mobile", "signal_dbm": -85, "operator": "MCI"}
    daemons.post("line.found", stage.line("sim-1", **{**fields, **changes}))
    shown(app, "line", "sim-1")


def test_a_line_s_page_tells_its_state_its_fault_and_its_calls(app, daemons):
    stage.add_calls(
        app.extensions["markaz-home"],
        stage.call_record("c1", time.time() - 60, line="fxo-1", caller_name=EVIL),
        stage.call_record("c2", time.time() - 50, line="fxo-2", caller="0999"),
    )
    daemons.post("line.cut", stage.line(state="cut", fault=EVIL, note=EVIL))
    shown(app, "line", "fxo-1")
    page = signed_in(app).get("/live/lines/fxo-1").text
    for text in ("Disconnected", "no battery", 'href="/calls/c1"', "&lt;script&gt;"):
        assert text in page
    assert "0999" not in page
    assert EVIL not in page
    part = signed_in(app).get("/live/now/line/fxo-1").text
    assert "Disconnected" in part
    assert "<html" not in part


def test_a_modem_s_page_sends_texts_and_codes(app, daemons, lined):
    sim(app, daemons)
    home = app.extensions["markaz-home"]
    with stage.store(home) as db:
        rows.save(
            db,
            SmsRecord(
                id="1",
                line="sim-1",
                direction="inbound",
                number="Bank",
                text=EVIL,
                at=NOW,
                state=SmsState.RECEIVED,
            ),
        )
    daemons.post(
        "ussd.asked",
        UssdRow(id="sim-1", state="asked", code="*140#", text="1 or 2?", fault="", at=1),
    )
    shown(app, "ussd", "sim-1")
    client = signed_in(app)
    page = client.get("/live/lines/sim-1").text
    for text in ("MCI", "-85", "Bank", "1 or 2?", "The network asks"):
        assert text in page
    assert EVIL not in page
    form = {"csrf_token": csrf_token(client, "/live/lines/sim-1")}
    text = {**form, "number": "0912", "text": "سلام"}
    assert client.post("/live/lines/sim-1/texts", data=text).status_code == 302
    assert client.post("/live/lines/sim-1/ussd", data={**form, "code": "1"}).status_code == 302
    assert client.post("/live/lines/sim-1/ussd/cancel", data=form).status_code == 302
    assert lined.asked == [
        ("sms", "sim-1", "0912", "سلام"),
        ("ussd", "sim-1", "1"),
        ("cancel", "sim-1"),
    ]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"number": "", "text": "x"}, "between 1 and 1,000 letters"),
        ({"number": "1", "text": " "}, "between 1 and 1,000 letters"),
        ({"number": "1", "text": "x" * 1001}, "between 1 and 1,000 letters"),
        ({"number": "1" * 41, "text": "x"}, "between 1 and 1,000 letters"),
    ],
)
def test_a_text_that_is_none_is_said_to_be_wrong_and_not_sent(app, daemons, lined, sent, problem):
    sim(app, daemons)
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/live/lines/sim-1"), **sent}
    answer = client.post("/live/lines/sim-1/texts", data=form)
    assert answer.status_code == 409
    assert problem in answer.text
    assert lined.asked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no"), "takes no such number"),
        (RuntimeError("no"), "cannot do this now"),
        (KeyError("no"), "no such line any more"),
    ],
)
def test_what_lined_refuses_is_said(app, daemons, lined, error, said):
    sim(app, daemons)
    lined.refuses = error
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/live/lines/sim-1"), "number": "1", "text": "x"}
    answer = client.post("/live/lines/sim-1/texts", data=form)
    assert answer.status_code == 409
    assert said in answer.text


def test_an_away_service_is_said_and_nothing_is_sent(app, daemons):
    sim(app, daemons)
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/live/lines/sim-1"), "number": "1", "text": "x"}
    daemons.stop("lined")
    mirror = app.extensions["markaz-board"]
    until(lambda: mirror.peek().away == {"lined"}, SOON_S, "lined is away")
    assert "service that knows does not answer" in client.get("/live/lines/sim-1").text
    answer = client.post("/live/lines/sim-1/texts", data=form)
    assert answer.status_code == 503
    assert "The line service does not answer. Nothing was sent." in answer.text
    assert 'value="1"' in answer.text


def test_texts_are_not_for_everybody_who_sees_lines(app, daemons):
    sim(app, daemons)
    technician = signed_in(app, "tech", Role.TECHNICIAN)
    page = technician.get("/live/lines/sim-1").text
    assert "MCI" in page
    assert "USSD" not in page
    agent = signed_in(app, "agent", Role.AGENT, extension="101")
    for path in ("lines/sim-1", "now/line/sim-1", "trunks/x", "daemons/lined", "extensions/102"):
        assert agent.get(f"/live/{path}").status_code == 403, path


def test_a_trunk_s_and_an_extension_s_page(app, daemons):
    row = TrunkRow(
        id="pars",
        title="پارس",
        state="refused",
        reason="403 Forbidden",
        address="udp:127.0.0.9:5060",
        rtt_ms=12.4,
        since=NOW,
    )
    daemons.post("trunk.changed", row)
    daemons.post("extension.found", stage.extension("101"))
    person = PersonRow(
        id="101",
        name="",
        dnd=True,
        call_waiting=True,
        forwards={"busy": "voicemail:101", "new_in_2031": EVIL},
        no_answer_s=20,
        follow_me=False,
        follow_steps=(),
        speed_dials={},
        at="",
        guest="",
        wake_ups=(),
    )
    daemons.post("person.changed", person)
    for kind, name in (("trunk", "pars"), ("extension", "101"), ("person", "101")):
        shown(app, kind, name)
    client = signed_in(app)
    page = client.get("/live/trunks/pars").text
    for text in ("403 Forbidden", "refuses our user name", "12 ms", "127.0.0.9"):
        assert text in page
    page = client.get("/live/extensions/101").text
    for text in ("Yealink", "When busy, calls go to", "voicemail:101"):
        assert text in page
    assert EVIL not in page
    stage.add_calls(
        app.extensions["markaz-home"],
        stage.call_record("c1", time.time() - 60, caller="101"),
        stage.call_record("c2", time.time() - 60, caller="102"),
    )
    own = signed_in(app, "agent", Role.AGENT, extension="101").get("/live/extensions/101")
    assert own.status_code == 200
    assert 'href="/calls/c1"' in own.text
    assert 'href="/calls/c2"' not in own.text


@pytest.mark.parametrize(
    "path",
    ["lines/no", "trunks/no", "extensions/999", "daemons/kamailio", "now/line/no", "now/x/y"],
)
def test_what_there_is_not_is_not_found(app, daemons, path):
    assert signed_in(app).get(f"/live/{path}").status_code == 404


def test_a_daemon_s_page_says_how_it_is(app, daemons):
    client = signed_in(app)
    assert client.get("/live/daemons/recorder").status_code == 200
    daemons.stop("recorder")
    mirror = app.extensions["markaz-board"]
    until(lambda: mirror.peek().away == {"recorder"}, SOON_S, "the recorder is away")
    assert "The recorder does not answer." in client.get("/live/daemons/recorder").text
