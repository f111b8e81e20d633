"""Any of the box's processes dies, and any two in the same moment: calls are possible again, and
what they do not carry goes on."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware import processes
from firmware.edge import launch
from tests.rig.answered import first_answer
from tests.rig.baresip import Baresip
from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until
from tests.sim.test_box import assert_still_talking, talking

CALLS_AGAIN_S = 3.0
CARRIES_CALLS = {"switchd"}
"""Kamailio's death ends no call: audio goes past it, and it finds its dialogs by Record-Route."""

ESSENTIAL = ("kamailio", "edge", "switchd", "lined")
OTHERS = ("recorder", "outbox", "provision", "web", "deviced", "diagnosis")
PROGRAMS = (*ESSENTIAL, *OTHERS)
DISTANT = ("lined", *OTHERS)
GAP_S = 0.1
"""What a packet late on a busy machine costs is less."""

PAIRS = tuple(itertools.combinations(PROGRAMS, 2))


@pytest.fixture(scope="module")
def box() -> Iterator[WholeBox]:
    with WholeBox() as started:
        yield started


def _in_talk(telephones: Telephones) -> tuple[Baresip, Baresip]:
    """Two telephones that have heard one another: the last ACK of their call has arrived."""
    talkers = talking(telephones)
    assert_still_talking(*talkers)
    return talkers


def _kill(box: WholeBox, programs: tuple[str, ...]) -> float:
    """Kill them at once; seconds until a call is answered again, and on lines can be. All of them
    come back.

    Kamailio with all its workers: they would go on taking calls until the next one starts.
    """
    before = box.pids()
    workers = processes.started_with(launch.command(box.home)) if "kamailio" in programs else []
    killed_at = time.monotonic()
    processes.end({*workers, *(before[name] for name in programs)}, grace_s=0.0)
    possible_at = first_answer(box.network, "103", box.passwords["103"], 30.0 * overload())
    if "lined" in programs:  # it answers when its lines are open
        until(lambda: box.answers("lined"), 30.0 * overload(), "lined answers")
        possible_at = max(possible_at, time.monotonic())

    def back() -> bool:
        after = box.pids()
        return all(after.get(p, before[p]) != before[p] and box.answers(p) for p in programs)

    until(back, 10.0 * overload(), f"{' and '.join(programs)} are back")
    return possible_at - killed_at


def assert_no_gap(*telephones: Baresip) -> None:
    """Nothing was missing of what each heard of the other, from the first tone to now."""
    for telephone in telephones:
        assert telephone.heard().sounding().gaps(shortest_s=GAP_S * overload()) == []


def _survive(box: WholeBox, programs: tuple[str, ...], folder: Path) -> float:
    """Kill them during a call, which goes on if they do not carry it; seconds until calls are
    possible."""
    with Telephones(box, folder) as telephones:
        talkers = _in_talk(telephones)
        took_s = _kill(box, programs)
        print(f"{took_s:5.2f} s  {' and '.join(programs)}", flush=True)
        if not CARRIES_CALLS & set(programs):
            assert_still_talking(*talkers)
            assert_no_gap(*talkers)
    return took_s


@pytest.mark.parametrize("program", PROGRAMS)
def test_calls_are_possible_again_after_the_death_of_any(
    box: WholeBox, tmp_path: Path, program: str
) -> None:
    assert _survive(box, (program,), tmp_path) < CALLS_AGAIN_S * overload()


@pytest.mark.scenario
@pytest.mark.timeout(900)
def test_calls_are_possible_again_after_the_death_of_any_two(box: WholeBox, tmp_path: Path) -> None:
    took_s = {pair: _survive(box, pair, tmp_path / "-".join(pair)) for pair in PAIRS}
    print(f"most: {max(took_s.values()):.2f} s, {len(took_s)} pairs")
    assert max(took_s.values()) < CALLS_AGAIN_S * overload(), took_s


def test_all_that_no_call_goes_through_dies_at_once_and_no_telephone_hears_it(
    box: WholeBox, tmp_path: Path
) -> None:
    with Telephones(box, tmp_path) as telephones:
        talkers = _in_talk(telephones)
        _kill(box, DISTANT)
        assert_still_talking(*talkers)
        assert_no_gap(*talkers)
