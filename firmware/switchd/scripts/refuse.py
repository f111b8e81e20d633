"""Telling a caller that the call cannot be made, and ending it with the right cause."""

from __future__ import annotations

from firmware.model.cause import Cause
from firmware.model.record import Disposition
from firmware.switchd.call import Call

ANNOUNCEMENTS = {
    Cause.UNALLOCATED_NUMBER: "unknown_number",
    Cause.SUBSCRIBER_ABSENT: "unreachable",
    Cause.NO_USER_RESPONDING: "unreachable",
    Cause.NO_ANSWER: "no_answer",
    Cause.USER_BUSY: "busy",
    Cause.CALL_REJECTED: "busy",
}
"""The prompt that says each cause; any other is said as "congestion"."""

_DISPOSITIONS = {
    Cause.USER_BUSY: Disposition.BUSY,
    Cause.CALL_REJECTED: Disposition.BUSY,
    Cause.NO_ANSWER: Disposition.NO_ANSWER,
    Cause.SWITCH_CONGESTION: Disposition.CONGESTION,
    Cause.NO_CIRCUIT: Disposition.CONGESTION,
}


async def refuse(call: Call, cause: Cause) -> None:
    """Announce ``cause`` and end the call with it.

    A busy party is told by the status alone before the answer: the telephone then sounds its
    own busy tone at once. Everything else is announced in early media (RFC 3960), so that
    the caller is not charged for it; an answered caller hears all of it.

    Raises:
        LegGone: the caller did not wait for the end of the announcement.
    """
    caller = call.caller
    if cause is Cause.USER_BUSY and not caller.is_live:
        await refuse_at_once(call, cause)
        return
    _put_down(call, cause)
    caller.progress()
    await caller.listen(call.say(ANNOUNCEMENTS.get(cause, "congestion")))
    caller.hang_up(cause)


async def refuse_at_once(call: Call, cause: Cause) -> None:
    """End the call with ``cause``, without a word: the status says it."""
    _put_down(call, cause)
    call.caller.hang_up(cause)


def _put_down(call: Call, cause: Cause) -> None:
    call.cause = cause
    call.disposition = _DISPOSITIONS.get(cause, Disposition.FAILED)
    call.note("refused", cause.name.lower())
