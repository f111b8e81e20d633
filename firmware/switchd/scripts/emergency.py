"""A call for help: by the surest way there is, and if there is none, by one that is cleared."""

from __future__ import annotations

import asyncio

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.routing import Standing
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.outside import Outside
from firmware.switchd.scripts.attempt import try_way
from firmware.switchd.scripts.refuse import refuse
from firmware.switchd.target import Trip

ROUNDS = 5
"""How often all ways are tried before the caller is told that none works."""

_FREE_WITHIN_S = 6.0
"""A cleared line rests for 2 s, so that the network sees it free."""

_PAUSE_S = 1.0


async def call_for_help(call: Call, outside: Outside, number: str) -> Destination | None:
    """Call an emergency number. No permission, PIN, calendar or limit stands against it.

    Raises:
        LegGone: the caller left.
    """
    call.trip = Trip(route="", extension=outside.extension_of(call), is_emergency=True)
    call.note("emergency", f"{number} {outside.routing.emergency.numbers.get(number, '')}")
    outside.alarm("began", call, number, "")
    outside.warn(call, number)
    call.lead.ring()
    try:
        found = await _search(call, outside, number)
        if found is None:
            outside.alarm("unanswered", call, number, "")
            return await refuse(call, Cause.NO_CIRCUIT)
        outside.alarm("connected", call, number, found.way)
        return await call.talk(found)
    finally:
        outside.alarm("ended", call, number, "")


async def _search(call: Call, outside: Outside, number: str) -> Leg | None:
    ways = outside.ways.single(outside.routing.emergency.ways)
    reserved = ""
    try:
        for _round in range(ROUNDS):
            for way in sorted(ways, key=lambda way: way != reserved):
                is_ready = outside.ways.standing(way) is Standing.READY
                if is_ready or outside.ways.is_learned(way):
                    found = await _try(call, outside, way, number)
                    if found is not None:
                        return found
            outside.ways.reserved.discard(reserved)
            reserved = outside.clear_one(ways, call)
            if reserved:
                outside.ways.reserved.add(reserved)
                await call.lead.unless_gone(outside.ways.until_ready(reserved, _FREE_WITHIN_S))
            else:
                await call.lead.unless_gone(asyncio.sleep(_PAUSE_S))
    finally:
        outside.ways.reserved.discard(reserved)
    return None


async def _try(call: Call, outside: Outside, way: str, number: str) -> Leg | None:
    found = await try_way(call, outside, way, number, outside.routing.emergency.caller_id)
    if isinstance(found, Leg):
        return found
    call.note("way_failed", f"{way}: {found.name.lower()}")
    return None
