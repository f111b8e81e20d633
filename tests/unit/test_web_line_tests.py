"""A line's page: its levels while somebody looks, the loop-back test, the way to learning."""

from __future__ import annotations

import pytest

from firmware.link.lines import LineLevels, LoopBackRow
from firmware.model.loopback import LoopBackFault, LoopBackState
from tests.browser import stage
from tests.rig.until import until
from tests.unit.web_fixtures import console, csrf_token, signed_in

SOON_S = 5.0
PAGE, LEVELS, TEST = (
    "/live/lines/fxo-1",
    "/live/lines/fxo-1/levels",
    "/live/lines/fxo-1/loop-back",
)


class Lined(stage.Well):
    """What lined is asked, and what it answers."""

    def __init__(self):
        super().__init__("lined")
        self.tested = []
        self.refuses = None
        self.heard, self.said = -13.4, None

    def levels(self, line):
        if line != "fxo-1":
            raise KeyError(f"no line is called {line!r}")
        return LineLevels(line=line, heard_dbm0=self.heard, said_dbm0=self.said)

    def loop_back(self, line):
        if self.refuses:
            raise self.refuses
        self.tested.append(line)


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def lined():
    return Lined()


@pytest.fixture
def daemons(app, lined):
    with stage.Daemons(app.extensions["markaz-home"], {"lined": lined}) as daemons:
        mirror = app.extensions["markaz-board"]
        until(lambda: not mirror.peek().away, SOON_S, "no daemon is away")
        daemons.post("line.found", stage.line())
        until(lambda: "fxo-1" in mirror.peek().rows.get("line", {}), SOON_S, "the line is known")
        yield daemons


def shown(client, text):
    until(lambda: text in client.get("/live/now/line/fxo-1").text, SOON_S, text)
    return client.get("/live/now/line/fxo-1").text


def post(client):
    return client.post(TEST, data={"csrf_token": csrf_token(client, PAGE)})


def test_levels_are_shown_while_the_page_is_open(app, daemons, lined):
    client = signed_in(app)
    page = client.get(PAGE).text
    assert f'data-part="{LEVELS}" data-pace="300"' in page
    part = client.get(LEVELS).text
    assert "-13 dBm0" in part
    assert part.count("<meter") == 1
    assert part.count("No audio flows") == 1
    assert "<html" not in part
    lined.heard = -96.0
    assert 'value="-60"' in client.get(LEVELS).text
    assert client.get("/live/lines/nobody/levels").status_code == 404
    daemons.stop("lined")
    assert "This page goes on by itself" in client.get(LEVELS).text
    daemons.start("lined")
    until(lambda: "<meter" in client.get(LEVELS).text, SOON_S, "the levels are there again")


def test_a_line_is_tested_and_its_page_says_what_came_of_it(app, daemons, lined):
    client = signed_in(app)
    assert post(client).location == PAGE
    assert lined.tested == ["fxo-1"]
    row = LoopBackRow(
        id="fxo-1", state="running", fault="", tone_dbm0=None, return_loss_db=None, at=1.0
    )
    daemons.post("loopback.began", row)
    shown(client, "Is being tested")
    daemons.post(
        "loopback.ended",
        LoopBackRow(
            id="fxo-1", state="passed", fault="", tone_dbm0=-13.2, return_loss_db=18.4, at=1e9
        ),
    )
    part = shown(client, "Both ways work")
    assert "-13 dBm0" in part
    assert "18 dB" in part


@pytest.mark.parametrize("fault", list(LoopBackFault))
def test_every_fault_has_advice(app, daemons, fault):
    daemons.post(
        "loopback.ended",
        LoopBackRow(
            id="fxo-1",
            state=LoopBackState.FAILED,
            fault=fault,
            tone_dbm0=None,
            return_loss_db=None,
            at=1e9,
        ),
    )
    part = shown(signed_in(app), "Failed")
    assert part.count("<p>") == 1


def test_a_line_that_cannot_be_tested_says_why(app, daemons, lined):
    client = signed_in(app)
    lined.refuses = RuntimeError("line fxo-1 is in_use")
    refused = post(client)
    assert refused.status_code == 409
    assert "it is in use or being learned" in refused.text
    daemons.stop("lined")
    away = client.post(TEST, data={"csrf_token": csrf_token(client, "/prompts/en/goodbye")})
    assert away.status_code == 503
    assert "Nothing was tested." in away.text


def test_who_may_test_and_who_may_look(app, daemons, lined):
    technician = signed_in(app, "tech", "technician")
    page = technician.get(PAGE).text
    assert "Test both ways" in page
    assert 'href="/setup/lines"' in page
    reader = signed_in(app, "reader", "reader")
    assert "Test both ways" not in reader.get(PAGE).text
    assert reader.get(LEVELS).status_code == 200
    sent = {"csrf_token": csrf_token(reader, "/prompts/en/goodbye")}
    assert reader.post(TEST, data=sent).status_code == 403
    assert lined.tested == []


def test_a_station_line_has_levels_and_no_test(app, daemons):
    daemons.post("line.found", stage.line("fxs-1", kind="station"))
    mirror = app.extensions["markaz-board"]
    until(lambda: "fxs-1" in mirror.peek().rows["line"], SOON_S, "the line is known")
    page = signed_in(app).get("/live/lines/fxs-1").text
    assert 'data-part="/live/lines/fxs-1/levels"' in page
    assert "Test both ways" not in page
