"""A caller joins a conference room."""

from __future__ import annotations

import asyncio
import contextlib

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.record import Disposition
from firmware.model.speech.parts import Count, Noun
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone
from firmware.switchd.rooms import Room, Rooms
from firmware.switchd.scripts.features.parts import digits
from firmware.switchd.scripts.refuse import refuse

_PIN_ATTEMPTS = 3


async def confer(call: Call, rooms: Rooms, name: str) -> Destination | None:
    """Ask for the room's PIN if it has one, then let the lead talk with whoever is there, until
    they leave. Who is alone hears music.

    Raises:
        LegGone: the lead left.
    """
    call.answer()
    if not await _knows_the_pin(call, rooms.plan_of(name).pin):
        return await refuse(call, Cause.CALL_REJECTED, saying="too_many_attempts")
    room = rooms.enter(name, call)
    if room is None:
        return await refuse(call, Cause.USER_BUSY, saying="conference_full")
    call.disposition = Disposition.ANSWERED
    greeting = asyncio.ensure_future(_greet(call, room))
    try:
        await call.lead.gone()
    finally:
        greeting.cancel()
        rooms.leave(room, call)
    return None


async def _knows_the_pin(call: Call, pin: str) -> bool:
    for attempt in range(_PIN_ATTEMPTS if pin else 0):
        asked = "conference_pin" if attempt == 0 else "wrong_pin"
        if await digits(call, asked) == pin:
            return True
    return not pin


async def _greet(call: Call, room: Room) -> None:
    """Tell the lead who is there, and the others that somebody has come."""
    if room.plan.is_recorded:
        await call.lead.listen(call.say("recording_notice"))
    others = [member for member in room.members if member is not call]
    await asyncio.gather(*map(_beep, others))
    if not others:
        await call.lead.listen(call.say("conference_alone"))
        if room.members == [call]:
            call.start_music()
    else:
        count = Count(len(others), Noun.MEMBER)
        await call.lead.listen(call.say("conference_joined", count=count))


async def _beep(call: Call) -> None:
    with contextlib.suppress(LegGone):
        await call.lead.listen(call.beep())
