"""The night switch: somebody opens or closes the office by telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.calendar import CalendarState
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def switch(call: Call, house: House, slot: str) -> Destination | None:
    """Turn the calendar with these digits round, or give it back to its hours, and say what
    holds now.

    Raises:
        LegGone: the caller left.
    """
    name = house.outside.calendars.by_slot(slot)
    if name is None:
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    state = house.outside.calendars.toggle(name)
    call.note("night_switched", f"{name} {state}")
    return await confirm(call, house, "night_off" if state is CalendarState.OPEN else "night_on")
