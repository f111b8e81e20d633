"""A caller calls one extension."""

from __future__ import annotations

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.scripts.refuse import refuse


async def ring_extension(call: Call, station: Station, ring_timeout_s: float) -> None:
    """Ring ``station``; when it answers, join both until one leaves.

    Raises:
        LegGone: the caller left before.
    """
    try:
        callee = call.dial(station)
    except NoSlot:
        await refuse(call, Cause.SWITCH_CONGESTION)
        return
    cause = await call.reach(callee, ring_timeout_s)
    if cause is not None:
        await refuse(call, cause)
        return
    call.caller.answer()
    await call.talk(callee)
