"""The loop-back test of a trunk line, against a simulated exchange on a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.lined.learning.loopback import LoopBacks
from firmware.link.lines import LoopBackRow
from firmware.model.line import LineState
from hw.dahdi.exchanges import EXCHANGES
from hw.dahdi.wire import SILENCE
from hw.signal.tone import ToneGenerator
from tests.jump import run
from tests.rig.learning import LearningBench, _at_once, surroundings
from tests.unit.line_bench import FakeExchange

IDLE, LEARNING = LineState.IDLE, LineState.LEARNING


class Stage:
    """A line that is idle, and its tests."""

    def __init__(self, bench: LearningBench) -> None:
        self.bench = bench
        self.rows: list[tuple[str, LoopBackRow]] = []
        self.tests = LoopBacks(
            work=_at_once,
            wall_clock=lambda: 1000.0,
            post=lambda event, row: self.rows.append((event, row)),
        )
        self.tests.lines = bench.desk.lines

    async def over(self) -> LoopBackRow:
        await self.bench.until(lambda: self.rows[-1][0] == "loopback.ended", 60)
        return self.rows[-1][1]

    async def tested(self) -> LoopBackRow:
        self.tests.begin("fxo-1")
        return await self.over()


def on_stage(
    folder: Path, test: Callable[[Stage], Coroutine[Any, Any, None]], name: str = "de"
) -> None:
    async def whole() -> None:
        bench = LearningBench(folder, EXCHANGES[name], surroundings(FakeExchange()))
        try:
            await bench.pass_s(3.0)
            await test(Stage(bench))
            if bench.line.state is not LineState.FAULT:
                await bench.until(lambda: bench.line.state is IDLE, 30)
            assert bench.dialled == []
        finally:
            bench.close()

    run(whole())


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_both_ways_work(tmp_path, name):
    async def test(stage: Stage) -> None:
        row = await stage.tested()
        assert [event for event, _row in stage.rows] == ["loopback.began", "loopback.ended"]
        assert (row.state, row.fault, row.at) == ("passed", "", 1000.0)
        assert row.tone_dbm0 is not None
        assert -40 < row.tone_dbm0 < 0
        assert row.return_loss_db == pytest.approx(EXCHANGES[name].echo_db, abs=1.0)

    on_stage(tmp_path, test, name)


def test_without_dial_tone_it_fails(tmp_path):
    async def test(stage: Stage) -> None:
        stage.bench.on_line = lambda _audio: SILENCE
        row = await stage.tested()
        assert (row.state, row.fault) == ("failed", "no_dial_tone")
        assert row.return_loss_db is None

    on_stage(tmp_path, test)


@pytest.mark.parametrize("name", ["de", "us", "pbx-250"])
def test_a_line_that_is_heard_and_sends_nothing_back_fails(tmp_path, name):
    async def test(stage: Stage) -> None:
        dial = ToneGenerator(EXCHANGES[name].plan.tone("dial"))
        stage.bench.on_line = lambda _audio: dial.frame()
        row = await stage.tested()
        assert (row.state, row.fault) == ("failed", "no_echo")
        assert row.tone_dbm0 == pytest.approx(-13.0, abs=1.0)

    on_stage(tmp_path, test, name)


def test_a_call_that_comes_takes_the_line(tmp_path):
    async def test(stage: Stage) -> None:
        stage.bench.on_line = lambda _audio: SILENCE
        stage.tests.begin("fxo-1")
        with pytest.raises(RuntimeError, match="fxo-1 is learning"):
            stage.tests.begin("fxo-1")
        stage.bench.office.cut()
        row = await stage.over()
        assert (row.state, row.fault) == ("failed", "line_cut")
        stage.bench.office.mend()

    on_stage(tmp_path, test)


def test_a_line_that_is_taken_out_leaves_no_row(tmp_path):
    async def test(stage: Stage) -> None:
        await stage.tested()
        stage.tests.removed("fxo-1")
        assert stage.rows[-1][0] == "loopback.removed"
        stage.tests.removed("fxo-1")
        assert len(stage.rows) == 3

    on_stage(tmp_path, test)


def test_only_trunk_lines_have_one(tmp_path):
    async def test(stage: Stage) -> None:
        with pytest.raises(KeyError, match="no line is called 'fxo-9'"):
            stage.tests.begin("fxo-9")
        stage.tests.lines = {"fxs-1": object()}
        with pytest.raises(RuntimeError, match="no analogue trunk line"):
            stage.tests.begin("fxs-1")

    on_stage(tmp_path, test)
