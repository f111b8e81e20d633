"""The call centre with real telephones: what callers hear and agents do, also over a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config import document, history
from firmware.config.schema import Site
from firmware.config.sections.queues import (
    Agent,
    Announcements,
    CallbackOffer,
    ExitKey,
    PauseReason,
    Queue,
)
from firmware.link.api import DaemonApi, SwitchApi
from firmware.link.rows import AgentRow, QueueRow
from firmware.model.acd import Strategy
from firmware.model.queue_event import QueueEvent
from firmware.store import queue_events
from firmware.store.db import open_store
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_hears_now, assert_no_calls
from tests.rig.sipp import Plan, Sipp, authentication
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_personal import dial_code, says

A, B, C, D = "101", "102", "103", "104"
HELP, PAIR, MOBILE, CHANGED = "611", "612", "613", "614"
AGENTS = (A, B)


def shape(site: Site) -> Site:
    """101 serves ``help``, 101 and 102 ``pair`` all at once; 501 is at the telephone of 102 and
    must press a key; nobody serves ``changed`` yet."""

    def queue(name: str, number: str, *members: str, **rule: object) -> Queue:
        parts = {"name": name, "number": number, "title": name, "wrap_up_s": 0.0}
        return Queue.model_validate({**parts, "members": members, **rule})

    return site.model_copy(
        update={
            "queue": (
                queue(
                    "help",
                    HELP,
                    A,
                    announce=Announcements(
                        first_s=0.5, every_s=6.0, gap_s=0.0, while_offered=True, wait_step_s=30.0
                    ),
                    exit=(ExitKey(digit="9", to=f"extension:{D}"),),
                    callback=CallbackOffer(digit="2", first_after_s=0.0, retry_s=(2.0,)),
                    greeting=None,
                    resume_s=60.0,
                ),
                queue("pair", PAIR, A, B, strategy="ring_all", greeting=None),
                queue("mobile", MOBILE, "501", whisper="agent_whisper", greeting=None),
                queue("changed", CHANGED, greeting=None),
            ),
            "agent": (Agent(number="501", name="Mobile", telephone=B, confirm=True),),
            "pause_reason": (PauseReason(name="lunch", digit="3", title="Lunch"),),
            "ivr": (),
            "line": (),
            "extension": tuple(e for e in site.extension if e.number in (A, B, C, D)),
        }
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", shape=shape) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    for agent in (*AGENTS, "501"):
        order(box, "resume", agent)
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


def order(box: Box, what: str, agent: str) -> None:
    with box.link("switchd") as link:
        if what == "pause":
            link.call(SwitchApi.pause_agent, agent, "", "")
        else:
            link.call(SwitchApi.resume_agent, agent, "")


def agent(box: Box, number: str) -> AgentRow:
    with box.link("switchd") as link:
        for row in link.snapshot()["agent"]:
            if isinstance(row, AgentRow) and row.id == number:
                return row
    raise KeyError(number)


def waiting(box: Box, name: str) -> list[str]:
    """The numbers of who waits in a queue, the first first."""
    with box.link("switchd") as link:
        for row in link.snapshot()["queue"]:
            if isinstance(row, QueueRow) and row.id == name:
                return [caller.callback or caller.caller for caller in row.waiting]
    raise KeyError(name)


def until_state(box: Box, number: str, state: str) -> None:
    until(lambda: agent(box, number).state == state, 8, f"agent {number} is {state}")


def events(box: Box, **has: str) -> list[QueueEvent]:
    """What the store has, of these properties."""
    db = open_store(box.home)
    try:
        kept = queue_events.between(db, 0.0, 1e12)
    finally:
        db.close()
    return [one for one in kept if all(getattr(one, key) == v for key, v in has.items())]


def talk(caller: DeskPhone, callee: DeskPhone, call: str = "a", rung: str = "in1") -> None:
    """The call that rings at ``callee`` is answered, both hear each other, and the caller goes."""
    callee.expect("incoming", rung, timeout_s=10)
    callee.answer(rung)
    callee.expect("established", rung)
    assert_hears_now(caller, call, callee.tone_hz)
    assert_hears_now(callee, rung, caller.tone_hz)
    caller.hang_up(call)
    callee.expect("ended", rung)


def test_many_callers_and_one_agent_at_baresip(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    """SIPp's callers wait and are served one after the other, in the order they came."""
    baresip = phones.baresip(A)
    numbers = (C, D, B)
    plan = Plan(
        scenario="call_queue",
        server=box.sip_server,
        address="127.0.0.1",
        port=box.ports.sip_port(),
        echo=True,
        rows=[(n, authentication(n, box.passwords[n]), HELP, "127.0.0.1") for n in numbers],
        calls=3,
        calls_per_s=5.0,
        media_port=box.ports.media_port(),
    )
    order(box, "pause", A)
    sipp = Sipp(plan, tmp_path / "callers")
    phones.on_leaving(sipp.stop)
    until(lambda: len(waiting(box, "help")) == 3, 8, "three wait")
    came = waiting(box, "help")
    order(box, "resume", A)
    for _ in numbers:
        baresip.expect("incoming", timeout_s=10)
        baresip.answer()
        baresip.expect("established")
        until_state(box, A, "talking")
        baresip.hang_up()
        baresip.expect("ended")
    counts = sipp.wait(10.0)
    assert (counts.succeeded, counts.failed) == (3, 0)
    until(lambda: len(events(box, name="talk.ended", agent=A)) >= 3, 5, "three talks are written")
    served = [one.caller for one in events(box, name="caller.served", agent=A)]
    assert served[-3:] == came


