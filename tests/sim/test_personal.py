"""What people set by code, with real telephones: who rings, what is heard, what is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from firmware.config.schema import Extension, Site
from firmware.config.sections.groups import Group, GroupMember
from firmware.link.api import SwitchApi
from firmware.link.rows import FollowRow, PersonRow
from firmware.model.personal import ForwardKind
from firmware.model.record import CallRecord
from firmware.model.wakeup import WakeUp
from firmware.store import rows
from firmware.store.db import open_store
from firmware.switchd.main import PROMPTS
from tests.rig import audio
from tests.rig.audio import Samples, Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_hears_now, assert_no_calls
from tests.rig.sipp import Plan, Sipp, authentication
from tests.rig.telephones import Telephones
from tests.rig.until import until

A, B, C, D = "101", "102", "103", "104"
PIN = "7391"
RING_S = 3.0
STRETCH, SLIP = 20, 3
"""In pieces of 20 ms: what is moved as one when a prompt is compared, and by how much."""


def shape(site: Site) -> Site:
    """Telephones ring for three seconds; 103 has a PIN; two ring groups."""

    def with_pin(extension: Extension) -> Extension:
        pin = {"pin": PIN} if extension.number == C else {}
        return Extension.model_validate({**dict(extension), **pin})

    def group(name: str, number: str, *members: str, **changes: object) -> Group:
        return Group.model_validate(
            {
                "name": name,
                "number": number,
                "title": name,
                "members": tuple(GroupMember(number=member) for member in members),
                "ring_timeout_s": 4.0,
                "turn_s": 1.5,
                **changes,
            }
        )

    return site.model_copy(
        update={
            "extension": tuple(with_pin(extension) for extension in site.extension),
            "switch": site.switch.model_copy(update={"ring_timeout_s": RING_S}),
            "group": (
                group("sales", "610", B, C),
                group("hunt", "611", B, C, strategy="hunt", otherwise=f"extension:{D}"),
            ),
        }
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", shape=shape) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    forget_settings(box)
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


def forget_settings(box: Box) -> None:
    with box.link("switchd") as link:
        for number in (A, B, C, D):
            link.call(SwitchApi.set_do_not_disturb, number, False)
            link.call(SwitchApi.set_call_waiting, number, True)
            link.call(SwitchApi.set_follow_steps, number, ())
            link.call(SwitchApi.log_out_of, number)
            for kind in ForwardKind:
                link.call(SwitchApi.set_forward, number=number, kind=kind, to="", after_s=20.0)


def forward(box: Box, number: str, kind: ForwardKind, to: str, after_s: float = 20.0) -> None:
    with box.link("switchd") as link:
        link.call(SwitchApi.set_forward, number=number, kind=kind, to=to, after_s=after_s)


def person(box: Box, number: str) -> PersonRow:
    with box.link("switchd") as link:
        for row in link.snapshot()["person"]:
            if isinstance(row, PersonRow) and row.id == number:
                return row
    raise KeyError(number)


def says(sound: Sound, *prompts: str, language: str = "en") -> float:
    """How much what was heard is these prompts, from -1 to 1: the correlation of how loud both
    are, piece by piece, which neither codec nor level changes. Every 0.4 s may come up to 60 ms
    earlier or later after the 0.4 s before: soft clocks drop pieces and add some."""
    spoken = np.concatenate(
        [
            audio.read(PROMPTS / language / f"{name}.wav").sounding().levels_dbfs()
            for name in prompts
        ]
    )
    heard = sound.sounding().levels_dbfs()
    floor = -45.0
    best = -1.0
    spoken = np.maximum(spoken, floor)
    heard = np.concatenate([np.maximum(heard, floor), np.full(len(spoken), floor)])
    for shift in range(max(1, len(heard) - len(spoken))):
        part = _followed(heard, spoken, shift)
        if part.std() > 0:
            best = max(best, float(np.corrcoef(part, spoken)[0, 1]))
    return best


def _followed(heard: Samples, spoken: Samples, at: int) -> Samples:
    """What was heard from ``at`` on, stretched to where it is most like what was spoken."""
    parts = []
    for start in range(0, len(spoken), STRETCH):
        wanted = spoken[start : start + STRETCH]
        at = min(at, len(heard) - len(wanted))
        places = np.arange(max(0, at - SLIP), min(at + SLIP, len(heard) - len(wanted)) + 1)
        unlike = [np.abs(heard[p : p + len(wanted)] - wanted).mean() for p in places]
        at = int(places[np.argmin(unlike + 1e-6 * np.abs(places - at))])  # the nearest of equals
        parts.append(heard[at : at + len(wanted)])
        at += len(wanted)
    return np.concatenate(parts)


@dataclass
class Calls:
    """The calls that are recorded while this is used."""

    box: Box
    before: frozenset[str] = frozenset()

    def __enter__(self) -> Calls:
        self.before = frozenset(record.id for record in self.box.calls())
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def ended(self, count: int) -> list[CallRecord]:
        """The records once they are so many, the first first; there are no more."""
        until(lambda: len(self._found()) >= count, 8, f"{count} records")
        found = self._found()
        assert len(found) == count
        return found

    def _found(self) -> list[CallRecord]:
        records = [r for r in self.box.calls() if r.id not in self.before]
        return [r for r in records[::-1] if r.ended_at is not None]


def dial_code(phone: DeskPhone, code: str, call: str = "code") -> Sound:
    """Dial a code and hear it to its end."""
    phone.dial(code, call)
    phone.expect("established", call)
    phone.expect("ended", call, timeout_s=15)
    return phone.heard(call)


def talk(caller: DeskPhone, callee: DeskPhone, call: str = "a", rung: str = "in1") -> None:
    """The call that rings at ``callee`` is answered, both hear each other, and the caller goes."""
    callee.expect("incoming", rung)
    callee.answer(rung)
    caller.expect("established", call)
    assert_hears_now(caller, call, callee.tone_hz)
    assert_hears_now(callee, rung, caller.tone_hz)
    caller.hang_up(call)
    callee.expect("ended", rung)


def rings(phone: DeskPhone) -> int:
    """How many calls have rung there."""
    return sum(mark["mark"] == "invited" for mark in phone.marks())


# -- do not disturb ---------------------------------------------------------------------------


def test_do_not_disturb_by_code(box: Box, phones: Telephones) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    with Calls(box) as calls:
        assert says(dial_code(b, "*78"), "dnd_on") > 0.8
        assert person(box, B).dnd
        a.dial(B)
        assert a.expect("ended", "a")["status"] == 486
        assert rings(b) == 0
        assert says(dial_code(b, "*79", "off"), "dnd_off") > 0.8
        a.dial(B, "again")
        talk(a, b, "again")
        records = calls.ended(4)
    assert [r.disposition for r in records] == ["answered", "busy", "answered", "answered"]
    assert [r.called for r in records] == ["*78", B, "*79", B]


def test_what_a_person_heard_to_be_set_survives_a_dead_exchange(tmp_path: Path) -> None:
    with (
        LeanBox("kamailio", "edge", "switchd", shape=shape) as box,
        Telephones(box, tmp_path) as phones,
    ):
        b = phones.desk_phone(B)
        b.dial("*78", "code")
        b.expect("media", "code")
        until(lambda: b.heard("code").sounding().length_s > 0.2, 5, "the confirmation begins")
        box.kill("switchd")
        box.start("switchd")
        assert person(box, B).dnd


# -- forwards ---------------------------------------------------------------------------------


def test_forward_always_by_code(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    with Calls(box) as calls:
        heard = dial_code(b, f"*72{C}")
        assert says(heard, "forward_always_set/1") > 0.6
        a.dial(B)
        talk(a, c)
        assert rings(b) == 0
        assert "Diversion: <sip:102@markaz.internal>;reason=unconditional" in c.invitation()
        assert "History-Info: <sip:102@markaz.internal?Reason=SIP%3Bcause%3D302>" in c.invitation()
        record = calls.ended(2)[1]
    assert (record.caller, record.called, record.place) == (A, B, f"extension:{C}")
    assert record.disposition == "answered"


def test_forward_when_busy(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    forward(box, B, ForwardKind.BUSY, C)
    a.dial(B)
    b.expect("incoming", "in1")
    b.hang_up("in1", status=486)
    talk(a, c)


def test_forward_when_nobody_answers(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    forward(box, B, ForwardKind.NO_ANSWER, C, after_s=2.0)
    a.dial(B)
    b.expect("incoming", "in1")
    talk(a, c)
    assert rings(b) == 1
    b.expect("ended", "in1")


def test_forward_when_the_telephone_is_not_there(box: Box, phones: Telephones) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    forward(box, B, ForwardKind.UNREACHABLE, C)
    a.dial(B)
    talk(a, c)


def test_two_who_forward_to_each_other(box: Box, phones: Telephones) -> None:
    """A (102) to B (103) to A: nobody rings, the caller hears so, one call is on record."""
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    forward(box, B, ForwardKind.ALWAYS, C)
    forward(box, C, ForwardKind.ALWAYS, B)
    with Calls(box) as calls:
        a.dial(B)
        assert a.expect("ended", "a", timeout_s=10)["status"] == 480
        assert says(a.heard("a"), "unreachable") > 0.8
        [record] = calls.ended(1)
    assert (rings(b), rings(c)) == (0, 0)
    assert record.disposition == "failed"
    assert [leg.party for leg in box.legs(record.id)] == [A]


# -- several telephones -----------------------------------------------------------------------


def test_a_ring_group_rings_all_and_the_first_answer_wins(box: Box, phones: Telephones) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    b = phones.desk_phone(B, trace=True)
    with Calls(box) as calls:
        a.dial("610")
        b.expect("incoming", "in1")
        talk(a, c)
        b.expect("ended", "in1")
        [record] = calls.ended(1)
    cancelled = (b.folder / "trace.log").read_text().partition("CANCEL sip:")[2]
    assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in cancelled[:1500]
    assert record.place == "group:sales"
    assert sorted(leg.party for leg in box.legs(record.id)) == [A, B, C]


def test_of_two_who_answer_at_once_one_has_the_call(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    a.dial("610")
    for phone in (b, c):
        phone.expect("incoming", "in1")
    for phone in (b, c):
        phone.answer()
    a.expect("established")
    until(lambda: b.has_ended("in1") or c.has_ended("in1"), 5, "one of them is ended")
    winner, loser = (c, b) if b.has_ended("in1") else (b, c)
    assert_hears_now(a, "a", winner.tone_hz)
    assert_hears_now(winner, "in1", a.tone_hz)
    assert not winner.has_ended("in1")
    assert loser.has_ended("in1")
    a.hang_up()
    winner.expect("ended", "in1")


def test_a_hunt_rings_one_after_the_other_and_then_goes_on(box: Box, phones: Telephones) -> None:
    a, b, c, d = (phones.desk_phone(n) for n in (A, B, C, D))
    a.dial("611")
    b.expect("incoming", "in1")
    assert rings(c) == 0
    b.expect("ended", "in1")
    c.expect("incoming", "in1")
    assert rings(d) == 0
    talk(a, d)
    assert (rings(b), rings(c)) == (1, 1)


def test_a_telephone_that_answers_as_it_is_cancelled_is_ended(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    here, port = "127.0.0.1", box.ports.sip_port()
    row = (B, authentication(B, box.passwords[B]), f"{here}:{port}", here)

    def sipp(scenario: str, own_port: int, fields: tuple[str, ...] = ()) -> Sipp:
        plan = Plan(
            scenario=scenario,
            server=box.sip_server,
            address=here,
            port=own_port,
            rows=(fields,) if fields else (),
            calls=1,
        )
        return Sipp(plan, tmp_path / scenario)

    registering = sipp("register", box.ports.sip_port(), row)
    assert registering.wait(10).succeeded == 1
    answering = sipp("answer_crossing_cancel", port)
    phones.on_leaving(answering.stop)
    with Calls(box) as calls:
        a.dial("610")
        talk(a, c)
        counts = answering.wait(10)
        [record] = calls.ended(1)
    assert (counts.succeeded, counts.failed) == (1, 0), answering.last_words(30)
    assert record.disposition == "answered"


def test_follow_me_rings_another_telephone_too(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    with box.link("switchd") as link:
        link.call(SwitchApi.set_follow_steps, B, (FollowRow(number=C, delay_s=1.0),))
    assert says(dial_code(b, "*20"), "follow_me_on") > 0.8
    a.dial(B)
    b.expect("incoming", "in1")
    talk(a, c)
    b.expect("ended", "in1")


# -- dialling by code -------------------------------------------------------------------------


def test_redial_and_speed_dial(box: Box, phones: Telephones) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    with Calls(box) as calls:
        a.dial(B)
        talk(a, b)
        a.dial("*66", "again")
        talk(a, b, "again", "in2")
        dial_code(a, f"*747*{B}")
        a.dial("*757", "short")
        talk(a, b, "short", "in3")
        records = calls.ended(4)
    assert [r.called for r in records] == [B, "*66", f"*747*{B}", "*757"]
    assert [r.place for r in records if r.called != f"*747*{B}"] == [f"extension:{B}"] * 3


def test_call_waiting_rings_or_is_busy(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    a.dial(B)
    b.expect("incoming", "in1")
    b.answer()
    a.expect("established")
    c.dial(B)
    b.expect("incoming", "in2")
    c.hang_up()
    b.expect("ended", "in2")
    with box.link("switchd") as link:
        link.call(SwitchApi.set_call_waiting, B, False)
    c.dial(B, "again")
    assert c.expect("ended", "again")["status"] == 486
    assert rings(b) == 2
    a.hang_up()
    b.expect("ended", "in1")


def test_help_is_spoken(phones: Telephones) -> None:
    a = phones.desk_phone(A)
    a.dial("*0")
    a.expect("established")
    until(lambda: a.heard().sounding().length_s > 4.0, 10, "the codes are said")
    assert says(a.heard(), "feature_help") > 0.7
    a.hang_up()
    a.expect("ended")


# -- hot desk ---------------------------------------------------------------------------------


def test_hot_desk_log_in_by_pin(box: Box, phones: Telephones) -> None:
    a, c, d = (phones.desk_phone(n) for n in (A, C, D))
    d.dial(f"*11{C}", "in")
    d.expect("established", "in")
    until(lambda: says(d.heard("in"), "enter_pin") > 0.7, 8, "the PIN is asked for")
    d.press(f"{PIN}#", "in")
    d.expect("ended", "in", timeout_s=12)
    assert person(box, C).at == D
    with Calls(box) as calls:
        a.dial(C)
        talk(a, d)
        assert rings(c) == 0
        d.dial(A, "out")
        talk(d, a, "out")
        made = calls.ended(2)[1]
    assert made.caller == C
    assert "<sip:103@" in a.invitation()
    dial_code(d, "*12", "leave")
    assert person(box, C).at == ""
    a.dial(C, "home")
    talk(a, c, "home")


# -- wake-up ----------------------------------------------------------------------------------


def test_a_wake_up_call_survives_a_restart_and_is_heard(tmp_path: Path) -> None:
    with (
        LeanBox("kamailio", "edge", "switchd", shape=shape) as box,
        Telephones(box, tmp_path) as phones,
    ):
        b = phones.desk_phone(B)
        dial_code(b, "*350000")
        assert len(person(box, B).wake_ups) == 1
        box.kill("switchd")
        due = time.time() + 6.0
        store = open_store(box.home)
        rows.save(store, WakeUp(id="test", number=B, at=due, due_at=due))
        store.close()
        box.start("switchd")
        assert len(person(box, B).wake_ups) == 2
        b.expect("incoming", "in1", timeout_s=12)
        assert time.time() >= due
        b.answer()
        b.expect("ended", "in1", timeout_s=30)
        assert says(b.heard("in1"), "wake_up_call/1") > 0.6
        assert len(person(box, B).wake_ups) == 1
        [begun] = [r for r in box.calls() if not r.caller]
        record = box.call(begun.id)
        assert (record.called, record.disposition) == (B, "answered")
