"""Parking: slots where a caller waits until somebody, at any telephone, fetches them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware.link.rows import ParkRow
from firmware.link.server import Board
from firmware.model.dialplan import ParkPlan, Station
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg


@dataclass(slots=True, kw_only=True, eq=False)
class Parked:
    """One call at a slot. ``by`` is who parked it, to whom it comes back."""

    slot: str
    call: Call
    by: Station | None
    since: float
    fetched: asyncio.Future[Leg] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def hand_over(self, guest: Leg) -> None:
        """The party of ``guest`` has come to fetch the caller."""
        seat = self.call.take_in(guest)
        seat.answer()
        self.fetched.set_result(seat)


class Parking:
    """All slots. ``clock`` gives Unix seconds."""

    def __init__(
        self, plan: Callable[[], ParkPlan], board: Board, clock: Callable[[], float]
    ) -> None:
        self._plan = plan
        self._board = board
        self._clock = clock
        self._parked: dict[str, Parked] = {}

    @property
    def plan(self) -> ParkPlan:
        """The slots, and how long a call waits there."""
        return self._plan()

    @property
    def parked(self) -> Mapping[str, Parked]:
        """The calls that wait and nobody has fetched yet, by slot."""
        return {slot: one for slot, one in self._parked.items() if not one.fetched.done()}

    def take(self, call: Call, slot: str, by: Station | None) -> Parked | None:
        """Give ``call`` the slot it asks for, or any ("" or the number of the park itself);
        None when there is none."""
        wanted = (slot,) if slot in self.plan.slots else self.plan.slots
        free = next((number for number in wanted if number not in self._parked), None)
        if free is None:
            return None
        parked = Parked(slot=free, call=call, by=by, since=self._clock())
        self._parked[free] = parked
        self._board.post("park.taken", self._row(parked))
        return parked

    def leave(self, parked: Parked) -> None:
        """The slot is free again."""
        del self._parked[parked.slot]
        self._board.post("park.left", self._row(parked))

    def moved(self, parked: Parked) -> None:
        """Somebody else waits there now: whoever parked the caller has left them there."""
        self._board.post("park.changed", self._row(parked))

    def _row(self, parked: Parked) -> ParkRow:
        return ParkRow(
            id=parked.slot,
            call=parked.call.id,
            caller=parked.call.lead.party,
            by=parked.by.number if parked.by is not None else "",
            since=parked.since,
        )
