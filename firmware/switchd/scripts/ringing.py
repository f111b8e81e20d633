"""The exchange rings a person of its own accord; the call has no other leg."""

from __future__ import annotations

import asyncio

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.model.record import Disposition
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone

RING_S = 45.0


async def is_answered(call: Call, station: Station) -> bool:
    """Ring a person's telephone, whatever they have set for their calls; whether they answered.
    They are the call's lead then."""
    call.disposition = Disposition.NO_ANSWER
    try:
        leg = call.dial(call.target_of(station))
    except NoSlot:
        return False
    try:
        async with asyncio.timeout(RING_S):
            await leg.answered()
    except (TimeoutError, LegGone):
        call.cause = Cause.NO_ANSWER
        return False
    call.disposition = Disposition.ANSWERED
    return True