def test_the_place_is_said_and_cut_when_the_agent_answers(box: Box, phones: Telephones) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    c.dial(HELP)
    a.expect("incoming", "in1")
    c.expect("established")
    until(lambda: c.heard("a").length_s > 4.0, 8, "the caller has waited")
    assert says(c.heard("a").part(0.0, 4.0), "queue_next") > 0.7
    talk(c, a)


def test_a_key_leads_out_of_the_queue(box: Box, phones: Telephones) -> None:
    order(box, "pause", A)
    c, d = phones.desk_phone(C), phones.desk_phone(D)
    c.dial(HELP)
    c.expect("established")
    until(lambda: waiting(box, "help") == [C], 5, "the caller waits")
    c.press("9")
    talk(c, d)
    assert events(box, name="caller.left", caller=C)[-1].reason == "exit_key"


def test_who_hangs_up_has_given_up(box: Box, phones: Telephones) -> None:
    order(box, "pause", A)
    c = phones.desk_phone(C)
    before = len(events(box, name="caller.abandoned", caller=C))
    c.dial(HELP)
    until(lambda: waiting(box, "help") == [C], 5, "the caller waits")
    c.hang_up()
    until(
        lambda: len(events(box, name="caller.abandoned", caller=C)) == before + 1,
        5,
        "that they gave up is written",
    )


def test_all_telephones_ring_and_the_loser_shows_no_missed_call(
    box: Box, phones: Telephones
) -> None:
    a, b, c = phones.desk_phone(A), phones.desk_phone(B, trace=True), phones.desk_phone(C)
    c.dial(PAIR)
    b.expect("incoming", "in1")
    talk(c, a)
    b.expect("ended", "in1")
    cancelled = (b.folder / "trace.log").read_text().partition("CANCEL sip:")[2]
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in cancelled[:1500]


def test_a_pause_with_its_reason_by_telephone(box: Box, phones: Telephones) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    assert says(dial_code(a, "*243"), "agent_paused") > 0.7
    assert (agent(box, A).state, agent(box, A).reason) == ("paused", "lunch")
    c.dial(HELP)
    until(lambda: waiting(box, "help") == [C], 5, "the caller waits")
    assert says(dial_code(a, "*25", "back"), "agent_ready") > 0.7
    talk(c, a)


def test_who_is_not_to_be_disturbed_is_offered_nothing(box: Box, phones: Telephones) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    with box.link("switchd") as link:
        link.call(SwitchApi.set_do_not_disturb, A, True)
        c.dial(HELP)
        until(lambda: waiting(box, "help") == [C], 5, "the caller waits")
        assert not [mark for mark in a.marks() if mark["mark"] == "incoming"]
        link.call(SwitchApi.set_do_not_disturb, A, False)
    talk(c, a)


