"""Calendars as they run: orders, the night switch, what outlives a restart, the clock's tricks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.config.home import Home
from firmware.link.server import Board
from firmware.model.calendar import Calendar, CalendarState, Span, SpecialDay
from firmware.model.dialplan import Destination
from firmware.model.record import CalendarOrder
from firmware.store import calendars as stored
from firmware.store import rows
from firmware.store.db import open_store
from firmware.switchd.calendars import CalendarPlan, Calendars
from tests.jump import run

TEHRAN, BERLIN = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Berlin")
OPEN, CLOSED = CalendarState.OPEN, CalendarState.CLOSED
DAY, NIGHT = Destination.parse("queue:support"), Destination.parse("ivr:night")


def plan(name="office", slot="", special=None):
    week = {day: (Span(8 * 60, 17 * 60),) for day in range(7)}
    return CalendarPlan(
        calendar=Calendar(name=name, week=week, special=special or (lambda _day: None)),
        title="Office hours",
        slot=slot,
        number=f"*28{slot}",
        leads={OPEN: DAY, CLOSED: NIGHT},
    )


class Rig:
    """Calendars with a clock that the test sets."""

    def __init__(self, now, *, zone=TEHRAN, orders=None, plans=None):
        self.zone = zone
        self.set(now)
        self.board, self.kept = Board(), []
        self.calendars = Calendars(
            plans or {"office": plan()},
            zone,
            board=self.board,
            ledger=self,
            clock=lambda: self.now,
            orders=orders or {},
        )

    def put(self, record):
        self.kept.append(record)

    def set(self, now):
        self.now = datetime.fromisoformat(now).replace(tzinfo=self.zone).timestamp()

    @property
    def row(self):
        (row,) = self.board.snapshot()["rows"]["calendar"]
        return row

    def unix(self, text):
        return datetime.fromisoformat(text).replace(tzinfo=self.zone).timestamp()


def test_the_row_says_what_holds_and_when_it_changes():
    rig = Rig("2026-11-21 10:00")
    assert (rig.row.state, rig.row.override, rig.row.number) == ("open", "", "*28")
    assert rig.row.next_change == rig.unix("2026-11-21 17:00")
    assert rig.calendars.lead("office") == DAY
    rig.set("2026-11-21 17:00")
    rig.calendars.look()
    assert (rig.row.state, rig.calendars.lead("office")) == ("closed", NIGHT)
    seq = rig.board.seq
    rig.calendars.look()
    assert rig.board.seq == seq, "nothing is posted when nothing changed"


def test_the_night_switch_turns_it_round_until_the_hours_change_it_and_back():
    rig = Rig("2026-11-21 10:00")
    assert rig.calendars.toggle("office") is CLOSED
    assert (rig.row.override, rig.row.next_change) == ("closed", rig.unix("2026-11-22 08:00"))
    assert rig.kept[-1].until == rig.unix("2026-11-21 17:00")
    assert rig.calendars.toggle("office") is OPEN
    assert (rig.row.override, rig.kept[-1].state) == ("", "automatic")
    rig.calendars.toggle("office")
    rig.set("2026-11-22 09:00")  # nobody took it back: the next day begins as every day
    rig.calendars.look()
    assert (rig.row.state, rig.row.override) == ("open", "")


def test_orders_are_checked():
    rig = Rig("2026-11-21 10:00")
    with pytest.raises(KeyError, match="no calendar ofice"):
        rig.calendars.order("ofice", "open")
    with pytest.raises(ValueError, match="none of open, closed, automatic"):
        rig.calendars.order("office", "holiday")
    with pytest.raises(ValueError, match="has passed"):
        rig.calendars.order("office", "open", rig.now - 1)
    with pytest.raises(KeyError):
        rig.calendars.toggle("ofice")
    assert rig.kept == []


def test_an_order_without_an_end_stands_until_it_is_taken_back():
    rig = Rig("2026-11-21 10:00")
    rig.calendars.order("office", "closed")
    rig.set("2027-03-01 10:00")
    rig.calendars.look()
    assert (rig.row.state, rig.row.next_change) == ("closed", 0.0)
    rig.calendars.order("office", "automatic")
    assert rig.row.state == "open"


def test_orders_outlive_a_restart_and_those_that_are_over_do_not(tmp_path):
    home = Home(tmp_path)
    home.make()
    db = open_store(home)
    try:
        for name, state, until in (
            ("office", "open", 0.0),
            ("office", "closed", 0.0),
            ("late", "closed", 1.0),
            ("back", "automatic", 0.0),
        ):
            rows.save(db, CalendarOrder(id=name, state=state, until=until, at=0.0))
        orders = stored.orders(db)
    finally:
        db.close()
    plans = {
        name: plan(name, slot) for name, slot in (("office", ""), ("late", "1"), ("back", "2"))
    }
    rig = Rig("2026-11-21 10:00", orders=orders, plans=plans)
    shown = rig.board.snapshot()["rows"]["calendar"]
    states = {row.id: (row.state, row.override) for row in shown}
    assert states == {"office": ("closed", "closed"), "late": ("open", ""), "back": ("open", "")}


def test_a_new_configuration_keeps_orders_and_removes_rows():
    rig = Rig("2026-11-21 10:00", plans={"office": plan(), "shop": plan("shop", "1")})
    rig.calendars.order("office", "closed")
    rig.calendars.retune({"office": plan(), "new": plan("new", "2")}, TEHRAN)
    states = {row.id: row.state for row in rig.board.snapshot()["rows"]["calendar"]}
    assert states == {"office": "closed", "new": "open"}
    assert rig.calendars.state("shop") is CLOSED
    assert rig.calendars.by_slot("2") == "new"
    assert rig.calendars.by_slot("1") is None


def test_hours_are_the_wall_clocks_when_summer_time_begins_and_ends():
    always_half_two = {day: (Span(2 * 60 + 30, 4 * 60),) for day in range(7)}
    made = CalendarPlan(
        calendar=Calendar(name="office", week=always_half_two, special=lambda _day: None),
        title="x",
        slot="",
        number="",
        leads={},
    )
    rig = Rig("2026-03-29 00:00", zone=BERLIN, plans={"office": made})  # 2:00 becomes 3:00
    rig.now = rig.row.next_change
    rig.calendars.look()
    assert rig.row.state == "open"
    assert datetime.fromtimestamp(rig.now, BERLIN).hour == 3
    rig.now = rig.row.next_change
    rig.calendars.look()
    assert (rig.row.state, datetime.fromtimestamp(rig.now, BERLIN).hour) == ("closed", 4)


def test_it_looks_when_something_changes_and_when_somebody_sets_the_clock():
    async def story():
        loop = asyncio.get_running_loop()
        rig = Rig("2026-11-21 16:59:50")
        start, began = rig.now, loop.time()
        rig.calendars._clock = lambda: start + loop.time() - began
        task = loop.create_task(rig.calendars.run())
        await asyncio.sleep(9.0)
        assert rig.row.state == "open"
        await asyncio.sleep(1.5)
        assert rig.row.state == "closed"
        rig.calendars._clock = lambda: start + 15 * 3600 + loop.time() - began
        await asyncio.sleep(25.0)
        assert rig.row.state == "open"
        task.cancel()

    run(story())


def test_a_holiday_without_a_place_of_its_own_leads_where_the_closed_office_does():
    holiday = SpecialDay(spans=(), name="Ashura", is_holiday=True)
    rig = Rig("2026-11-21 10:00", plans={"office": plan(special=lambda _day: holiday)})
    assert rig.row.state == "holiday"
    assert rig.calendars.lead("office") is None, "the configuration fills it in"
