"""Levels and the loop-back test over the link of a lined that runs, against the simulated central
office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.link.api import BenchApi, LinedApi
from firmware.link.client import Link, Refused
from hw.signal.level import SILENCE_DBM0
from tests.rig.box import Box, LeanBox
from tests.rig.until import until


@pytest.fixture(scope="module")
def office() -> Iterator[Box]:
    with LeanBox("bench", "lined") as box:
        yield box


@pytest.fixture
def lined(office: Box) -> Iterator[Link]:
    with office.link("lined") as link:
        yield link


def test_the_levels_of_a_resting_line_are_silence_and_of_dial_tone_its_own(
    office: Box, lined: Link
) -> None:
    watch = office.watch("lined")

    def heard_dbm0() -> float | None:
        return lined.call(LinedApi.levels, "fxo-1").heard_dbm0

    until(lambda: heard_dbm0() is not None, 5.0, "the line is measured")
    assert heard_dbm0() == SILENCE_DBM0
    lined.call(LinedApi.loop_back, "fxo-1")
    until(lambda: heard_dbm0() == pytest.approx(-13.0, abs=1.5), 5.0, "dial tone fills a window")
    said = lambda: lined.call(LinedApi.levels, "fxo-1").said_dbm0 or SILENCE_DBM0  # noqa: E731
    until(lambda: said() > -24.0, 15.0, "the burst is sent")
    ended = watch.named("loopback.ended", 30.0)
    assert ended.row.tone_dbm0 == pytest.approx(-13.0, abs=1.0)
    assert ended.row.id == "fxo-1"
    ready = watch.wait(
        lambda e: e.kind == "line" and e.row.id == "fxo-1" and e.row.state == "idle",
        15.0,
        "the line serves again",
        since=watch.events.index(ended),
    )
    assert ready.row.fault == ""


def test_a_station_line_has_levels_and_no_loop_back(lined: Link) -> None:
    until(
        lambda: lined.call(LinedApi.levels, "fxs-1").heard_dbm0 is not None, 5.0, "it is measured"
    )
    with pytest.raises(Refused, match="no analogue trunk line"):
        lined.call(LinedApi.loop_back, "fxs-1")
    with pytest.raises(Refused, match="no line is called 'nobody'"):
        lined.call(LinedApi.levels, "nobody")


def test_a_line_that_is_cut_fails(office: Box, lined: Link) -> None:
    watch = office.watch("lined")
    with office.link("bench") as bench:
        lined.call(LinedApi.loop_back, "fxo-2")
        bench.call(BenchApi.cut, "fxo-2")
        ended = watch.named("loopback.ended", 20.0)
        bench.call(BenchApi.mend, "fxo-2")
    assert (ended.row.state, ended.row.fault) == ("failed", "line_cut")
