"""A call that somebody ordered for a person: their telephone rings first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone
from firmware.switchd.queues.reach import OF_THE_WAY
from firmware.switchd.scripts.refuse import refuse_at_once
from firmware.switchd.target import Target

_ANSWER_TIMEOUT_S = 30.0


async def dial_for(
    call: Call, targets: Iterable[Target], destination: Destination
) -> Destination | None:
    """Ring a person by the first of ``targets`` that works; once it is answered, lead it to
    ``destination`` as if it had dialled.

    Raises:
        LegGone: it was refused.
    """
    for target in targets:
        try:
            leg = call.dial(target)
        except NoSlot:
            continue
        call.lead_by(leg)
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                await leg.answered()
        except TimeoutError:
            await refuse_at_once(call, Cause.NO_ANSWER)
            return None
        except LegGone as gone:
            if gone.cause in OF_THE_WAY:
                continue
            raise
        return destination
    return None
