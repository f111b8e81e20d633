"""The office's calendars as they run: what they say now, the night switch, their rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from firmware.link.rows import CalendarRow
from firmware.link.server import Board
from firmware.model.calendar import Calendar, CalendarState, Override, Verdict
from firmware.model.dialplan import Destination
from firmware.model.record import CalendarOrder
from firmware.switchd.call import Ledger

log = logging.getLogger(__name__)

AUTOMATIC = "automatic"
ORDERS = (CalendarState.OPEN.value, CalendarState.CLOSED.value, AUTOMATIC)

_LOOK_S = 20.0
"""How often the rows are compared with the clock, which somebody may set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlan:
    """One calendar, how it is shown, and where it leads the calls that come to it."""

    calendar: Calendar
    title: str
    slot: str  # the digits after the night switch's code that mean it
    number: str  # what a telephone dials to switch it, "" when nothing
    leads: Mapping[CalendarState, Destination]


class Calendars:
    """All calendars. ``orders`` are what people had ordered before the last stop."""

    def __init__(
        self,
        plans: Mapping[str, CalendarPlan],
        zone: ZoneInfo,
        *,
        board: Board,
        ledger: Ledger,
        clock: Callable[[], float],
        orders: Mapping[str, CalendarOrder],
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._clock = clock
        self._orders = {name: order for name, order in orders.items() if order.state != AUTOMATIC}
        self._rows: dict[str, CalendarRow] = {}
        self.retune(plans, zone)

    def retune(self, plans: Mapping[str, CalendarPlan], zone: ZoneInfo) -> None:
        """Take up a new configuration; orders stand for calendars that are still there."""
        self._plans, self._zone = plans, zone
        for name in [name for name in self._rows if name not in plans]:
            self._board.post("calendar.removed", self._rows.pop(name))
        self.look()

    def state(self, name: str) -> CalendarState:
        """What a calendar says now; one that a reload took away is closed."""
        return self.verdict(name).state

    def verdict(self, name: str, at: float | None = None) -> Verdict:
        """What a calendar says now, or at another Unix time, and why."""
        plan = self._plans.get(name)
        if plan is None:
            return Verdict(state=CalendarState.CLOSED, reason="there is no such calendar")
        return plan.calendar.at(self._wall(at), self._override(name))

    def lead(self, name: str) -> Destination | None:
        """Where it sends a call now."""
        plan = self._plans.get(name)
        return plan.leads.get(self.state(name)) if plan is not None else None

    def by_slot(self, slot: str) -> str | None:
        """The calendar that the night switch's code with the digits ``slot`` means."""
        return next((name for name, plan in self._plans.items() if plan.slot == slot), None)

    def order(self, name: str, state: str, until: float = 0.0) -> None:
        """Switch a calendar by hand until a Unix time, 0 for until it is taken back; or leave it
        to its hours again ("automatic").

        Raises:
            KeyError: no such calendar.
            ValueError: no such state, or a time that has passed.
        """
        if name not in self._plans:
            raise KeyError(f"there is no calendar {name}")
        if state not in ORDERS:
            raise ValueError(f"'{state}' is none of {', '.join(ORDERS)}")
        now = self._clock()
        if until and until <= now:
            raise ValueError("the time until which it should stand has passed")
        order = CalendarOrder(id=name, state=state, until=until, at=now)
        self._orders[name] = order
        if state == AUTOMATIC:
            del self._orders[name]
        self._ledger.put(order)
        log.info("calendar %s is ordered %s%s", name, state, f" until {until:.0f}" if until else "")
        self.look()

    def toggle(self, name: str) -> CalendarState:
        """The night switch: turn the state round until the calendar itself changes, or take back
        the order that stands; the state it has then.

        Raises:
            KeyError: no such calendar.
        """
        if name not in self._plans:
            raise KeyError(f"there is no calendar {name}")
        if self._override(name) is not None:
            self.order(name, AUTOMATIC)
            return self.state(name)
        calendar = self._plans[name].calendar
        was_open = self.state(name) is CalendarState.OPEN
        change = calendar.next_change(self._wall(None))
        until = self._unix(change) if change is not None else 0.0
        self.order(name, CalendarState.CLOSED if was_open else CalendarState.OPEN, until)
        return self.state(name)

    def look(self) -> None:
        """Show what has changed since the last look."""
        for name in self._plans:
            row = self._row(name)
            if row != self._rows.get(name):
                before = self._rows.get(name)
                self._rows[name] = row
                self._board.post("calendar.changed", row)
                if before is not None and before.state != row.state:
                    log.info("calendar %s %s -> %s", name, before.state, row.state)

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            changes = [row.next_change for row in self._rows.values() if row.next_change]
            wait_s = min(changes, default=float("inf")) - self._clock()
            await asyncio.sleep(max(0.1, min(wait_s, _LOOK_S)))
            self.look()

    def _row(self, name: str) -> CalendarRow:
        plan, order = self._plans[name], self._override(name)
        verdict = plan.calendar.at(self._wall(None), order)
        change = plan.calendar.next_change(self._wall(None), order)
        return CalendarRow(
            id=name,
            title=plan.title,
            state=verdict.state,
            reason=verdict.reason,
            override=order.state if order else "",
            next_change=self._unix(change) if change is not None else 0.0,
            number=plan.number,
        )

    def _override(self, name: str) -> Override | None:
        order = self._orders.get(name)
        if order is None:
            return None
        if order.until and order.until <= self._clock():
            del self._orders[name]
            return None
        until = self._wall(order.until) if order.until else None
        return Override(state=CalendarState(order.state), until=until)

    def _wall(self, at: float | None) -> datetime:
        """A Unix time on the office's wall clock."""
        moment = self._clock() if at is None else at
        return datetime.fromtimestamp(moment, self._zone).replace(tzinfo=None)

    def _unix(self, wall: datetime) -> float:
        return wall.replace(tzinfo=self._zone).timestamp()
