"""Two clocks: which is right, and that the other one follows."""

from __future__ import annotations

import pytest

from firmware.deviced.rtc import Step, TimeKeeper
from hw.rtc.sim import SimClock
from tests.unit.deviced_bench import Clock

NOW = 1_795_288_557.0
DAY_S = 86400.0


class Two:
    def __init__(self, machine: float, battery: float | None):
        self.steady = Clock()
        self.machine, self.battery = SimClock(self.steady, machine), SimClock(self.steady, battery)
        self.keeper = TimeKeeper(self.battery, self.machine)


def test_a_box_that_was_off_for_three_days_takes_the_batterys_time():
    two = Two(NOW, NOW + 3 * DAY_S)
    assert two.keeper.look() is Step.TAKE
    assert two.machine.read() == NOW + 3 * DAY_S
    assert two.keeper.look() is Step.LEAVE


@pytest.mark.parametrize("lost", [None, 0.0, NOW - 400 * DAY_S, 5e9])
def test_a_battery_that_was_empty_is_told_the_time(lost):
    two = Two(NOW, lost)
    assert two.keeper.look() is Step.KEEP
    assert two.battery.read() == NOW
    assert two.machine.read() == NOW


def test_what_the_network_tells_is_kept_even_if_it_is_earlier():
    two = Two(NOW, NOW + DAY_S)
    two.machine.synchronised = True
    assert two.keeper.look() is Step.KEEP
    assert two.battery.read() == NOW


def test_while_the_box_runs_its_clock_is_never_set_by_the_battery():
    two = Two(NOW, NOW)
    assert two.keeper.look() is Step.LEAVE
    two.steady.now += DAY_S
    two.battery.set(two.machine.read() + 30.0)
    assert two.keeper.look() is Step.LEAVE
    two.battery.set(two.machine.read() - 30.0)
    assert two.keeper.look() is Step.KEEP, "it has fallen behind"


def test_clocks_that_refuse_are_told_once(caplog):
    two = Two(NOW, None)

    def refuse(_now):
        raise PermissionError(1, "Operation not permitted")

    two.battery.set = refuse
    for _time in range(3):
        assert two.keeper.look() is Step.LEAVE
    assert caplog.text.count("cannot be set by each other (keep)") == 1
