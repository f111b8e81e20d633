"""A supply behind Debian's upsd and its driver dummy-ups, led through an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from firmware.config.sections.power import Power
from firmware.model.power.state import PowerState
from hw.power.nut import NutSupply
from hw.power.port import CannotCut, Measured, SupplySilent
from tests.hil.ups import Ups
from tests.rig.ports import reserve_block
from tests.rig.until import until
from tests.unit.deviced_bench import Watched

PLAN = Power(
    lost_for_s=0.5, back_for_s=1.0, low_minutes=0, critical_minutes=0, drain_s=2.0, finalise_s=2.0
)


@pytest.fixture(scope="module")
def ups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ups]:
    with reserve_block() as ports:
        ups = Ups(tmp_path_factory.mktemp("nut"), ports.base)
        try:
            read_until(ups, lambda measured: measured.mains is True)
            yield ups
        finally:
            ups.stop()


def read_until(ups: Ups, condition: Callable[[Measured], bool]) -> Measured:
    """Ask, each time on a new connection, until what is said is so."""

    async def once() -> Measured | None:
        supply = ups.supply()
        try:
            measured = await supply.read()
        except SupplySilent:
            return None
        finally:
            await supply.close()
        return measured if condition(measured) else None

    return until(lambda: asyncio.run(once()), 20.0, "the UPS says what was written")


def test_an_outage_from_mains_to_a_low_battery_and_back(ups: Ups):
    ups.says("OL CHRG", charge=98)
    measured = read_until(ups, lambda m: m.charge_percent == 98)
    assert (measured.mains, measured.is_low, measured.fault) == (True, False, "")
    assert (measured.voltage_v, measured.load_percent) == (26.8, 20.0)

    ups.says("OB DISCHRG", charge=60, load=35)
    measured = read_until(ups, lambda m: m.mains is False)
    assert (measured.charge_percent, measured.is_low, measured.load_percent) == (60, False, 35)

    ups.says("OB LB DISCHRG", charge=9)
    assert read_until(ups, lambda m: m.is_low).mains is False

    ups.says("OL CHRG", charge=12)
    measured = read_until(ups, lambda m: m.mains is True)
    assert not measured.is_low


def test_a_low_battery_that_charges_is_no_reason_to_halt(ups: Ups):
    ups.says("OL LB CHRG", charge=5)
    assert not read_until(ups, lambda m: m.charge_percent == 5).is_low
    ups.says("OL", charge=100)


def test_what_it_complains_of_is_told(ups: Ups):
    ups.says("OL RB", charge=77)
    measured = read_until(ups, lambda m: m.charge_percent == 77)
    assert measured.fault == "the battery needs to be replaced"
    ups.says("OL", charge=100)


def test_a_ups_that_nobody_knows_is_silence(ups: Ups):
    async def story() -> None:
        supply = ups.supply(ups="cellar")
        with pytest.raises(SupplySilent, match=r"cellar@127.0.0.1.*UNKNOWN-UPS"):
            await supply.read()
        await supply.close()

    asyncio.run(story())


def test_this_driver_takes_no_order_to_cut_and_that_is_said(ups: Ups):
    async def story() -> None:
        supply = ups.supply()
        assert not await supply.can_cut()
        with pytest.raises(CannotCut, match=r"rack@127.0.0.1.*CMD-NOT-SUPPORTED"):
            await supply.cut(30)
        await supply.close()

    asyncio.run(story())


def test_a_driver_that_died_is_silence_and_its_return_is_heard(ups: Ups):
    async def ask() -> str:
        supply = ups.supply()
        try:
            await supply.read()
        except SupplySilent as silent:
            return str(silent)
        finally:
            await supply.close()
        return ""

    ups.silence()
    said = until(lambda: asyncio.run(ask()), 30.0, "upsd notices that the driver is gone")
    assert "DRIVER-NOT-CONNECTED" in said or "DATA-STALE" in said
    ups.speak()
    assert read_until(ups, lambda m: m.mains is True)


def test_an_upsd_that_is_not_there_is_silence():
    async def story() -> None:
        nowhere = NutSupply(host="127.0.0.1", port=1, ups="rack", user="", password="")
        with pytest.raises(SupplySilent, match=r"rack@127.0.0.1:1"):
            await nowhere.read()
        assert not await nowhere.can_cut()
        await nowhere.close()

    asyncio.run(story())


def test_the_box_follows_a_real_upsd_through_an_outage_to_its_rest_and_back(ups: Ups):
    """dummy-ups takes no order to cut: so the box must rest, and start anew with mains."""
    ups.says("OL", charge=100)
    read_until(ups, lambda m: m.charge_percent == 100)
    box = Watched(plan=PLAN)
    supply = ups.supply()
    box.watch = box.watching(supply, time.monotonic)
    seen: list[str] = []

    async def follow(state: PowerState) -> None:
        end = time.monotonic() + 40.0
        while box.watch.state is not state:
            await box.watch.look()
            await asyncio.sleep(0.2)
            if time.monotonic() > end:
                raise AssertionError(f"power is {box.watch.state}, not {state}; so far {seen}")
        seen.append(state)

    async def story() -> None:
        await follow(PowerState.MAINS)
        ups.says("OB DISCHRG", charge=90)
        await follow(PowerState.ON_BATTERY)
        ups.says("OB DISCHRG", charge=35)
        await follow(PowerState.LOW)
        ups.says("OB LB DISCHRG", charge=20)
        await follow(PowerState.CRITICAL)
        await follow(PowerState.HALTED)
        assert box.machine.told == ["sync", "rest"]
        ups.says("OL CHRG", charge=21)
        await follow(PowerState.RESTORED)
        assert box.machine.told == ["sync", "rest", "restart"]
        await supply.close()

    asyncio.run(story())
