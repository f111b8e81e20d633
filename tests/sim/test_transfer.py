"""Transfers with real telephones: who hears whom afterwards, what the transferor is told, and
that every call leaves one record and every leg an end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.box import Box
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_hears_now, assert_no_calls, box_of_four
from tests.rig.telephones import Telephones
from tests.rig.until import until

A, B, C = "101", "102", "103"


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_of_four(silence_s=1.5) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


def talk(caller: DeskPhone, callee: DeskPhone, *, call: str = "a", rung: str = "in1") -> None:
    """``caller`` calls and ``callee`` answers."""
    caller.dial(callee.account.number, call)
    callee.expect("incoming", rung)
    callee.answer(rung)
    caller.expect("established", call)
    callee.expect("established", rung)


def test_a_blind_transfer_by_the_callee(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer(C, "in1")
    c.expect("incoming", "in1")
    b.expect("transfer", "in1", status=180)
    c.answer()
    b.expect("transfer", "in1", status=200, final=True)
    b.expect("ended", "in1")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "in1", a.tone_hz)
    assert '"101"' in c.invitation() or "<sip:101@" in c.invitation()
    a.hang_up()
    c.expect("ended", "in1")
    until(lambda: len(box.calls()) == 1, 5, "one record")


def test_a_blind_transfer_by_the_caller(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    a.transfer(C)
    c.expect("incoming", "in1")
    c.answer()
    a.expect("transfer", status=200, final=True)
    a.expect("ended")
    assert_hears_now(b, "in1", c.tone_hz)
    assert_hears_now(c, "in1", b.tone_hz)
    b.hang_up("in1")
    c.expect("ended", "in1")


def test_the_transferor_may_leave_at_once(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer(C, "in1")
    b.expect("transfer", "in1")
    b.hang_up("in1")
    c.expect("incoming", "in1")
    c.answer()
    c.expect("established", "in1")
    assert_hears_now(a, "a", c.tone_hz)
    a.hang_up()
    c.expect("ended", "in1")


def test_a_transfer_that_nobody_takes_comes_back(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer(C, "in1")
    c.expect("incoming", "in1")
    c.hang_up("in1", 486)
    b.expect("transfer", "in1", status=486, final=True)
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_it_comes_back_to_a_transferor_who_has_left(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer(C, "in1")
    b.expect("transfer", "in1")
    b.hang_up("in1")
    c.expect("incoming", "in1")
    c.hang_up("in1", 603)
    b.expect("incoming", "in2")
    b.answer("in2")
    b.expect("established", "in2")
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in2")


def test_an_attended_transfer(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.hold("in1")
    talk(b, c, call="b")
    b.connect("in1", "b")
    b.expect("transfer", "in1", status=200, final=True)
    b.expect("ended", "in1")
    b.expect("ended", "b")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "in1", a.tone_hz)
    a.hang_up()
    c.expect("ended", "in1")


def test_an_attended_transfer_to_a_telephone_that_still_rings(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.hold("in1")
    b.dial(C, "b")
    c.expect("incoming", "in1")
    b.expect("early", "b")
    b.connect("in1", "b")
    b.expect("transfer", "in1", status=200, final=True)
    c.answer()
    c.expect("established", "in1")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "in1", a.tone_hz)
    c.hang_up("in1")
    a.expect("ended")


def test_the_two_callers_of_one_telephone_are_brought_together(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.hold("in1")
    talk(c, b, rung="in2")
    b.connect("in1", "in2")
    b.expect("ended", "in1")
    b.expect("ended", "in2")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "a", a.tone_hz)
    a.hang_up()
    c.expect("ended")


@pytest.mark.parametrize(("number", "status"), [("999999", 404), (A, 486)])
def test_where_nobody_can_go(phones: Telephones, number: str, status: int) -> None:
    """To a number that is not there; to the very party that is transferred."""
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    b.transfer(number, "in1")
    b.expect("transfer", "in1", status=status, final=True)
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_to_a_foreign_domain_is_refused_at_the_edge(phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    b.transfer("1900", "in1", domain="evil.example")
    b.expect("transfer", "in1", status=403)
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_the_transferred_party_hangs_up_while_it_rings(phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer(C, "in1")
    c.expect("incoming", "in1")
    a.hang_up()
    c.expect("ended", "in1")
    b.expect("ended", "in1")


def test_a_telephone_that_loses_its_power_in_a_call_ends_it(box: Box, phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    b.pull_the_plug()
    a.expect("ended", timeout_s=25)
    newest = max(box.calls(), key=lambda call: call.started_at)
    record = box.call(newest.id, timeout_s=15)
    assert {leg.party: leg.cause for leg in box.legs(record.id)} == {A: 16, B: 38}


def test_who_holds_in_silence_is_not_taken_for_dead(phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    b.hold("in1")
    b.expect("media", "in1", status=2)
    until(lambda: a.heard().length_s > 9.0, 12, "the call is held for longer than silence lasts")
    assert not a.has_ended("a")
    b.resume("in1")
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")
