"""A UPS through an outage: what the box reads of it."""

from __future__ import annotations

import asyncio
import select
import time

import pytest

from hw.power.port import SupplySilent

_WITHIN_S = 30.0


def read(ups):
    """What it says now, on a connection of its own; None: it is silent."""

    async def once():
        supply = ups.supply()
        try:
            return await supply.read()
        except SupplySilent:
            return None
        finally:
            await supply.close()

    return asyncio.run(once())


def read_until(ups, condition):
    """Ask until what is said is so."""
    end = time.monotonic() + _WITHIN_S
    while not condition(measured := read(ups)):
        assert time.monotonic() < end, f"it says {measured}"
        select.select([], [], [], 0.2)
    return measured


def with_mains(measured):
    return measured is not None and measured.mains is True


def on_battery(measured):
    return measured is not None and measured.mains is False


@pytest.fixture
def ups(board):
    made = board.ups()
    read_until(made, with_mains)
    return made


@pytest.mark.covers("UPS: mains lost, battery falling, mains back")
def test_an_outage(ups):
    ups.charge(90)
    ups.mains(on=False)
    read_until(ups, on_battery)
    ups.charge(40)
    measured = read_until(ups, lambda m: on_battery(m) and m.charge_percent <= 40)
    assert measured.charge_percent == pytest.approx(40, abs=1)
    ups.mains(on=True)
    assert not read_until(ups, with_mains).is_low


@pytest.mark.covers("UPS: its own word that the battery ends")
def test_its_own_word_that_the_battery_ends(ups):
    ups.mains(on=False)
    ups.call_it_low()
    assert read_until(ups, lambda m: on_battery(m) and m.is_low).mains is False


@pytest.mark.covers("UPS, bad input: a driver that died is silence, and is heard when it is back")
def test_a_driver_that_died_is_silence(ups):
    ups.silence()
    read_until(ups, lambda m: m is None)
    ups.speak()
    read_until(ups, with_mains)
