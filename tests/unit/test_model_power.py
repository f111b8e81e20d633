"""Power: every way through an outage ends in a running box, and no sensor is believed blindly."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.model.power.ending import Ending, Order, last_orders
from firmware.model.power.reading import Reading, plausible
from firmware.model.power.state import (
    POWER_TABLE,
    Measure,
    PowerEvent,
    PowerState,
    measures_in,
)
from tests.unit.power_world import LIMITS, POLICIES, Box, World

ENDINGS = pytest.mark.parametrize("ending", list(Ending))
OUTAGE_S = 220  # from the loss of mains to a box that is off, at half a percent a second


def test_every_pair_is_a_rule_or_late():
    for state in PowerState:
        for event in PowerEvent:
            assert POWER_TABLE.step(state, event) in PowerState
    assert not set(POWER_TABLE.rules) & set(POWER_TABLE.late)


@ENDINGS
def test_an_outage_goes_through_all_states_in_order_and_comes_back(ending):
    world = World(ending).run(30)
    world.mains = False
    world.run(OUTAGE_S)
    assert world.states == [
        PowerState.ON_BATTERY,
        PowerState.LOW,
        PowerState.CRITICAL,
        PowerState.FINALISING,
        PowerState.HALTED,
    ]
    assert world.box is Box.OFF
    world.mains = True
    world.run(120)
    assert (world.box, world.keeper.state) == (Box.RUNNING, PowerState.MAINS)


@ENDINGS
@pytest.mark.parametrize("obeys_cut", [True, False])
def test_mains_back_at_any_second_of_the_shutdown_ends_in_a_running_box(ending, obeys_cut):
    for back_after_s in range(1, OUTAGE_S):
        world = World(ending, obeys_cut=obeys_cut).run(30)
        world.mains = False
        world.run(back_after_s)
        world.mains = True
        world.run(150)
        assert world.box is Box.RUNNING, f"mains back after {back_after_s} s: {world.orders}"
        assert world.keeper.state in {PowerState.MAINS, PowerState.RESTORED}


@settings(max_examples=150, deadline=None)
@given(
    ending=st.sampled_from(list(Ending)),
    obeys_cut=st.booleans(),
    live_calls=st.integers(0, 3),
    stretches=st.lists(
        st.tuples(
            st.booleans(),  # mains
            st.sampled_from(["true", "silent", "stuck", "zero", "mains"]),
            st.integers(1, 90),
        ),
        max_size=8,
    ),
)
def test_whatever_mains_and_sensors_did_the_box_runs_in_the_end(
    ending, obeys_cut, live_calls, stretches
):
    world = World(ending, obeys_cut=obeys_cut, live_calls=live_calls)
    for mains, sensor, seconds in stretches:
        world.mains, world.is_silent = mains, sensor == "silent"
        world.says = {
            "stuck": world.keeper.reading,
            "zero": Reading(mains=False, charge_percent=0.0, voltage_v=0.0),
            "mains": Reading(mains=True, charge_percent=world.percent),
        }.get(sensor)
        world.run(seconds)
    world.mains, world.is_silent, world.says = True, False, None
    world.run(300)
    assert world.box is Box.RUNNING
    assert world.keeper.state is PowerState.MAINS


def test_mains_that_flicker_for_a_second_change_nothing():
    world = World(Ending.CUT).run(30)
    for _time in range(20):
        world.mains = False
        world.run(1)
        world.mains = True
        world.run(2)
    assert world.states == []


def test_mains_that_come_for_seconds_do_not_end_an_outage():
    world = World(Ending.CUT, drain_per_s=0.1).run(30)
    world.mains = False
    world.run(10)
    for _time in range(5):
        world.mains = True
        world.run(10)
        world.mains = False
        world.run(10)
    assert world.states[0] is PowerState.ON_BATTERY
    assert PowerState.RESTORED not in world.states


def test_calls_have_their_time_to_drain_and_no_more():
    world = World(Ending.CUT, live_calls=1, percent=30.0)
    world.mains = False
    while world.keeper.state is not PowerState.CRITICAL:
        world.run(1)
    world.percent = 100.0  # whatever the gauge says now: a level is never taken back
    world.run(int(LIMITS.drain_s) - 1)
    assert world.keeper.state is PowerState.CRITICAL
    world.run(2)
    assert world.keeper.state is PowerState.FINALISING
    assert Order.FINALISE in world.orders


def test_mains_in_the_last_second_take_the_halt_back():
    assert last_orders(Ending.CUT, mains=True) == (Order.RESUME,)
    world = World(Ending.CUT)
    world.mains = False
    while world.keeper.state is not PowerState.FINALISING:
        world.run(1)
    world.run(int(LIMITS.finalise_s) - 2)
    world.mains = True
    world.run(5)
    assert Order.HALT not in world.orders
    assert world.keeper.state is PowerState.RESTORED


def test_one_lie_of_an_empty_battery_halts_nothing():
    world = World(Ending.CUT, drain_per_s=0.01)
    world.mains = False
    world.run(20)
    world.says = Reading(mains=False, charge_percent=0.0)
    world.run(int(LIMITS.confirm_s) - 1)
    world.says = None
    world.run(20)
    assert world.states == [PowerState.ON_BATTERY]


def test_a_supply_that_says_mains_while_its_battery_empties_is_not_believed():
    world = World(Ending.CUT).run(5)
    world.mains = False
    for _second in range(140):
        world.says = Reading(mains=True, charge_percent=world.percent)
        world.run(1)
    assert PowerState.LOW in world.states
    assert "its battery empties" in world.keeper.fault


def test_a_silent_supply_on_mains_is_a_fault_and_nothing_else():
    world = World(Ending.CUT).run(30)
    world.is_silent = True
    world.run(3600)
    assert world.states == []
    assert world.keeper.fault == "no answer"


def test_a_supply_that_falls_silent_on_battery_is_counted_down():
    world = World(Ending.REST, drain_per_s=0.02, percent=90.0)  # 75 minutes
    world.mains = False
    world.run(60)
    world.is_silent, world.percent = True, 100.0  # the end comes by the clock, not by the truth
    world.run(57 * 60)
    assert world.states == [PowerState.ON_BATTERY]
    world.run(21 * 60)
    assert world.states[-2:] == [PowerState.FINALISING, PowerState.HALTED]


def test_a_supply_that_was_never_heard_halts_nothing():
    world = World(Ending.CUT, is_silent=True).run(3600)
    assert world.states == []


@given(st.dictionaries(st.sampled_from(list(PowerState)), st.frozensets(st.sampled_from(Measure))))
def test_a_worse_state_never_takes_a_measure_back(policies):
    order = list(PowerState)[: list(PowerState).index(PowerState.HALTED) + 1]
    for lesser, worse in pairwise(order):
        assert measures_in(lesser, policies) <= measures_in(worse, policies)
    assert measures_in(PowerState.MAINS, policies) == frozenset()


def test_calls_drain_at_the_end_whatever_the_site_says():
    assert Measure.DRAIN in measures_in(PowerState.FINALISING, {})
    assert measures_in(PowerState.RESTORED, POLICIES) == {Measure.STOP_BACKGROUND}


def test_what_cannot_be_is_no_reading():
    wild = Reading(charge_percent=255.0, voltage_v=0.0, load_percent=float("nan"))
    assert plausible(wild) == Reading()
    assert plausible(replace(wild, charge_percent=102.0)).charge_percent == 100.0
