"""The exchange calls a person at the time they asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from firmware.model.cause import Cause
from firmware.model.dialplan import Dialplan, Station
from firmware.model.record import Disposition
from firmware.model.speech.parts import TimeOfDay
from firmware.model.wakeup import WakeUp
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone

RING_S = 45.0
_SAID_TIMES = 3


Begin = Callable[[Station, Callable[[Call], Coroutine[Any, Any, None]]], None]
"""Begins a call of the exchange's own to a person, with the script it follows."""


async def ring_sleeper(wake_up: WakeUp, plan: Dialplan, now: datetime, begin: Begin) -> bool:
    """Call who wants to be woken.

    Returns:
        Whether they answered.
    """
    station = plan.stations.get(wake_up.number)
    if station is None:
        return False
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def script(call: Call) -> None:
        answered.set_result(await wake(call, station, now))

    begin(station, script)
    return await answered


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
