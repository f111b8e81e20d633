"""The whole box as its owner starts it: what it prints, what it survives, how it ends."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.link.api import BenchApi
from firmware.link.bench import INTERNET
from tests.rig.baresip import Baresip
from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until

BACK_WITHIN_S = 3.0
PROGRAMS = {"kamailio", "edge", "switchd", "lined", "bench", "recorder", "web"}
"""What every box with simulated lines runs; there may be more."""


@pytest.fixture(scope="module")
def box() -> Iterator[WholeBox]:
    with WholeBox() as started:
        yield started


@pytest.fixture
def at_desks(box: WholeBox, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as telephones:
        yield telephones


def kill(box: WholeBox, program: str) -> float:
    """Kill one program and wait until it works again; the seconds that took."""
    before = box.pids()
    killed_at = time.monotonic()
    os.kill(before[program], signal.SIGKILL)
    until(
        lambda: (
            box.pids().get(program, before[program]) != before[program] and box.answers(program)
        ),
        BACK_WITHIN_S * overload() + 5.0,
        f"{program} is back",
    )
    took_s = time.monotonic() - killed_at
    after = box.pids()
    assert {n: p for n, p in after.items() if n != program} == {
        n: p for n, p in before.items() if n != program
    }, "the rest must go on"
    return took_s


def talking(telephones: Telephones) -> tuple[Baresip, Baresip]:
    """Two telephones in a call."""
    caller, callee = telephones.baresip("101"), telephones.baresip("102")
    caller.dial("102")
    callee.expect("incoming")
    callee.answer()
    caller.expect("established")
    return caller, callee


def assert_still_talking(*telephones: Baresip) -> None:
    """Each hears another second, and it is the other's tone."""
    for telephone, other in zip(telephones, reversed(telephones), strict=True):
        before = telephone.heard().length_s
        until(
            lambda t=telephone, b=before: t.heard().length_s > b + 1.0,  # type: ignore[misc]
            4.0,
            "a second of talk",
        )
        last = telephone.heard().part(-0.8)
        assert abs(last.frequency_hz() - other.tone_hz) < 3.0
        assert telephone.talks


def test_it_prints_what_its_owner_needs(box: WholeBox) -> None:
    address = re.search(r"http://127\.0\.0\.1:\d+/", box.printed)
    assert address is not None
    with urllib.request.urlopen(address[0], timeout=5.0) as page:
        assert page.status == 200
    assert len(box.owner_password) >= 12
    assert sorted(box.passwords) == ["101", "102", "103", "104"]
    assert box.sip_server in box.printed
    assert "bench ring fxo-1" in box.printed
    assert set(box.pids()) >= PROGRAMS


def test_passwords_are_kept_nowhere_in_the_logs(box: WholeBox, at_desks: Telephones) -> None:
    at_desks.baresip("101")
    for path in box.home.log.iterdir():
        if path.name != "box.log":  # the terminal, on which they are shown once
            text = path.read_text(errors="replace")
            secrets = [box.owner_password, *box.passwords.values()]
            assert not [secret for secret in secrets if secret in text], path.name


def test_two_boxes_run_side_by_side(box: WholeBox, at_desks: Telephones, tmp_path: Path) -> None:
    with WholeBox() as other:
        assert other.sip_server != box.sip_server
        with Telephones(other, tmp_path / "other") as others:
            caller, callee = talking(at_desks)
            other_caller, other_callee = talking(others)
            assert_still_talking(caller, callee)
            assert_still_talking(other_caller, other_callee)
        assert other.end() == 0
        assert_still_talking(caller, callee)


def test_the_internet_of_the_simulated_world_is_a_lever(box: WholeBox) -> None:
    def state() -> str:
        with box.link("edge") as edge:
            [row] = edge.snapshot()["internet"]
            return str(row.state)

    before = state()
    with box.link("bench") as bench:
        bench.call(BenchApi.throw, INTERNET, True)
        until(lambda: state() == "down", 5.0 * overload(), "the outage is seen")
        bench.call(BenchApi.throw, INTERNET, False)
    until(lambda: state() == before, 15.0 * overload(), "the internet is back")


def test_the_death_of_a_part_harms_no_call(box: WholeBox, at_desks: Telephones) -> None:
    caller, callee = talking(at_desks)
    took_s = {}
    for program in sorted(set(box.pids()) - {"switchd"}):
        took_s[program] = kill(box, program)
        assert_still_talking(caller, callee)
    assert max(took_s.values()) < BACK_WITHIN_S * overload(), took_s
    caller.hang_up()
    callee.expect("ended")


def test_switchd_comes_back_and_takes_calls(box: WholeBox, at_desks: Telephones) -> None:
    switch = box.watch("switchd")
    cut_off = talking(at_desks)
    call_id = switch.named("call.bridged").row.id
    until(lambda: [c for c in box.calls() if c.id == call_id], 5.0, "the call is on record")
    assert kill(box, "switchd") < BACK_WITHIN_S * overload()
    assert box.call(call_id).disposition == "failed"
    for telephone in cut_off:
        telephone.hang_up()
        telephone.expect("ended", 10.0)
    caller, callee = cut_off
    caller.dial("102")
    callee.expect("incoming")
    callee.answer()
    caller.expect("established")
    assert_still_talking(caller, callee)
    caller.hang_up()
    callee.expect("ended")


def test_it_stops_whole_by_ctrl_c_and_by_the_death_of_its_starter(tmp_path: Path) -> None:
    """And between the two it starts again, quickly, without showing its passwords again."""
    home = tmp_path / "box"
    with WholeBox(home) as first:
        printed = first.printed
        assert first.end(signal.SIGINT) == 0
        assert "no process is left" in first.printed
        assert first.running() == {}
    with WholeBox(home) as second:
        assert "not shown again" in printed
        assert "not shown again" not in second.printed.removeprefix(printed)
        found = re.findall(r"is up \((\d+\.\d) s\)", second.printed)
        assert float(found[-1]) < 10.0 * overload()

        second.end(signal.SIGKILL)
        until(lambda: not second.running(), 20.0, "every process of the box has ended")
        assert list(second.home.run.glob("wire-*")) == []
