"""A person takes a call that rings at somebody else's telephone."""

from __future__ import annotations

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.leg import LegState
from firmware.model.record import Disposition
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.scripts.refuse import refuse

RINGING = frozenset({LegState.TRYING, LegState.RINGING, LegState.EARLY})
"""States of a leg we call, in which somebody else may still take the call."""


async def pick_up(call: Call, ringing: Leg | None) -> Destination | None:
    """Let the lead change seats with the telephone that rings: they have its caller, and it
    stops ringing. Of two who try at once the second finds nothing that rings any more.

    Raises:
        LegGone: the lead did not wait for the end of an announcement.
    """
    if ringing is None:
        return await refuse(call, Cause.UNALLOCATED_NUMBER, saying="pickup_nothing")
    call.note("picked_up", ringing.party)
    call.disposition = Disposition.ANSWERED
    call.lead.swap(ringing)
    ringing.answer()
    call.lead.hang_up(Cause.ANSWERED_ELSEWHERE)
    return None


async def take_place(call: Call, seat: Leg) -> Destination | None:
    """Let the lead sit down where ``seat``'s party talks: a person goes on at another of their
    telephones (INVITE with Replaces, RFC 3891 §3)."""
    call.note("moved_here", seat.id)
    call.disposition = Disposition.ANSWERED
    call.answer()
    call.lead.swap(seat)
    call.lead.hang_up()
    return None
