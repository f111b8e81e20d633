"""Holding with real telephones, in every way they do it: the held one hears music."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.rig.box import Box
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_hears_now, assert_no_calls, box_of_four
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_transfer import A, B, talk


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_of_four() as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


ACTIVE, HELD = 1, 2
"""pjsua's words for the state of a call's media."""


def wait_for_media(phone: DeskPhone, call: str, *, status: int, times: int) -> None:
    """Wait until the media of a call have come into a state so many times."""

    def came() -> bool:
        marks = [m for m in phone.marks(call) if m["mark"] == "media" and m["status"] == status]
        return len(marks) >= times

    until(came, 5, f"the media of {phone.account.number} are {status} for the {times}. time")


def assert_hears_music(phone: DeskPhone, call: str) -> None:
    """Loud enough, and no telephone's tone."""
    start_s = phone.heard(call).length_s
    until(lambda: phone.heard(call).length_s > start_s + 3.0, 8, "three seconds are heard")
    sound = phone.heard(call).part(start_s + 1.0)
    assert -45.0 < sound.level_dbfs() < -10.0
    assert max(np.median(sound.purity(hz)) for hz in (440, 1000, 700, 1500)) < 0.5


@pytest.mark.parametrize("how", ["sendonly", "inactive", "0.0.0.0"])
def test_the_held_one_hears_music_and_is_taken_back(phones: Telephones, how: str) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    assert_hears_now(a, "a", b.tone_hz)
    b.hold("in1", how)
    assert_hears_music(a, "a")
    b.resume("in1")
    assert_hears_now(a, "a", b.tone_hz)
    assert_hears_now(b, "in1", a.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_the_caller_holds_too(phones: Telephones) -> None:
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    a.hold()
    assert_hears_music(b, "in1")
    a.resume()
    assert_hears_now(b, "in1", a.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")


def test_both_hold_at_once_and_take_each_other_back(phones: Telephones) -> None:
    """Two re-INVITEs under way together; each side has a dialog of its own with the box."""
    a, b = (phones.desk_phone(n) for n in (A, B))
    talk(a, b)
    for times in (1, 2, 3):
        a.hold()
        b.hold("in1")
        wait_for_media(a, "a", status=HELD, times=times)
        wait_for_media(b, "in1", status=HELD, times=times)
        a.resume()
        b.resume("in1")
        wait_for_media(a, "a", status=ACTIVE, times=times + 1)
        wait_for_media(b, "in1", status=ACTIVE, times=times + 1)
    assert_hears_now(a, "a", b.tone_hz)
    assert_hears_now(b, "in1", a.tone_hz)
    a.hang_up()
    b.expect("ended", "in1")
