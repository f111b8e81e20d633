"""One attempt to call a number outside, by one way."""

from __future__ import annotations

from dataclasses import replace

from firmware.model.cause import Cause
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.outside import Outside


async def try_way(
    call: Call, outside: Outside, way: str, number: str, caller_id: str
) -> Leg | Cause:
    """Call ``number`` by ``way``, showing ``caller_id`` ("": the caller's own number).

    Returns:
        The leg that was answered, or why it was not.

    Raises:
        LegGone: the caller left.
    """
    outside.ways.taken(way)
    call.note("went_out", way)
    if call.trip is not None:
        call.trip = replace(call.trip, way=way)
    try:
        callee = call.dial(outside.ways.target(way, number, caller_id or None))
    except NoSlot:
        return Cause.SWITCH_CONGESTION
    cause = await call.reach(callee, outside.plan.ring_timeout_s)
    if cause is Cause.NETWORK_OUT_OF_ORDER:  # so says the edge of a provider that says nothing
        outside.ways.left_unanswered(way)
    return callee if cause is None else cause
