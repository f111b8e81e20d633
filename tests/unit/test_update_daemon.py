"""What the program ``update`` hears of calls and power, and what it shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Site
from firmware.link.board import PowerRow
from firmware.link.client import Event, Snapshot
from firmware.link.rows import CallRow, EmergencyRow
from firmware.link.server import Board
from firmware.model.update import UpdateState
from firmware.update import journal
from firmware.update.daemon import Updates
from firmware.update.journal import Bundle, Journal
from firmware.update.slots import Slot, SlotsFailed
from firmware.update.surroundings import Surroundings
from tests.unit.update_stage import Boxed


class Clock:
    """Steady seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


TEHRAN = ZoneInfo("Asia/Tehran")
NOON = 1_795_335_000.0  # 2026-11-22 12:20 UTC is 15:50 in Tehran


def call(ident: str) -> CallRow:
    return CallRow(
        id=ident,
        started_at=0.0,
        answered_at=None,
        caller="101",
        caller_name="",
        called="102",
        place="",
        recording=False,
        disposition="",
    )


def emergency(what: str) -> Event:
    row = EmergencyRow(
        id="9", caller="101", caller_name="", number="115", service="ambulance", way="", at=0.0
    )
    return Event(name=f"emergency.{what}", at=0.0, kind="emergency", row=row)


def power(mains: bool | None) -> Snapshot:
    row = PowerRow(
        id="power",
        state="mains",
        since=0.0,
        mains=mains,
        charge_percent=None,
        minutes_left=None,
        voltage_v=None,
        measures=(),
        fault="",
        simulated=True,
    )
    return Snapshot(rows={"power": (row,)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heard(clock: Clock) -> Surroundings:
    return Surroundings(clock)


def test_nobody_knows_until_switchd_says_so_and_when_it_is_gone(heard: Surroundings):
    assert heard.now(NOON, TEHRAN).live_calls is None
    heard.told_by_switchd(Snapshot(rows={}))
    assert heard.now(NOON, TEHRAN).live_calls == 0
    heard.switchd_lost()
    assert heard.now(NOON, TEHRAN).live_calls is None


def test_quiet_is_counted_from_the_end_of_the_last_call(heard: Surroundings, clock: Clock):
    heard.told_by_switchd(Snapshot(rows={"call": (call("1"),)}))
    clock.advance(500.0)
    assert heard.now(NOON, TEHRAN).quiet_s == 0.0
    heard.told_by_switchd(Event(name="call.ended", at=0.0, kind="call", row=call("1")))
    clock.advance(90.0)
    then = heard.now(NOON, TEHRAN)
    assert (then.live_calls, then.quiet_s) == (0, 90.0)
    heard.told_by_switchd(Event(name="call.started", at=0.0, kind="call", row=call("2")))
    assert heard.now(NOON, TEHRAN).live_calls == 1


def test_a_call_for_help_is_remembered_after_its_end(heard: Surroundings, clock: Clock):
    heard.told_by_switchd(Snapshot(rows={}))
    assert heard.now(NOON, TEHRAN).emergency_s is None
    heard.told_by_switchd(emergency("began"))
    clock.advance(600.0)
    assert heard.now(NOON, TEHRAN).emergency_s == 0.0
    heard.told_by_switchd(emergency("ended"))
    clock.advance(60.0)
    assert heard.now(NOON, TEHRAN).emergency_s == 60.0


def test_battery_and_the_office_s_hour(heard: Surroundings):
    heard.told_by_deviced(power(mains=False))
    assert heard.now(NOON, TEHRAN).on_battery
    heard.told_by_deviced(power(mains=None))
    assert not heard.now(NOON, TEHRAN).on_battery
    assert heard.now(NOON, ZoneInfo("UTC")).minute != heard.now(NOON, TEHRAN).minute


@dataclass
class SlowAtFirst(Boxed):
    """RAUC on a board that is still starting."""

    is_starting: bool = True

    def slots(self) -> Sequence[Slot]:
        if self.is_starting:
            self.is_starting = False
            raise SlotsFailed("Timeout was reached")
        return super().slots()


async def test_slots_that_could_not_be_told_are_asked_for_again(tmp_path: Path, clock: Clock):
    home = Home(tmp_path)
    home.make()
    history.create_first(home, Site())
    board, slots = Board(), SlowAtFirst()
    updates = Updates(home, slots, board, sticks=tmp_path / "s", restart=lambda: None, clock=clock)
    running = asyncio.create_task(updates.run())
    async with asyncio.timeout(20.0):
        while [row.slot for row in board.snapshot()["rows"].get("update", ())] != ["A"]:
            clock.advance(5.0)
            await asyncio.sleep(0.05)
    assert not slots.is_starting
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_was_rolled_back_is_an_alarm_and_a_row(tmp_path: Path, clock: Clock):
    home = Home(tmp_path)
    home.make()
    extension = Extension(number="101", name="Mina", password=SecretStr("wind-tunnel-77-salt"))
    history.create_first(home, Site(extension=(extension,)))
    bundle = Bundle(version="1.1.0", source="stick", notes="better")
    known = Journal(state=UpdateState.ROLLED_BACK, bundle=bundle, why="it did not start")
    journal.write(home, known)
    board = Board()
    updates = Updates(
        home, Boxed(), board, sticks=tmp_path / "s", restart=lambda: None, clock=clock
    )
    updates.show()
    rows = board.snapshot()["rows"]
    [row], [alarm] = rows["update"], rows["alarm"]
    assert (row.state, row.version, row.source) == ("rolled_back", "1.1.0", "stick")
    assert "it did not start" in alarm.text
    assert updates.status().warnings
