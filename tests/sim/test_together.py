"""Parking, pick-up, conferences, intercom and paging with real telephones: who hears whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.config.sections.rooms import Conference, Page
from firmware.link.rows import ParkRow, RoomRow
from tests.rig.box import Box
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_hears_now, assert_no_calls, box_of_four
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_transfer import A, B, C, talk

D = "104"


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_of_four(
        conference=(Conference(name="weekly", number="800", title="Weekly", pin="2468"),),
        page=(Page(name="all", number="900", title="All", members=(A, B, C)),),
    ) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


def parked(box: Box) -> tuple[ParkRow, ...]:
    with box.link("switchd") as link:
        return link.snapshot().get("park", ())  # type: ignore[return-value]


def members(box: Box) -> set[str]:
    """Who is in a conference room."""
    with box.link("switchd") as link:
        rows = link.snapshot().get("room", ())
    return {member for row in rows if isinstance(row, RoomRow) for member in row.members}


def assert_hears_all(phone: DeskPhone, call: str, *tones_hz: int) -> None:
    """It hears these tones together, and no other telephone's."""
    start_s = phone.heard(call).length_s
    until(lambda: phone.heard(call).length_s > start_s + 2.0, 6, "two seconds are heard")
    sound = phone.heard(call).part(start_s + 0.5)
    power = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples)))) ** 2
    hz = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate_hz)
    for tone_hz in (440, 1000, 700, 1500):
        near = power[(hz > tone_hz - 15) & (hz < tone_hz + 15)].sum() / power.sum()
        assert bool(near > 0.1) is (tone_hz in tones_hz), f"{tone_hz} Hz has {near:.2f} of it"


def test_parked_and_fetched_from_another_telephone(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.transfer("700", "in1")
    b.expect("transfer", "in1", status=200)
    # The parker's telephone is called with the slot as its caller, answers by itself, and says it.
    assert "<sip:701@" in b.invitation("in2")
    b.expect("established", "in2")
    b.expect("ended", "in2", timeout_s=15)
    said = b.heard("in2").sounding()
    assert said.length_s > 0.8
    assert [row.id for row in parked(box)] == ["701"]
    waiting = a.heard().part(-1.0)
    assert waiting.level_dbfs() > -45.0  # music
    c.dial("701")
    c.expect("established")
    assert_hears_now(c, "a", a.tone_hz)
    assert_hears_now(a, "a", c.tone_hz)
    assert parked(box) == ()
    c.hang_up()
    a.expect("ended")


def test_parked_by_attended_transfer(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    talk(a, b)
    b.hold("in1")
    b.dial("700", "b")
    b.expect("established", "b")
    until(lambda: b.heard("b").sounding().length_s > 0.8, 8, "the slot is named")
    b.connect("in1", "b")
    b.expect("ended", "b")
    until(lambda: [row.caller for row in parked(box)] == [A], 3, "the caller is parked")
    c.dial("701")
    c.expect("established")
    assert_hears_now(c, "a", a.tone_hz)
    a.hang_up()
    c.expect("ended")


@pytest.mark.parametrize("code", ["*8", "**102"])
def test_picked_up_from_another_telephone(phones: Telephones, code: str) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    a.dial(B)
    b.expect("early", "in1")
    c.dial(code)
    c.expect("established")
    a.expect("established")
    b.expect("ended", "in1")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "a", a.tone_hz)
    a.hang_up()
    c.expect("ended")


def test_nothing_to_pick_up_is_said(phones: Telephones) -> None:
    c = phones.desk_phone(C)
    c.dial("*8")
    c.expect("ended", status=404, timeout_s=10)
    assert c.heard().sounding().length_s > 1.0


def test_a_conference_of_three(box: Box, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(n) for n in (A, B, C))
    for phone in (a, b, c):
        phone.dial("800")
        phone.expect("established")
        until(lambda p=phone: p.heard().sounding().length_s > 0.5, 8, "it is asked for the PIN")  # type: ignore[misc]
        phone.press("2468#")
    until(lambda: members(box) == {A, B, C}, 15, "all three are in the room")
    assert_hears_all(a, "a", b.tone_hz, c.tone_hz)
    assert_hears_all(b, "a", a.tone_hz, c.tone_hz)
    assert_hears_all(c, "a", a.tone_hz, b.tone_hz)
    c.hang_up()
    assert_hears_all(a, "a", b.tone_hz)
    for phone in (a, b):
        phone.hang_up()
        phone.expect("ended")


def test_a_wrong_pin_does_not_open_the_conference(phones: Telephones) -> None:
    a = phones.desk_phone(A)
    a.dial("800")
    a.expect("established")
    for times in range(3):
        until(
            lambda n=times: a.heard().sounding().length_s > 1.0 + n,  # type: ignore[misc]
            10,
            "it is asked for the PIN",
        )
        a.press("1111#")
    a.expect("ended", timeout_s=20)


def test_intercom_is_answered_by_itself(phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    a.dial("*80102")
    b.expect("established", "in1")
    a.expect("established")
    assert_hears_now(b, "in1", a.tone_hz)
    assert_hears_now(a, "a", b.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_paging_is_heard_by_all_and_nobody_is_heard(phones: Telephones) -> None:
    d = phones.desk_phone(D)
    others = [phones.desk_phone(n) for n in (A, B, C)]
    d.dial("900")
    for phone in others:
        phone.expect("established", "in1")
    for phone in others:
        assert_hears_now(phone, "in1", d.tone_hz)
    assert d.heard().level_dbfs() < -60.0
    d.hang_up()
    for phone in others:
        phone.expect("ended", "in1")


def test_keys_pressed_in_a_talk_reach_the_other(phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    a.press("159#")
    until(
        lambda: "".join(m["key"] for m in b.marks("in1") if m["mark"] == "key") == "159#",
        8,
        "the other telephone is told every key once",
    )
    a.hang_up()
    b.expect("ended", "in1")
