"""The wall clock is set while the box runs: no call, timer or report takes harm."""

from __future__ import annotations

import asyncio

import pytest

from firmware.steady import steady
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle

FIFTY_YEARS_S = 50 * 365 * 86400.0


class Wall:
    """A wall clock that can be set."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def __call__(self) -> float:
        return 1_000_000.0 + self.set_by_s + asyncio.get_running_loop().time()


def test_a_steady_clock_shows_the_hour_of_its_beginning_and_then_what_passes() -> None:
    wall, passed = [1000.0], [5.0]
    clock = steady(lambda: wall[0], lambda: passed[0])
    assert clock() == 1000.0
    passed[0], wall[0] = 65.0, -1e9
    assert clock() == 1060.0


@pytest.mark.parametrize("jump_s", [FIFTY_YEARS_S, -FIFTY_YEARS_S / 100, 3600.0, -3600.0])
def test_a_call_lasts_as_long_as_it_lasted(jump_s: float) -> None:
    async def story() -> None:
        wall = Wall()
        rig = Rig(clock=wall)
        caller = rig.call("101")
        await settle()
        await asyncio.sleep(4.0)
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        wall.set_by_s = jump_s
        await asyncio.sleep(60.0)
        assert caller.said[-1] != "end", "the call goes on"
        rig.stack.dialled[0].leave()
        await settle()
        record = rig.ledger.last_call
        assert record.started_at == pytest.approx(1_000_000.0, abs=1.0)
        assert record.answered_at - record.started_at == pytest.approx(4.0, abs=0.5)
        assert record.ended_at - record.answered_at == pytest.approx(60.0, abs=0.5)

    run(story())


@pytest.mark.parametrize("jump_s", [-FIFTY_YEARS_S / 100, FIFTY_YEARS_S])
def test_the_exchange_goes_on_admitting_calls(jump_s: float) -> None:
    async def story() -> None:
        wall = Wall()
        rig = Rig(clock=wall)
        for _ in range(40):
            rig.call("999")
        wall.set_by_s = jump_s
        await asyncio.sleep(60.0)
        await settle()
        caller = rig.call("101")
        await settle()
        assert rig.stack.dialled, caller.said

    run(story())


def test_a_lock_lasts_its_quarter_of_an_hour() -> None:
    async def story() -> None:
        wall = Wall()
        outside = Rig(clock=wall).exchange.outside
        for _ in range(20):
            outside.pin_given("101", right=False)
        wall.set_by_s = FIFTY_YEARS_S
        assert outside.is_locked("101"), "setting the clock opens nothing"
        wall.set_by_s = -FIFTY_YEARS_S / 100
        await asyncio.sleep(901.0)
        assert not outside.is_locked("101")

    run(story())
