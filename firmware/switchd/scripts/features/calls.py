"""Codes about calls: picking up, parking, intercom, paging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.switchd.call import Call
from firmware.switchd.scripts.page import intercom
from firmware.switchd.scripts.pickup import pick_up
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def pick_up_group(call: Call, house: House, _argument: str) -> Destination | None:
    """Take the call that rings longest in the person's pick-up group."""
    return await pick_up(call, house.pickups.of_group(call.lead.party))


async def pick_up_one(call: Call, house: House, number: str) -> Destination | None:
    """Take the call that rings at one extension."""
    return await pick_up(call, house.pickups.directed(call.lead.party, number))


async def park(_call: Call, house: House, slot: str) -> Destination | None:
    """Park at a slot, or at any."""
    return Destination(DestinationKind.PARK, slot or house.plan().park.number)


async def speak_to(call: Call, house: House, number: str) -> Destination | None:
    """Speak to a telephone, which answers by itself."""
    station = house.plan().stations.get(number)
    if station is None or number == call.lead.party:
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    if house.is_busy(number):
        return await refuse(call, Cause.USER_BUSY)
    return await intercom(call, call.target_of(station))


async def page_all(call: Call, house: House, number: str) -> Destination | None:
    """Speak to all telephones that are paged under a number."""
    place = house.plan().numbers.get(number)
    if place is None or place.kind is not DestinationKind.PAGE:
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    return place
