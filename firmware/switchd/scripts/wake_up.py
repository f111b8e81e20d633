"""The exchange calls a person at the time they asked for."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.model.record import Disposition
from firmware.model.speech.parts import TimeOfDay
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone

RING_S = 45.0
_SAID_TIMES = 3


async def wake(call: Call, station: Station, now: datetime) -> bool:
    """Ring the person's telephone and say the time to who answers; the call has no other leg.

    Returns:
        Whether somebody answered.
    """
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
    with contextlib.suppress(LegGone):
        for _ in range(_SAID_TIMES):
            await leg.listen(call.say("wake_up_call", time=TimeOfDay(now.hour, now.minute)))
    return True
