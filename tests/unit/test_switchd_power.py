"""A shortage of power as calls feel it; calls for help never do."""

from __future__ import annotations

import pytest

from firmware.link.board import PowerRow
from firmware.link.client import Event, Snapshot
from firmware.model.cause import Cause
from firmware.model.power.state import Measure, PowerState
from tests.jump import run
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import settle


def row(state, *measures):
    return PowerRow(
        id="power",
        state=state,
        since=0.0,
        mains=False,
        charge_percent=10.0,
        minutes_left=3.0,
        voltage_v=None,
        measures=tuple(sorted(measures)),
        fault="",
        simulated=True,
    )


def told(rig, state, *measures):
    power = row(state, *measures)
    rig.exchange.shortage.told(Event(name="power.changed", at=0.0, kind="power", row=power))


def test_while_calls_drain_a_new_one_is_refused_with_a_spoken_reason():
    async def story():
        rig = Outdoors()
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        caller = rig.call("101", sender="102")
        await rig.until(lambda: caller.leg.is_gone)
        assert "play power_no_new_calls en" in rig.studio.log
        assert caller.said == ["183", "end SWITCH_CONGESTION"]
        assert rig.stack.dialled == []

    run(story())


def test_a_call_for_help_goes_out_while_calls_drain_and_outlives_them():
    async def story():
        rig = Outdoors()
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        caller = rig.call("115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        told(rig, PowerState.FINALISING, Measure.DRAIN)
        await settle()
        assert not caller.leg.is_gone

    run(story())


def test_a_call_that_runs_goes_on_while_it_drains_and_ends_when_all_is_finalised():
    async def story():
        rig = Outdoors()
        caller = await talk(rig)
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        await settle()
        assert not caller.leg.is_gone
        told(rig, PowerState.FINALISING, Measure.DRAIN)
        await settle()
        assert caller.leg.is_gone
        assert f"end {Cause.TEMPORARY_FAILURE.name}" in caller.said
        assert "ended_by_power" in rig.ledger.story

    run(story())


def test_when_mains_are_back_calls_are_taken_again():
    async def story():
        rig = Outdoors()
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        told(rig, PowerState.RESTORED)
        rig.call("101", sender="102")
        await settle()
        assert len(rig.stack.dialled) == 1

    run(story())


def test_a_snapshot_without_power_changes_nothing():
    async def story():
        rig = Outdoors()
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        rig.exchange.shortage.told(Snapshot(rows={"led": ()}))
        assert rig.exchange.shortage.drains

    run(story())


def test_nobody_orders_a_call_while_calls_drain():
    async def story():
        rig = Outdoors()
        rig.exchange.shortage.check()
        told(rig, PowerState.CRITICAL, Measure.DRAIN)
        with pytest.raises(RuntimeError, match="battery is nearly empty"):
            rig.exchange.shortage.check()

    run(story())


def test_no_new_recording_begins_and_one_that_runs_goes_on():
    async def story():
        rig = Outdoors()
        await talk(rig)
        told(rig, PowerState.LOW, Measure.NO_RECORDING)
        await settle()
        assert len(rig.studio.recordings) == 1
        assert "recorded" not in rig.studio.log
        await talk(rig, "101", "201")
        assert len(rig.studio.recordings) == 1

    run(story())


def test_who_talks_is_warned_once_and_only_who_is_meant():
    async def story():
        rig = Outdoors()
        await talk(rig)
        told(rig, PowerState.LOW, Measure.WARN_CALLERS)
        assert "play power_ends_soon en" not in rig.studio.log
        for _again in range(3):
            told(rig, PowerState.LOW, Measure.WARN_CALLERS, Measure.WARN_AGENTS)
        assert rig.studio.log.count("play power_ends_soon en") == 2

    run(story())


def test_new_calls_are_narrow_for_as_long_as_it_is_wanted():
    async def story():
        rig, orders = Outdoors(), []
        rig.exchange.shortage.narrow = orders.append
        told(rig, PowerState.LOW, Measure.LOWER_MEDIA)
        told(rig, PowerState.CRITICAL, Measure.LOWER_MEDIA, Measure.DRAIN)
        told(rig, PowerState.RESTORED)
        assert orders == [True, False]

    run(story())


async def talk(rig, number="101", sender="102"):
    """Two people inside talk; the caller's dialog."""
    caller = rig.call(number, sender=sender)
    await settle()
    rig.stack.dialled[-1].leg.on_answered()
    await settle()
    return caller
