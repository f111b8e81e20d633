"""The exchange calls a person at the time they asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from firmware.model.dialplan import Dialplan, Station
from firmware.model.speech.parts import TimeOfDay
from firmware.model.wakeup import WakeUp
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone
from firmware.switchd.scripts.ringing import is_answered

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
    if not await is_answered(call, station):
        return False
    with contextlib.suppress(LegGone):
        for _ in range(_SAID_TIMES):
            await call.lead.listen(call.say("wake_up_call", time=TimeOfDay(now.hour, now.minute)))
    return True
