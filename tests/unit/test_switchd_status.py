"""What a telephone says of the box when its button was pressed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from firmware.link.status import BoxStatus
from firmware.model.power.state import Measure
from firmware.switchd.control import Control
from firmware.switchd.scripts.ringing import RING_S
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle

WELL = BoxStatus(
    calls_possible=True,
    lines="good",
    power="mains",
    minutes_left=None,
    internet="up",
    address="192.168.1.10",
)


def heard(rig):
    return [line for line in rig.studio.log if line.startswith("play ")]


async def told(status, answers=True):
    """The exchange that told it, when it is over."""
    rig = Rig()
    control = Control(None, rig.exchange, rig.ledger, None)
    control.announce_status("102", status)
    await rig.until(lambda: rig.stack.dialled)
    if answers:
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
    await rig.until(lambda: not rig.exchange.calls)
    return rig


def test_it_is_said_twice_in_the_office_s_language():
    async def story():
        rig = await told(WELL)
        said = heard(rig)
        assert len(said) == 10
        assert said[:5] == said[5:]
        names = ("calls_possible", "lines_good", "power_mains", "internet_up", "status_address")
        for name, line in zip(names, said, strict=False):
            assert name in line
            assert line.endswith(f" {rig.exchange.plan.language}")
        assert "192.168.1.10" in said[4]
        assert rig.ledger.last_call.disposition == "answered"

    run(story())


def test_on_battery_the_minutes_are_said_and_what_is_not_known_is_not():
    async def story():
        status = replace(
            WELL,
            calls_possible=False,
            lines="",
            power="battery",
            minutes_left=12,
            internet="",
            address="",
        )
        said = heard(await told(status))[:3]
        for name, line in zip(
            ("calls_impossible", "power_battery", "minutes_left"), said, strict=True
        ):
            assert name in line
        assert "Count(value=12" in said[2]

    run(story())


def test_nobody_answers():
    async def story():
        rig = Rig()
        control = Control(None, rig.exchange, rig.ledger, None)
        control.announce_status("102", WELL)
        await asyncio.sleep(RING_S + 2)
        assert not rig.exchange.calls
        assert heard(rig) == []
        assert rig.ledger.last_call.disposition == "no_answer"

    run(story())


def test_no_such_telephone_and_no_power():
    async def story():
        rig = Rig()
        control = Control(None, rig.exchange, rig.ledger, None)
        with pytest.raises(KeyError, match="there is no extension 999"):
            control.announce_status("999", WELL)
        rig.exchange.shortage.measures = frozenset({Measure.DRAIN})
        with pytest.raises(RuntimeError, match="no new calls"):
            control.announce_status("102", WELL)
        await settle()
        assert rig.stack.dialled == []

    run(story())
