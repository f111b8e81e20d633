"""A call that somebody ordered for a person: their telephone rings first."""

from __future__ import annotations

import asyncio

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Station
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.scripts.refuse import refuse_at_once

_ANSWER_TIMEOUT_S = 30.0


async def dial_for(call: Call, station: Station, destination: Destination) -> Destination | None:
    """Ring ``station``; once it is answered, lead it to ``destination`` as if it had dialled.

    Raises:
        LegGone: it was refused or not answered.
    """
    target = call.target_of(station).showing(call.origin.called, "")
    try:
        leg = call.dial(target)
    except NoSlot:
        return None
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            await leg.answered()
    except TimeoutError:
        await refuse_at_once(call, Cause.NO_ANSWER)
        return None
    return destination
