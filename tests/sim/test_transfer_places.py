"""Transfers across lines, SIMs, queues and menus: callers from outside are sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Site
from firmware.config.sections.routing import Outbound
from firmware.link.api import BenchApi
from firmware.link.rows import CallRow
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import HEAR_S, assert_hears_now, assert_no_calls
from tests.rig.telephones import Telephones
from tests.rig.until import until

LINE_HZ = 1900
A, B, C = "101", "102", "103"


def shape(given: Site) -> Site:
    """Whoever calls on the first line reaches 101; numbers that begin with 0 go out by SIM."""
    line = tuple(
        one.model_copy(update={"route": "extension:101"}) if one.name == "fxo-1" else one
        for one in given.line
    )
    outbound = (Outbound(name="out", patterns=("0.",), ways=("gsm-1",)),)
    return given.model_copy(update={"line": line, "outbound": outbound})


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "bench", "lined", "switchd", shape=shape) as made:
        yield made


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


class Outsider:
    """Somebody who calls on a trunk line, says a tone, and keeps what they hear."""

    def __init__(self, box: Box, folder: Path) -> None:
        self._box = box
        self.heard_file = folder / "outside.wav"
        tone = audio.write_tone(folder / "outside-tone.wav", LINE_HZ, length_s=60.0)
        with box.link("bench") as link:
            link.call(
                BenchApi.ring,
                line="fxo-1",
                number="02188776655",
                name="",
                digits="",
                say=str(tone),
                listen=str(self.heard_file),
            )

    def hang_up(self) -> None:
        with self._box.link("bench") as link:
            link.call(BenchApi.hang_up, "fxo-1")

    def heard(self) -> Sound:
        return audio.read(self.heard_file) if self.heard_file.exists() else audio.NOTHING

    def assert_hears_now(self, tone_hz: int) -> None:
        """From now on they hear this tone: within some seconds they have for a while."""
        start_s = self.heard().length_s

        def sound() -> Sound:
            return self.heard().part(start_s).part(-HEAR_S)

        until(
            lambda: sound().length_s >= HEAR_S and abs(sound().frequency_hz() - tone_hz) < 10.0,
            HEAR_S + 6.0,
            lambda: f"the line hears {tone_hz} Hz; at last {sound().frequency_hz():.0f} Hz",
        )


def answered(box: Box, tmp_path: Path, phone: DeskPhone) -> Outsider:
    """Somebody calls from outside, and ``phone`` answers."""
    outsider = Outsider(box, tmp_path)
    phone.expect("incoming", "in1", timeout_s=12)
    phone.answer()
    phone.expect("established", "in1")
    assert_hears_now(phone, "in1", LINE_HZ)
    return outsider


def place(box: Box) -> str:
    with box.link("switchd") as link:
        rows = [row for row in link.snapshot().get("call", ()) if isinstance(row, CallRow)]
    return rows[0].place if len(rows) == 1 else ""


def test_a_caller_on_a_line_is_transferred_blind(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    outsider = answered(box, tmp_path, a)
    a.transfer(B, "in1")
    b.expect("incoming", "in1")
    assert "02188776655" in b.invitation()
    b.answer()
    a.expect("ended", "in1")
    assert_hears_now(b, "in1", LINE_HZ)
    outsider.assert_hears_now(b.tone_hz)
    b.hang_up("in1")


def test_a_caller_on_a_line_is_transferred_after_asking(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    outsider = answered(box, tmp_path, a)
    a.hold("in1")
    a.dial(B, "b")
    b.expect("incoming", "in1")
    b.answer()
    a.expect("established", "b")
    a.connect("in1", "b")
    a.expect("ended", "b")
    assert_hears_now(b, "in1", LINE_HZ)
    outsider.assert_hears_now(b.tone_hz)
    outsider.hang_up()
    b.expect("ended", "in1", timeout_s=12)


def test_a_caller_on_a_line_is_transferred_out_by_the_sim(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    a = phones.desk_phone(A)
    far = box.watch("bench")
    outsider = answered(box, tmp_path, a)
    a.transfer("09121234567", "in1")
    a.expect("ended", "in1", timeout_s=20)
    far.wait(
        lambda event: event.row.id == "gsm-1" and event.name == "far.answered",
        10,
        "the far party on the mobile network has answered",
    )
    assert place(box) == "number:09121234567"
    outsider.hang_up()


def test_to_a_queue_whose_agent_answers(box: Box, phones: Telephones, tmp_path: Path) -> None:
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    outsider = answered(box, tmp_path, a)
    a.transfer("602", "in1")
    a.expect("transfer", "in1", status=200)
    c.expect("incoming", "in1", timeout_s=10)
    c.answer()
    c.expect("established", "in1")
    assert_hears_now(c, "in1", LINE_HZ)
    outsider.assert_hears_now(c.tone_hz)
    c.hang_up("in1")


def test_to_a_queue_after_looking_in(box: Box, phones: Telephones, tmp_path: Path) -> None:
    """The transferor waits in the queue, and whom they bring takes their place in it."""
    a, c = phones.desk_phone(A), phones.desk_phone(C)
    outsider = answered(box, tmp_path, a)
    a.hold("in1")
    a.dial("602", "b")
    c.expect("incoming", "in1")
    a.connect("in1", "b")
    a.expect("ended", "b")
    c.answer()
    c.expect("established", "in1")
    assert_hears_now(c, "in1", LINE_HZ)
    outsider.assert_hears_now(c.tone_hz)
    c.hang_up("in1")


def test_to_a_menu(box: Box, phones: Telephones, tmp_path: Path) -> None:
    a = phones.desk_phone(A)
    outsider = answered(box, tmp_path, a)
    a.transfer("600", "in1")
    a.expect("transfer", "in1", status=200)
    until(lambda: place(box) == "ivr:main", 5, "the menu has the caller")
    start_s = outsider.heard().length_s
    until(lambda: outsider.heard().length_s > start_s + 3, 8, "the caller hears the menu")
    said = outsider.heard().part(start_s)
    assert said.level_dbfs() > -35.0
    outsider.hang_up()
