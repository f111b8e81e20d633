"""The exchange calls a supervisor: somebody has called for help."""

from __future__ import annotations

import asyncio
import contextlib

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.model.record import Disposition
from firmware.model.speech.parts import Digits
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone

RING_S = 60.0
_SAID_TIMES = 3


async def warn(call: Call, station: Station, extension: str, number: str) -> None:
    """Ring a supervisor's telephone, whatever they have set for their calls, and say to who
    answers which ``extension`` called which emergency ``number``. The display says it while it
    rings."""
    call.disposition = Disposition.NO_ANSWER
    try:
        leg = call.dial(call.target_of(station))
    except NoSlot:
        return
    try:
        async with asyncio.timeout(RING_S):
            await leg.answered()
    except (TimeoutError, LegGone):
        call.cause = Cause.NO_ANSWER
        return
    call.disposition = Disposition.ANSWERED
    alert = {"extension": Digits(extension), "number": Digits(number)}
    with contextlib.suppress(LegGone):
        for _ in range(_SAID_TIMES):
            await leg.listen(call.say("emergency_alert", **alert))
