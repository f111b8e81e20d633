"""Alarms: what raises them, what they say, where they lead, and who is asked how often."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from firmware.link.board import HealthRow, PowerRow
from firmware.link.internet import InternetRow
from firmware.link.rows import AlarmRow, EmergencyRow, TrunkRow
from firmware.model.internet import InternetCause, InternetState
from firmware.model.line import LineState
from firmware.model.permissions import Bearer, Role
from firmware.model.power.state import PowerState
from firmware.model.trunk import USABLE, TrunkState
from tests.browser import stage
from tests.rig.until import until
from tests.unit.test_web_live import NOW, SOON_S, picture
from tests.unit.web_fixtures import console, signed_in
from web.live import advice, board, wording
from web.live.alarms import Alarm, Severity, alarms_of
from web.live.box import Backups, Box, Disk, Health
from web.live.items import Item, items_of
from web.live.sight import sees

EVIL = "<script>alert(1)</script>"


def trunk(ident="pars", state=TrunkState.REGISTERED, **changes):
    fields = {"title": "پارس", "reason": "", "address": "", "rtt_ms": None, "since": NOW}
    return TrunkRow(id=ident, state=str(state), **{**fields, **changes})


def kinds(shown):
    return [(alarm.kind, alarm.subject) for alarm in alarms_of(shown)]


def boxed(**fields):
    return replace(picture(), box=Box(**fields))


def test_a_box_that_is_well_has_no_alarm():
    rows = [stage.line(), stage.line("sim-1", kind="mobile", signal_dbm=-85), trunk()]
    well = Box(
        disk=Disk(total_bytes=100, free_bytes=50),
        backups=Backups(is_wanted=True, made_at=NOW),
        daemons={"switchd": Health(version="1", config_version=1, warnings=())},
    )
    assert kinds(replace(picture(*rows), box=well)) == []


@pytest.mark.parametrize(
    ("kind", "state", "signal", "alarm"),
    [
        ("trunk", LineState.CUT, None, "line_cut"),
        ("mobile", LineState.CUT, None, "sim_without_network"),
        ("trunk", LineState.FAULT, None, "port_silent"),
        ("station", LineState.FAULT, None, "port_silent"),
        ("mobile", LineState.FAULT, None, "modem_gone"),
        ("trunk", LineState.UNHEARD, None, "line_unheard"),
        ("mobile", LineState.IDLE, -110, "sim_weak"),
    ],
)
def test_each_trouble_of_a_line_is_one_alarm(kind, state, signal, alarm):
    row = stage.line("x-1", kind=kind, state=str(state), signal_dbm=signal, fault="why")
    assert kinds(picture(row)) == [(alarm, "x-1")]


def test_states_of_a_newer_daemon_are_no_alarm():
    assert kinds(picture(stage.line(state="levitating"), trunk(state="teleporting"))) == []


def power(state="mains", **changes):
    fields = {
        "since": NOW,
        "mains": True,
        "charge_percent": 80.4,
        "minutes_left": 12.9,
        "voltage_v": None,
        "measures": (),
        "fault": "",
        "simulated": True,
    }
    return PowerRow(id="power", state=state, **{**fields, **changes})


def test_the_power_and_the_internet_are_shown_when_somebody_knows_them():
    unknown = items_of(picture(power(mains=None)))
    assert "state-power" not in unknown
    rows = [power(), InternetRow(id="internet", state="up", cause="", detail="", since=NOW)]
    items = items_of(picture(*rows))
    assert items["state-power"].view.charge_percent == 80.4
    assert items["state-internet"].view.state == "up"
    assert kinds(picture(*rows)) == []


@pytest.mark.parametrize("state", list(PowerState))
def test_every_state_without_mains_is_an_alarm(state):
    found = kinds(picture(power(str(state))))
    assert bool(found) == (state not in {PowerState.MAINS, PowerState.RESTORED})
    assert ("power", str(state)) in wording.BOX_STATES


@pytest.mark.parametrize("cause", list(InternetCause))
def test_every_cause_of_no_internet_has_its_advice(cause):
    row = InternetRow(id="internet", state="down", cause=str(cause), detail="x", since=NOW)
    [alarm] = alarms_of(picture(row))
    assert alarm.kind in advice.ADVICE
    assert {("internet", str(state)) for state in InternetState} <= set(wording.BOX_STATES)


def test_hardware_that_is_not_well_is_told():
    rows = [
        HealthRow(id=state, state=state, value=None, unit="", text="hot")
        for state in ("good", "warning", "bad")
    ]
    assert kinds(picture(*rows, power(fault="silent"))) == [
        ("health", "bad"),
        ("health", "warning"),
        ("power_fault", "power"),
    ]


def test_every_trunk_that_cannot_be_used_is_an_alarm_but_one_that_starts():
    for state in TrunkState:
        found = kinds(picture(trunk(state=state)))
        assert bool(found) == (state not in USABLE and state is not TrunkState.STARTING), state


def test_what_hinders_the_recorder_is_shown_with_its_words():
    rows = [hindrance("recorder", name) for name in ("room", "keeping", "new")]
    found = {alarm.kind: alarm for alarm in alarms_of(picture(*rows))}
    assert set(found) == {"recordings_room", "recordings_in_memory", "daemon_warns"}
    assert found["recordings_room"].words == "disk full"


def hindrance(daemon, name):
    return AlarmRow(id=name, daemon=daemon, text="disk full", since=NOW)


def test_what_hinders_another_daemon_is_not_called_the_recorders():
    alarms = alarms_of(picture(hindrance("outbox", "room"), hindrance("update", "update")))
    assert {(a.kind, a.facts["daemon"]) for a in alarms} == {
        ("daemon_warns", "outbox"),
        ("update_failed", "update"),
    }


def test_the_worst_comes_first():
    emergency = EmergencyRow(
        id="7", caller="101", caller_name="", number="115", service="", way="", at=NOW
    )
    shown = replace(
        picture(emergency, stage.line(state="unheard")),
        box=Box(backups=Backups(is_wanted=True, made_at=None)),
    )
    assert [kind for kind, _ in kinds(shown)] == ["emergency", "line_unheard", "backup_never"]


def test_disk_and_backups():
    assert kinds(boxed(disk=Disk(total_bytes=1000, free_bytes=99))) == [("disk_low", "disk")]
    [full] = alarms_of(boxed(disk=Disk(total_bytes=1000, free_bytes=10)))
    assert full.severity is Severity.CRITICAL
    assert kinds(boxed(backups=Backups(is_wanted=False, made_at=None))) == []


def test_daemons_warnings_that_rows_do_not_tell_are_shown():
    def warning(*texts):
        return Health(version="1", config_version=1, warnings=texts)

    daemons = {
        "edge": warning("no telephone can register"),
        "lined": warning("line fxo-1: cut", "tones of XX: assumed"),
        "provision": warning("no firmware file"),
        "outbox": warning("no server for mail"),
        "recorder": warning("room"),
    }
    shown = boxed(daemons=daemons)
    assert kinds(shown) == [
        ("edge_warns", "edge-0"),
        ("daemon_warns", "lined-0"),
        ("daemon_warns", "provision-0"),
    ]
    assert kinds(replace(shown, away=frozenset(daemons))) == []


def test_every_alarm_has_words_advice_and_a_way_in_every_language(tmp_path):
    facts = {
        "daemon": "outbox",
        **dict.fromkeys(("line", "trunk", "caller", "name", "number", "signal", "free"), EVIL),
    }
    for language in ("en", "fa", "ar"):
        with console(tmp_path / language, language=language) as app, app.test_request_context():
            for kind in advice.ADVICE:
                alarm = Alarm(kind=kind, subject="x", severity=Severity.WARNING, facts=facts)
                assert "<script" not in advice.sentence_of(alarm)
                assert "%(" not in advice.sentence_of(alarm)
                assert str(advice.advice_of(alarm))
                assert advice.cause_of(alarm).startswith("/")


# -- no dial tone: an event that the next one would forget ----------------------------------


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def daemons(app):
    with stage.Daemons(app.extensions["markaz-home"]) as daemons:
        mirror = app.extensions["markaz-board"]
        until(lambda: not mirror.peek().away, SOON_S, "no daemon is away")
        yield daemons


def test_a_line_without_dial_tone_is_told_until_it_has_one(app, daemons):
    mirror = app.extensions["markaz-board"]
    daemons.post("line.failed", stage.line(state="ended", note="no dial tone"))
    daemons.post("line.rested", stage.line())
    until(lambda: "fxo-1" in mirror.peek().toneless, SOON_S, "no dial tone is known")
    client = signed_in(app)
    page = until(
        lambda: page if "no dial tone" in (page := client.get("/").text) else None,
        SOON_S,
        "the page tells",
    )
    assert "Is it plugged into the right socket?" in page
    assert 'href="/live/lines/fxo-1"' in page
    daemons.post("line.ready", stage.line(state="dialling"))
    until(lambda: not mirror.peek().toneless, SOON_S, "it has dial tone")


def test_a_fault_s_words_and_a_stranger_s_name_are_text(app, daemons):
    daemons.post("line.cut", stage.line("<s>", state="cut", fault=EVIL))
    daemons.post("trunk.changed", trunk("<i>", TrunkState.REFUSED, title=EVIL, reason=EVIL))
    daemons.post(
        "emergency.began",
        EmergencyRow(
            id="<u>", caller=EVIL, caller_name=EVIL, number=EVIL, service="", way="", at=NOW
        ),
    )
    client = signed_in(app)
    page = until(
        lambda: page if "Emergency call" in (page := client.get("/").text) else None,
        SOON_S,
        "the alarms show",
    )
    for tag in ("<script>alert", "<s>", "<i>", "<u>"):
        assert tag not in page


def test_the_page_recovers_by_itself_when_the_exchange_is_back(app, daemons):
    daemons.post("trunk.changed", trunk(state=TrunkState.REFUSED))
    client, ticker = signed_in(app), app.extensions["markaz-ticker"]
    lists = lambda: {item.list for item in ticker.snapshot().puts}  # noqa: E731
    until(lambda: "alarms" in lists(), SOON_S, "the trunk's alarm")
    daemons.stop("switchd")
    until(lambda: "aways" in lists() and "alarms" not in lists(), SOON_S, "switchd is away")
    assert "The exchange does not answer." in client.get("/").text
    daemons.start("switchd")
    until(lambda: "aways" not in lists(), SOON_S, "switchd is back")


def test_however_many_pages_are_open_each_daemon_is_followed_once(tmp_path, monkeypatch):
    opened = []

    class Counted(board.Link):
        def __init__(self, path, *arguments, **keywords):
            super().__init__(path, *arguments, **keywords)
            opened.append(path.stem)

    monkeypatch.setattr(board, "Link", Counted)
    with console(tmp_path) as app, stage.Daemons(app.extensions["markaz-home"]) as daemons:
        mirror = app.extensions["markaz-board"]
        until(lambda: not mirror.peek().away, SOON_S, "no daemon is away")
        before = sorted(opened)
        clients = [signed_in(app) for _ in range(200)]
        for number, client in enumerate(clients):
            daemons.post("line.rang", stage.line(number=str(number)))
            assert client.get("/live/changes?after=").status_code == 200
        assert sorted(opened) == before == sorted(set(opened))


# -- who sees what ----------------------------------------------------------------------------


def test_a_supervisor_sees_their_queues_and_an_agent_their_own():
    rows = [
        stage.line(),
        stage.extension("101"),
        stage.extension("102"),
        stage.queue("support"),
        stage.queue("sales"),
        stage.call("1", NOW, place="queue:support"),
        stage.call("2", NOW, place="extension:101"),
        stage.call("3", NOW, place="extension:102"),
    ]
    items = items_of(picture(*rows, away={"edge"}))

    def seen(**bearer):
        return {key for key, item in items.items() if sees(Bearer(**bearer), item)}

    assert seen(role=Role.OWNER) == set(items)
    supervisor = seen(role=Role.SUPERVISOR, queues=frozenset({"support"}), extension="101")
    assert supervisor == {"away-edge", "queue-support", "call-1", "call-2", "extension-101"}
    agent = seen(role=Role.AGENT, queues=frozenset({"support"}), extension="102")
    assert agent == {"away-edge", "call-3", "extension-102"}
    assert seen(role=Role.AGENT) == {"away-edge"}


def test_what_an_agent_must_not_see_is_in_neither_page_nor_changes(app, daemons):
    daemons.post("line.found", stage.line("fxo-7"))
    daemons.post("call.began", stage.call("1", time.time(), caller="0912000"))
    daemons.post("extension.found", stage.extension("101", name="Mine"))
    ticker = app.extensions["markaz-ticker"]
    shown = {"line-fxo_2d_7", "call-1", "extension-101"}
    until(lambda: shown <= {item.id for item in ticker.snapshot().puts}, SOON_S, "all is shown")
    agent = signed_in(app, "agent", Role.AGENT, extension="101")
    for text in (agent.get("/").text, agent.get("/live/changes?after=").text):
        assert "Mine" in text
        assert "fxo-7" not in text
        assert "0912000" not in text


def test_every_list_of_the_page_is_known_to_the_rules_of_sight():
    item = Item(list="something new", id="x", order="", view=items_of(picture())["totals-all"].view)
    assert not sees(Bearer(role=Role.AGENT, extension="101"), item)
