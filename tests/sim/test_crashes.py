"""Any two of the box's processes die in the same moment: it is back, and what they do not carry
goes on. (Each one alone: ``test_box``.)"""

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
DISTANT = ("lined", *OTHERS)
GAP_S = 0.1
"""What a packet late on a busy machine costs is less."""

PAIRS = [
    *itertools.combinations(ESSENTIAL, 2),
    *((one, other) for one in ("switchd", "lined") for other in OTHERS),
    ("web", "provision"),
    ("recorder", "outbox"),
]


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
    """Kill them at once; seconds until a call is answered again. All of them come back.

    Kamailio with all its workers: they would go on taking calls until the next one starts.
    """
    before = box.pids()
    workers = processes.started_with(launch.command(box.home)) if "kamailio" in programs else []
    killed_at = time.monotonic()
    processes.end({*workers, *(before[name] for name in programs)}, grace_s=0.0)
    answered_at = first_answer(box.network, "103", box.passwords["103"], 30.0 * overload())

    def back() -> bool:
        after = box.pids()
        return all(after.get(p, before[p]) != before[p] and box.answers(p) for p in programs)

    until(back, 10.0 * overload(), f"{' and '.join(programs)} are back")
    return answered_at - killed_at


def assert_no_gap(*telephones: Baresip) -> None:
    """Nothing was missing of what each heard of the other, from the first tone to now."""
    for telephone in telephones:
        assert telephone.heard().sounding().gaps(shortest_s=GAP_S * overload()) == []


@pytest.mark.scenario
@pytest.mark.timeout(600)
def test_calls_are_possible_again_after_the_death_of_any_two(box: WholeBox, tmp_path: Path) -> None:
    there = set(box.pids())
    took_s: dict[str, float] = {}
    for number, pair in enumerate(pair for pair in PAIRS if set(pair) <= there):
        with Telephones(box, tmp_path / str(number)) as telephones:
            talkers = _in_talk(telephones)
            name = " and ".join(pair)
            took_s[name] = _kill(box, pair)
            print(f"{took_s[name]:5.2f} s  {name}", flush=True)
            if not CARRIES_CALLS & set(pair):
                assert_still_talking(*talkers)
                assert_no_gap(*talkers)
    assert len(took_s) >= len(PAIRS) - 4
    assert max(took_s.values()) < CALLS_AGAIN_S * overload(), took_s


def test_all_that_no_call_goes_through_dies_at_once_and_no_telephone_hears_it(
    box: WholeBox, tmp_path: Path
) -> None:
    with Telephones(box, tmp_path) as telephones:
        talkers = _in_talk(telephones)
        _kill(box, DISTANT)
        assert_still_talking(*talkers)
        assert_no_gap(*talkers)
