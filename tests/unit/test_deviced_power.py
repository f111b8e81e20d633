"""deviced carries out what the model decides, and the battery's history is kept."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import pytest

from firmware.config.home import Home
from firmware.config.schema import Office, Site
from firmware.config.sections.power import Power
from firmware.deviced.notices import letter_about
from firmware.model.power.battery import End, Sample
from firmware.model.power.state import Measure, PowerState
from firmware.store import discharges, outbox, rows
from firmware.store.db import open_store
from tests.unit.deviced_bench import Watched


def story(test):
    """Run a coroutine function as a test."""

    def run():
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


@story
async def test_an_outage_ends_in_a_halt_that_the_supply_takes_back():
    box = Watched()
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.HALTED)
    assert box.machine.told == ["sync", "halt"]
    assert box.supply.cut_at == box.clock.now + box.plan.cut_s
    assert box.moves == [
        PowerState.ON_BATTERY,
        PowerState.LOW,
        PowerState.CRITICAL,
        PowerState.FINALISING,
        PowerState.HALTED,
    ]


@story
async def test_a_supply_that_cannot_cut_is_never_trusted_with_a_halt():
    box = Watched()
    box.supply.takes_cut = False
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.HALTED)
    assert box.machine.told == ["sync", "rest"]
    box.supply.switch_mains(on=True)
    await box.run(3)
    assert box.machine.told == ["sync", "rest", "restart"]


@story
async def test_a_cut_that_is_refused_at_the_last_moment_is_a_rest():
    box = Watched()
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.FINALISING)
    box.supply.takes_cut = False
    await box.until(PowerState.HALTED)
    assert box.machine.told == ["sync", "rest"]


@story
async def test_mains_while_it_finalises_halt_nothing_and_the_box_serves_again():
    box = Watched(calls=2)
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.FINALISING)
    assert Measure.DRAIN in box.row.measures
    box.supply.switch_mains(on=True)
    await box.until(PowerState.MAINS)
    assert box.machine.told == ["sync"]
    assert box.row.measures == ()


@story
async def test_calls_that_live_are_waited_for_and_no_longer_than_allowed():
    box = Watched(calls=1)
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.CRITICAL)
    began = box.clock.now
    await box.until(PowerState.HALTED)
    assert box.clock.now - began == pytest.approx(box.plan.drain_s + box.plan.finalise_s, abs=3)


@story
async def test_an_order_that_the_machine_refuses_ends_nothing():
    box = Watched(refused=frozenset({"halt"}))
    await box.run(5)
    box.supply.switch_mains(on=False)
    await box.until(PowerState.HALTED)
    await box.run(10)
    assert box.machine.told == ["sync"]


@story
async def test_a_silent_supply_is_a_fault_on_the_row():
    box = Watched()
    await box.run(5)
    box.supply.is_silent = True
    await box.run(15)
    assert box.row.fault == "the simulated supply is silent"
    assert box.row.state == PowerState.MAINS
    box.supply.is_silent = False
    await box.run(1)
    assert box.row.fault == ""


@story
async def test_the_row_is_told_when_it_changes_and_else_not():
    box = Watched()
    await box.run(3)
    seq = box.board.seq
    await box.run(20)
    assert box.board.seq == seq


@story
async def test_what_this_battery_taught_is_what_is_shown_next_time():
    first = Watched(lasts_s=300.0, plan=Power(full_minutes=60.0, low_minutes=0, critical_minutes=0))
    await first.run(5)
    first.supply.switch_mains(on=False)
    await first.until(PowerState.CRITICAL)
    first.supply.switch_mains(on=True)
    await first.run(30)
    ended = first.kept[-1]
    assert ended.ended == End.BACK
    assert {record.ended for record in first.kept[:-1]} <= {discharges.OPEN}
    past = tuple(_as_read(first.kept[-1:]))
    later = Watched(lasts_s=300.0, past=past, plan=first.plan)
    await later.run(2)
    assert later.row.minutes_left == pytest.approx(5, abs=1)


def _as_read(records):
    for one in records:
        samples = tuple(
            Sample(at_s=at, level_percent=level, load_percent=load)
            for at, level, load in json.loads(one.samples)
        )
        yield discharges.Discharge(began_at=one.began_at, samples=samples, end=End(one.ended))


def test_the_store_tells_a_dead_battery_from_a_dead_daemon(tmp_path):
    home = Home(tmp_path)
    home.make()
    samples = [Sample(at_s=0.0, level_percent=80.0, load_percent=None)]
    with closing(open_store(home)) as db:
        for ident, began, boot in (("a", 1.0, "life-1"), ("b", 2.0, "life-2")):
            rows.save(db, discharges.record(ident, began, boot, discharges.OPEN, samples))
        assert discharges.newest(db) == []
        assert discharges.close_open(db, "life-2") == 1
        assert [one.end for one in discharges.newest(db)] == [End.DIED, End.BACK]
        assert discharges.newest(db)[0].samples == tuple(samples)


def test_the_owner_is_told_in_the_offices_language(tmp_path):
    site = Site(office=Office(name="دفتر", language="fa"), power=Power(owner_number="09121234567"))
    letter = letter_about(PowerState.ON_BATTERY, site, minutes=42.3, percent=99.0, at=7.0)
    assert letter is not None
    assert letter.recipient == "09121234567"
    assert "۴۲ دقیقه" in letter.body
    home = Home(tmp_path)
    home.make()
    with closing(open_store(home)) as db:
        outbox.put(db, letter)
        assert [one.body for one in outbox.waiting(db, "sms")] == [letter.body]


def test_nobody_is_told_without_a_number_or_against_the_policy():
    assert letter_about(PowerState.LOW, Site(), minutes=1, percent=1, at=0) is None
    quiet = Site(power=Power(owner_number="0912", on_battery=()))
    assert letter_about(PowerState.ON_BATTERY, quiet, minutes=1, percent=1, at=0) is None
