"""Telling a caller that the call cannot be made, and ending it with the right cause."""

from __future__ import annotations

import asyncio
import contextlib

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.record import Disposition
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.transfer import Transfer

ANNOUNCEMENTS = {
    Cause.UNALLOCATED_NUMBER: "unknown_number",
    Cause.SUBSCRIBER_ABSENT: "unreachable",
    Cause.NO_USER_RESPONDING: "unreachable",
    Cause.NO_ANSWER: "no_answer",
    Cause.USER_BUSY: "busy",
    Cause.CALL_REJECTED: "busy",
}
"""The prompt that says each cause; any other is said as "congestion"."""

_BYE_UNDER_WAY_S = 0.5

RECALL_TIMEOUT_S = 30.0
"""How long a transferor is rung when the call comes back."""

_DISPOSITIONS = {
    Cause.USER_BUSY: Disposition.BUSY,
    Cause.CALL_REJECTED: Disposition.BUSY,
    Cause.NO_ANSWER: Disposition.NO_ANSWER,
    Cause.SWITCH_CONGESTION: Disposition.CONGESTION,
    Cause.NO_CIRCUIT: Disposition.CONGESTION,
}


async def refuse(call: Call, cause: Cause, saying: str = "") -> Destination | None:
    """Announce ``cause``, or the prompt ``saying``, and end the call with it; a transferred call
    goes back first.

    A busy party is told by the status alone before the answer: the telephone then sounds its
    own busy tone at once. Everything else is announced in early media (RFC 3960), so that
    the caller is not charged for it; an answered caller hears all of it.

    Raises:
        LegGone: the caller did not wait for the end of the announcement.
    """
    caller = call.lead
    if call.transfer is not None:
        return await take_back(call, call.transfer, cause)
    if cause is Cause.USER_BUSY and not caller.is_live and not saying:
        await refuse_at_once(call, cause)
        return None
    _put_down(call, cause)
    caller.progress()
    await caller.listen(call.say(saying or ANNOUNCEMENTS.get(cause, "congestion")))
    caller.hang_up(cause)
    return None


async def take_back(call: Call, transfer: Transfer, cause: Cause) -> Destination | None:
    """Nobody took the transferred call: it goes back to the transferor, who may still be there
    and else is rung once more.

    Raises:
        LegGone: the lead left.
    """
    call.transfer = None
    transfer.fail(cause)
    if await _is_still_there(call, transfer.transferor):
        return await call.talk(transfer.transferor)
    if transfer.station is not None:
        call.note("taken_back", transfer.station.number)
        try:
            callee = call.dial(call.target_of(transfer.station))
        except NoSlot:
            return await refuse(call, Cause.SWITCH_CONGESTION)
        if await call.reach(callee, RECALL_TIMEOUT_S) is None:
            call.tell(callee, "transfer_returned")
            return await call.talk(callee)
    return await refuse(call, cause)


async def _is_still_there(call: Call, transferor: Leg) -> bool:
    """Whether the transferor waits to hear how it went. Most telephones say BYE right after
    their REFER, which may still be on its way."""
    if transferor.is_live:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BYE_UNDER_WAY_S):
                await call.lead.unless_gone(transferor.gone())
    return transferor.is_live


async def refuse_at_once(call: Call, cause: Cause) -> None:
    """End the call with ``cause``, without a word: the status says it."""
    _put_down(call, cause)
    call.lead.hang_up(cause)


def _put_down(call: Call, cause: Cause) -> None:
    call.cause = cause
    if call.talked_at is None:  # else somebody answered before it was transferred
        call.disposition = _DISPOSITIONS.get(cause, Disposition.FAILED)
    call.note("refused", cause.name.lower())
