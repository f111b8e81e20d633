"""A call goes to the world outside: permission, PIN, and one way after another until one works."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.routing import Answer, OutboundRoute, Outward, Standing
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.outside import Outside
from firmware.switchd.scripts.attempt import try_way
from firmware.switchd.scripts.emergency import call_for_help
from firmware.switchd.scripts.features.parts import digits
from firmware.switchd.scripts.refuse import refuse
from firmware.switchd.target import Trip

OF_THE_WAY = frozenset(
    {
        Cause.NO_CIRCUIT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.SWITCH_CONGESTION,
        Cause.NO_USER_RESPONDING,
        Cause.BEARER_NOT_AVAILABLE,
        Cause.INVALID_NUMBER,  # an analogue line cannot dial a plus
        Cause.INTERWORKING,
    }
)
"""Causes that say something of the way, not of the party at its end: another way may work."""

_PIN_ATTEMPTS = 3
_PIN_LONGEST = 12


async def call_outside(call: Call, outside: Outside, number: str) -> Destination | None:
    """Call ``number``, which was dialled inside, as the outbound routes say.

    Raises:
        LegGone: the caller left.
    """
    outward = outside.leave(call, number)
    call.note("routed", outward.route.name if outward.route else outward.answer)
    if outward.answer is Answer.EMERGENCY:
        return await call_for_help(call, outside, outward.number)
    if outward.route is None:
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    if outward.answer is not Answer.GO:
        call.note("not_permitted", outward.why[-1])
        return await refuse(call, Cause.CALL_REJECTED, saying="not_permitted")
    return await _by_route(call, outside, outward, outward.route)


async def _by_route(
    call: Call, outside: Outside, outward: Outward, route: OutboundRoute
) -> Destination | None:
    extension = outside.extension_of(call)
    if why := outside.over_limit(route, extension):
        call.note("over_limit", why)
        return await refuse(call, Cause.SWITCH_CONGESTION, saying="lines_busy")
    call.trip = Trip(route=route.name, extension=extension)
    try:
        if route.pin and (wrong := await _ask_pin(call, outside, route.pin, extension)):
            return await refuse(call, Cause.CALL_REJECTED, saying=wrong)
        caller_id = outside.shown(extension, route)
        found = await _try_ways(call, outside, route, outward.number, caller_id)
        if isinstance(found, Cause):
            saying = "lines_busy" if found is Cause.NO_CIRCUIT else ""
            return await refuse(call, found, saying=saying)
        return await talk_at_most(call, found, route.max_minutes)
    finally:
        if call.trip is not None:  # the call may go on, to somebody inside
            call.trip = replace(call.trip, is_over=True)


async def _ask_pin(call: Call, outside: Outside, pin: str, extension: str) -> str:
    """Ask for the route's PIN by telephone; "" when it was given, else the prompt that says why
    the call ends."""
    if outside.is_locked(extension):
        return "too_many_attempts"
    call.answer()
    for _attempt in range(_PIN_ATTEMPTS):
        right = await digits(call, "enter_pin", most=_PIN_LONGEST) == pin
        outside.pin_given(extension, right=right)
        call.note("pin_right" if right else "pin_wrong")
        if right:
            return ""
        await call.lead.listen(call.say("wrong_pin"))
    return "too_many_attempts"


async def _try_ways(
    call: Call, outside: Outside, route: OutboundRoute, number: str, caller_id: str
) -> Leg | Cause:
    """Try the ways of the route in their order; the leg that was answered, or why none was."""
    failed = Cause.NO_CIRCUIT
    for way in outside.ways.single(route.ways):
        standing = outside.ways.standing(way)
        if standing is not Standing.READY or way in outside.ways.reserved:
            why = outside.ways.why_not(way) if standing is Standing.DOWN else ""
            call.note("way_passed_over", f"{way}: {standing} {why}".rstrip())
            continue
        found = await try_way(call, outside, way, number, caller_id)
        if not isinstance(found, Cause) or found not in OF_THE_WAY:
            return found
        call.note("way_failed", f"{way}: {found.name.lower()}")
        failed = found
    return failed


async def talk_at_most(call: Call, callee: Leg, minutes: int) -> Destination | None:
    """Talk; a call that lasts longer than its route allows ends. 0: for ever."""
    if not minutes:
        return await call.talk(callee)
    timer = asyncio.get_running_loop().call_later(minutes * 60, callee.hang_up)
    try:
        return await call.talk(callee)
    finally:
        timer.cancel()
