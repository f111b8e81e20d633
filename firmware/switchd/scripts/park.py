"""A caller is parked at a slot, and somebody fetches them."""

from __future__ import annotations

import asyncio
import contextlib

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Station
from firmware.model.record import Disposition
from firmware.model.speech.parts import Digits
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.parking import Parked, Parking
from firmware.switchd.scripts.page import ANSWERS_ITSELF
from firmware.switchd.scripts.refuse import RECALL_TIMEOUT_S, refuse

_ANNOUNCE_TIMEOUT_S = 15.0
_MOST_RECALLS = 3


async def park(call: Call, parking: Parking, slot: str, by: Station | None) -> Destination | None:
    """Let the lead wait at ``slot``, or at any, and tell ``by``, who parks them, which it is.

    Parking is a transfer. After a blind one the lead waits here already, and the transferor is
    called to be told the slot. Else the lead is who parks: they hear the slot until they
    complete the transfer, and whom they bring sits down in their place.

    Raises:
        LegGone: the lead left.
    """
    was_sent = call.transfer is not None
    parked = parking.take(call, slot, by)
    if parked is None:
        return await refuse(call, Cause.SWITCH_CONGESTION, saying="park_full")
    call.arrival.clear()
    call.answer()
    call.note("parked", parked.slot)
    announcing = asyncio.ensure_future(_announce(parked)) if was_sent else None
    try:
        if announcing is None:
            await _name_slot(call, parked.slot)
            parking.moved(parked)
        guest = await _wait(call, parking, parked)
    finally:
        if announcing is not None:
            announcing.cancel()
        parking.leave(parked)
    if guest is not None:
        return await call.talk(guest)
    return parking.plan.otherwise or await refuse(call, Cause.NO_ANSWER)


async def fetch(call: Call, parking: Parking, slot: str) -> Destination | None:
    """Connect the lead to whoever waits at ``slot``.

    Raises:
        LegGone: the lead did not wait for the end of an announcement.
    """
    parked = parking.parked.get(slot)
    if parked is None:
        return await refuse(call, Cause.UNALLOCATED_NUMBER, saying="park_empty")
    call.note("fetched", parked.call.id)
    call.disposition = Disposition.ANSWERED
    parked.hand_over(call.lead)
    return None


async def _name_slot(call: Call, slot: str) -> None:
    """Say the slot, over and over, until somebody else sits in the lead's seat."""
    saying = asyncio.ensure_future(_repeat(call, slot))
    try:
        await call.lead.unless_gone(_arrived(call))
    finally:
        saying.cancel()
        with contextlib.suppress(asyncio.CancelledError, LegGone):
            await saying


async def _repeat(call: Call, slot: str) -> None:
    while True:
        await call.lead.listen(call.say("parked_at", slot=Digits(slot)))


async def _arrived(call: Call) -> None:
    await call.arrival.wait()


async def _announce(parked: Parked) -> None:
    """Tell who parked the caller where. Their telephone answers by itself if it can."""
    if parked.by is None:
        return
    with contextlib.suppress(NoSlot, LegGone, TimeoutError):
        leg = _call_back(parked)
        try:
            async with asyncio.timeout(_ANNOUNCE_TIMEOUT_S):
                await leg.answered()
            await leg.listen(parked.call.tell(leg, "parked_at", slot=Digits(parked.slot)))
        finally:
            leg.hang_up()


def _call_back(parked: Parked) -> Leg:
    assert parked.by is not None
    target = parked.call.target_of(parked.by)
    return parked.call.dial(target.showing(parked.slot, "").with_headers(ANSWERS_ITSELF))


async def _wait(call: Call, parking: Parking, parked: Parked) -> Leg | None:
    """Music until somebody fetches the lead; when the time is up, back to who parked them. The
    leg of whoever takes the lead, None when nobody does.

    Raises:
        LegGone: the lead left.
    """
    for _ in range(_MOST_RECALLS):
        call.start_music()
        try:
            guest = await call.lead.unless_gone(_fetched(parked, parking.plan.timeout_s))
        finally:
            call.stop_music()
        guest = guest or await _recall(call, parked)
        if guest is not None:
            return guest
    return None


async def _fetched(parked: Parked, timeout_s: float) -> Leg | None:
    await asyncio.wait((parked.fetched,), timeout=timeout_s)
    return parked.fetched.result() if parked.fetched.done() else None


async def _recall(call: Call, parked: Parked) -> Leg | None:
    """Ring who parked the lead; the leg that answers, theirs or of who fetches the lead
    meanwhile.

    Raises:
        LegGone: the lead left.
    """
    if parked.by is None:
        return None
    call.note("recalled", parked.by.number)
    try:
        callee = call.dial(call.target_of(parked.by))
    except NoSlot:
        return None
    reaching = asyncio.ensure_future(call.reach(callee, RECALL_TIMEOUT_S))
    await asyncio.wait((reaching, parked.fetched), return_when=asyncio.FIRST_COMPLETED)
    if parked.fetched.done():
        reaching.cancel()
        await asyncio.wait((reaching,))
        callee.hang_up(Cause.ANSWERED_ELSEWHERE)
        return parked.fetched.result()
    if await reaching is not None:
        return None
    call.tell(callee, "park_returned")
    return callee
