"""A caller waits in a queue and talks to an agent."""

from __future__ import annotations

import asyncio

from firmware.model.acd import ExpelReason
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.switchd.call import Call
from firmware.switchd.queues import Queues
from firmware.switchd.scripts.refuse import refuse


async def wait_in_queue(call: Call, queues: Queues, name: str) -> Destination | None:
    """Hold the caller until an agent answers, then join them until one leaves.

    Raises:
        LegGone: the caller gave up.
    """
    call.answer()
    call.queue = name
    entertainment = asyncio.ensure_future(_entertain(call))
    try:
        served = await queues.serve(call, name)
    finally:
        entertainment.cancel()
        await asyncio.wait((entertainment,))
    if isinstance(served, ExpelReason):
        call.note("expelled", served)
        return await refuse(call, Cause.NO_ANSWER)
    call.agent = served.party
    return await call.talk(served)


async def _entertain(call: Call) -> None:
    """Say that an agent will come, then music."""
    try:
        await call.lead.listen(call.say("queue_wait"))
        call.start_music()
        await call.lead.gone()
    finally:
        call.stop_music()