def test_an_agent_elsewhere_confirms_and_hears_what_it_is_about(
    box: Box, phones: Telephones
) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    c.dial(MOBILE)
    b.expect("incoming", "in1")
    b.answer("in1")
    b.expect("established", "in1")
    until(lambda: b.heard("in1").sounding().length_s > 1.0, 5, "the question is heard")
    watch = box.watch("switchd")
    b.press("1", "in1")
    watch.wait(lambda event: event.name == "call.bridged", 8.0, "caller and agent are joined")
    until_state(box, "501", "talking")
    assert_hears_now(c, "a", b.tone_hz)
    c.hang_up()
    b.expect("ended", "in1")


def test_a_change_while_callers_wait_takes_effect_and_loses_nobody(
    box: Box, phones: Telephones
) -> None:
    a, c, d = (phones.desk_phone(n) for n in (A, C, D))
    c.dial(CHANGED)
    until(lambda: waiting(box, "changed") == [C], 5, "one waits")
    d.dial(CHANGED)
    until(lambda: waiting(box, "changed") == [C, D], 5, "two wait")
    site = box.site
    queues = tuple(
        q.model_copy(update={"members": (A,), "strategy": Strategy.LINEAR})
        if q.name == "changed"
        else q
        for q in site.queue
    )
    changed = document.dump(site.model_copy(update={"queue": queues}), secrets=True)
    history.apply(box.home, changed, "test", "")
    with box.link("switchd") as link:
        link.call(DaemonApi.reload)
    talk(c, a)
    talk(d, a, rung="in2")


def test_callbacks_places_and_agents_survive_a_crash(box: Box, phones: Telephones) -> None:
    """Two wait, one has been promised a callback; switchd is killed. Everybody has their place
    when they call again, and the promise is kept."""
    a, b, c, d = (phones.desk_phone(n) for n in (A, B, C, D))
    assert says(dial_code(a, "*243"), "agent_paused") > 0.7
    d.dial(HELP)
    until(lambda: waiting(box, "help") == [D], 5, "the first waits")
    c.dial(HELP)
    until(lambda: waiting(box, "help") == [D, C], 5, "the second waits")
    c.expect("established")
    c.press("2")
    until(lambda: c.heard("a").sounding().length_s > 2.0, 6, "the offer is heard")
    c.press("1")
    c.expect("ended", timeout_s=12)
    b.dial(HELP, "b")
    until(lambda: waiting(box, "help") == [D, C, B], 5, "the third waits")
    until(lambda: len(_remembered(box)) == 3, 5, "the places are on the disk")
    assert isinstance(box, LeanBox)
    box.kill("switchd")
    box.start("switchd")
    assert (agent(box, A).state, agent(box, A).reason) == ("paused", "lunch")
    assert waiting(box, "help") == [C]
    assert {one.caller for one in events(box, name="caller.left", reason="cut_off")} == {B, D}
    b.dial(HELP, "b2")
    until(lambda: waiting(box, "help") == [C, B], 5, "the third is back")
    d.dial(HELP, "d2")
    until(lambda: waiting(box, "help") == [D, C, B], 5, "the first is back where they were")
    order(box, "resume", A)
    talk(d, a, "d2")
    c.expect("incoming", "in1", timeout_s=15)
    c.answer("in1")
    a.expect("incoming", "in2", timeout_s=10)
    a.answer("in2")
    assert_hears_now(c, "in1", a.tone_hz)
    a.hang_up("in2")
    c.expect("ended", "in1")
    talk(b, a, "b2", rung="in3")
    assert events(box, name="callback.reached", caller=C)


def _remembered(box: Box) -> list[str]:
    db = open_store(box.home)
    try:
        pieces = queue_events.acd_memory(db)
    finally:
        db.close()
    return [one.id for one in pieces if one.id.startswith(("waiting/", "callbacks/"))]
