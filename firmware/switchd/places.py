"""The places a call can be led to, each with the script that serves it there.

A *place* takes the call and the name behind the colon of its destination, and returns where the
call goes next, None when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind, Dialplan
from firmware.switchd.call import Call
from firmware.switchd.desks import Desks
from firmware.switchd.flows import Flows
from firmware.switchd.mailroom import Mailroom
from firmware.switchd.media import Studio
from firmware.switchd.outside import Outside
from firmware.switchd.parking import Parking
from firmware.switchd.people import People
from firmware.switchd.pickups import Pickups
from firmware.switchd.queues import Queues
from firmware.switchd.rooms import Rooms
from firmware.switchd.scripts.conference import confer
from firmware.switchd.scripts.extension import call_person
from firmware.switchd.scripts.features.table import obey
from firmware.switchd.scripts.flow.follow import follow
from firmware.switchd.scripts.group import call_group
from firmware.switchd.scripts.mailbox import open_mailbox
from firmware.switchd.scripts.outside import call_outside
from firmware.switchd.scripts.page import page
from firmware.switchd.scripts.park import fetch, park
from firmware.switchd.scripts.queue import wait_in_queue
from firmware.switchd.scripts.refuse import refuse
from firmware.switchd.scripts.voicemail import leave_message
from firmware.switchd.wakeups import WakeUps


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the scripts of the places work with. ``plan`` gives the newest dialplan."""

    plan: Callable[[], Dialplan]
    queues: Queues
    parking: Parking
    rooms: Rooms
    pickups: Pickups
    outside: Outside
    is_busy: Callable[[str], bool]  # whether an extension is in a call
    people: People
    mailroom: Mailroom
    studio: Studio
    desks: Desks
    wake_ups: WakeUps
    flows: Flows


Place = Callable[[House, Call, str], Coroutine[Any, Any, Destination | None]]


async def _flow(house: House, call: Call, name: str) -> Destination | None:
    return await follow(call, house, name)


async def _queue(house: House, call: Call, name: str) -> Destination | None:
    return await wait_in_queue(call, house.queues, name)


async def _extension(house: House, call: Call, name: str) -> Destination | None:
    return await call_person(call, house, name)


async def _group(house: House, call: Call, name: str) -> Destination | None:
    return await call_group(call, house, name)


async def _feature(house: House, call: Call, name: str) -> Destination | None:
    return await obey(call, house, name)


async def _slot(house: House, call: Call, name: str) -> Destination | None:
    """Its number fetches who is there, and parks whoever is sent to it when nobody is."""
    plan = house.plan()
    if name in house.parking.parked or (name != plan.park.number and call.transfer is None):
        return await fetch(call, house.parking, name)
    parker = call.transfer.station if call.transfer else plan.stations.get(call.lead.party)
    return await park(call, house.parking, name, parker)


async def _conference(house: House, call: Call, name: str) -> Destination | None:
    return await confer(call, house.rooms, name)


async def _calendar(house: House, call: Call, name: str) -> Destination | None:
    return house.outside.calendars.lead(name) or await refuse(call, Cause.NO_ANSWER)


async def _number(house: House, call: Call, name: str) -> Destination | None:
    plan = house.plan()
    if name in plan.numbers and not plan.outside.is_emergency(name):
        return plan.numbers[name]
    return await call_outside(call, house.outside, name)


async def _paging(house: House, call: Call, name: str) -> Destination | None:
    stations, plan = house.plan().stations, house.plan().pages[name]
    free = [n for n in plan.members if n != call.lead.party and not house.is_busy(n)]
    targets = [call.target_of(stations[number]) for number in free if number in stations]
    return await page(call, targets, is_two_way=plan.is_two_way)


async def _voicemail(house: House, call: Call, name: str) -> Destination | None:
    return await leave_message(call, house.mailroom, house.studio, name)


async def _mailbox(house: House, call: Call, name: str) -> Destination | None:
    return await open_mailbox(call, house.mailroom, house.studio, name)


PLACES: Mapping[DestinationKind, Place] = {
    DestinationKind.VOICEMAIL: _voicemail,
    DestinationKind.MAILBOX: _mailbox,
    DestinationKind.PARK: _slot,
    DestinationKind.CONFERENCE: _conference,
    DestinationKind.PAGE: _paging,
    DestinationKind.CALENDAR: _calendar,
    DestinationKind.NUMBER: _number,
    DestinationKind.IVR: _flow,
    DestinationKind.QUEUE: _queue,
    DestinationKind.EXTENSION: _extension,
    DestinationKind.GROUP: _group,
    DestinationKind.FEATURE: _feature,
}
"""Every kind of destination, and the script for it."""


async def serve(house: House, call: Call, destination: Destination) -> Destination | None:
    """Serve the call at its destination; one that the configuration no longer has is refused:
    it was taken out while the call was on its way."""
    if not (house.plan().has(destination) or house.flows.has(call, destination)):
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    return await PLACES[destination.kind](house, call, destination.name)
