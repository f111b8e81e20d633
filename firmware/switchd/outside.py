"""The world outside, as the exchange sees it: who may call where, by which way, at what limits."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.link.rows import EmergencyRow
from firmware.link.server import Board
from firmware.model.cause import Cause
from firmware.model.routing import (
    Arrival,
    Carried,
    Dialler,
    Inward,
    OutboundRoute,
    Outward,
    Permission,
    Routing,
    to_clear,
)
from firmware.switchd.calendars import Calendars
from firmware.switchd.call import Call
from firmware.switchd.ways import Ways

log = logging.getLogger(__name__)

WRONG_PINS = 9
"""Of one extension, before its PINs are no longer asked for, and how long that lasts."""
LOCKED_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePlan:
    """What the configuration says of calls to the world outside."""

    permission: Permission  # of extensions that have none of their own
    permissions: Mapping[str, Permission]  # by extension
    caller_ids: Mapping[str, str]  # by extension
    max_calls: int  # of one extension, at once
    ring_timeout_s: float


class Outside:
    """``calls`` are the calls that live, by id; ``warn`` calls a supervisor
    about an emergency call to a number."""

    def __init__(
        self,
        *,
        plan: OutsidePlan,
        routing: Routing,
        calendars: Calendars,
        ways: Ways,
        calls: Mapping[str, Call],
        warn: Callable[[str, Call, str], None],
        board: Board,
        clock: Callable[[], float],
    ) -> None:
        self.plan = plan
        self.calendars = calendars
        self.ways = ways
        ways.calls_on = self.calls_on
        self.routing = routing
        self._calls = calls
        self._warn = warn
        self._board = board
        self._clock = clock
        self._wrong_pins: Counter[str] = Counter()
        self._locked_until: dict[str, float] = {}

    # -- in and out -----------------------------------------------------------------------

    def arrive(self, way: str, did: str, caller: str) -> Inward:
        """Where a call from outside goes."""
        inward = self.routing.arrive(Arrival(way=way, did=did, caller=caller), self.calendars.state)
        log.info("a call on %s for '%s': %s", way, did, inward.why[-1])
        return inward

    def leave(self, call: Call, number: str) -> Outward:
        """How a number dialled inside goes out."""
        return self.routing.leave(number, self.dialler_of(call), self.calendars.state)

    def dialler_of(self, call: Call) -> Dialler:
        """On whose account a call goes out: whoever transferred it there, or forwards it, or
        called. What the configuration itself leads outside is the office's own."""
        number = self.extension_of(call)
        if not number:
            return Dialler(extension="", permission=Permission.PREMIUM)
        return self.dialler(number)

    def extension_of(self, call: Call) -> str:
        """The extension that answers for where the call goes, "" for the office itself."""
        if call.transfer is not None and call.transfer.station is not None:
            return call.transfer.station.number
        if call.trail.steps:
            return call.trail.steps[-1].who
        return "" if call.origin.line else call.origin.caller

    def dialler(self, number: str) -> Dialler:
        """An extension as someone who dials out."""
        return Dialler(
            extension=number,
            permission=self.plan.permissions.get(number, self.plan.permission),
            caller_id=self.plan.caller_ids.get(number, ""),
        )

    def shown(self, extension: str, route: OutboundRoute) -> str:
        """The number a call shows outside, "" for the caller's own."""
        return self.plan.caller_ids.get(extension, "") or route.caller_id

    def over_limit(self, route: OutboundRoute, extension: str) -> str:
        """Why one more call may not go out, "" when it may: stolen passwords are sold by how
        many calls they carry at once."""
        trips = [trip for call in self._calls.values() for trip in _trips(call)]
        mine = sum(1 for _route, payer in trips if payer == extension)
        if extension and mine >= self.plan.max_calls:
            return f"extension {extension} has {mine} calls outside"
        on_it = sum(1 for name, _payer in trips if name == route.name)
        if route.max_calls and on_it >= route.max_calls:
            return f"route {route.name} carries {on_it} calls"
        return ""

    # -- PINs -----------------------------------------------------------------------------

    def is_locked(self, extension: str) -> bool:
        """Whether an extension has given so many wrong PINs that it is not asked any more."""
        return self._locked_until.get(extension, 0.0) > asyncio.get_running_loop().time()

    def pin_given(self, extension: str, *, right: bool) -> None:
        """Count wrong PINs; a right one begins anew."""
        if right:
            del self._wrong_pins[extension]
            return
        self._wrong_pins[extension] += 1
        if self._wrong_pins[extension] >= WRONG_PINS:
            del self._wrong_pins[extension]
            self._locked_until[extension] = asyncio.get_running_loop().time() + LOCKED_S
            log.warning("extension %s has given %d wrong PINs: locked", extension, WRONG_PINS)

    # -- emergencies ----------------------------------------------------------------------

    def calls_on(self, way: str) -> int:
        """How many calls a way carries."""
        return sum(1 for one in self.carried() if one.way == way)

    def carried(self) -> list[Carried]:
        """Every call on a way."""
        return [
            Carried(
                call=call.id,
                way=leg.way,
                began_at=call.started_at,
                is_emergency=call.trip is not None and call.trip.is_emergency,
            )
            for call in self._calls.values()
            for leg in call.legs
            if leg.way and not leg.is_gone
        ]

    def clear_one(self, ways: tuple[str, ...], emergency: Call) -> str:
        """End the newest call that is no emergency on one of ``ways``; the way that becomes free,
        "" when there is no such call."""
        chosen = to_clear([one for one in self.carried() if one.call != emergency.id], ways)
        if chosen is None:
            return ""
        cleared = self._calls[chosen.call]
        log.warning(
            "call %s is cleared: %s is needed for emergency call %s",
            cleared.id,
            chosen.way,
            emergency.id,
        )
        cleared.note("cleared", f"for the emergency call {emergency.id}")
        emergency.note("cleared_way", f"{chosen.way}, of call {cleared.id}")
        cleared.cause = Cause.PREEMPTION
        for leg in cleared.legs:
            leg.hang_up(Cause.PREEMPTION)
        return chosen.way

    def warn(self, call: Call, number: str) -> None:
        """Call the supervisors: somebody calls for help."""
        for extension in self.routing.emergency.notify:
            self._warn(extension, call, number)

    def alarm(self, what: str, call: Call, number: str, way: str) -> None:
        """Show an emergency on the board, for whoever watches it, and in the log."""
        log.warning("EMERGENCY %s: %s calls %s %s", what, call.origin.caller, number, way)
        row = EmergencyRow(
            id=call.id,
            caller=call.origin.caller,
            caller_name=call.origin.caller_name,
            number=number,
            service=self.routing.emergency.numbers.get(number, ""),
            way=way,
            at=self._clock(),
        )
        self._board.post(f"emergency.{what}", row)


def _trips(call: Call) -> set[tuple[str, str]]:
    """The routes a call goes out by and on whose account, each once: where it rings now, and
    every party outside, wherever they were transferred."""
    going = [call.trip] if call.trip is not None and not call.trip.is_over else []
    going += [leg.trip for leg in call.legs if leg.trip is not None and not leg.is_gone]
    return {(trip.route, trip.extension) for trip in going}
