"""A caller waits in a queue and talks to an agent; or is called back, and then does."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from firmware.model import acd
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.record import Disposition
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.queues import Expelled, Promised, Queues, Visit
from firmware.switchd.queues.reach import OF_THE_WAY, answer_of
from firmware.switchd.queues.waiting import wait
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House

_CALLBACK_RING_S = 40.0
_WAY_PAUSE_S = 2.0


async def wait_in_queue(call: Call, queues: Queues, name: str) -> Destination | None:
    """Hold the caller until an agent answers, then join them until one leaves.

    Raises:
        LegGone: the caller gave up.
    """
    call.answer()
    call.queue = name
    return await _be_served(queues, queues.enter(call, name), queues.queue_place(name).greeting)


async def call_back(call: Call, house: House, order: acd.Dial) -> Destination | None:
    """Call a person who was promised it, and let them talk to the agent who is kept for them.

    Raises:
        LegGone: they answered, and did not wait for the agent.
    """
    queues = house.queues
    if not queues.is_wanted(order):
        call.note("callback_stopped")
        return None
    call.queue, call.disposition = order.queue, Disposition.NO_ANSWER
    task = asyncio.current_task()
    assert task is not None
    queues.callback_runs(order, partial(_cancel, task))
    try:
        person = await _reach(call, queues, order)
    except asyncio.CancelledError:  # nobody wants it any more: it is no failure
        task.uncancel()
        call.note("callback_stopped")
        return None
    finally:
        queues.callback_runs(order, None)
    if isinstance(person, Cause):
        call.cause = person
        queues.callback_failed(order, person.name.lower())
        return None
    call.lead_by(person)
    return await _be_served(queues, queues.enter_called_back(call, order), "callback_here")


async def _reach(call: Call, queues: Queues, order: acd.Dial) -> Leg | Cause:
    """The answered leg of the person, or why they were not reached. While no way is free, or none
    is up yet because the box has just started, ways are tried again."""
    found: Leg | Cause = Cause.NO_CIRCUIT
    permission = queues.queue_place(order.queue).callback_permission
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CALLBACK_RING_S):
            while found in OF_THE_WAY:
                for target in queues.reach.targets(call, order.number, permission):
                    found = Cause.NO_ANSWER  # if the time is over before it says anything
                    found = await answer_of(target, call.dial)
                    if found not in OF_THE_WAY:
                        break
                else:
                    await asyncio.sleep(_WAY_PAUSE_S)
    if isinstance(found, Cause):
        for leg in call.legs:
            leg.hang_up(found)
    return found


async def _be_served(queues: Queues, visit: Visit, greeting: str) -> Destination | None:
    call = visit.call
    abandoned = True
    heard = asyncio.ensure_future(wait(visit, queues, greeting))
    try:
        served = await queues.outcome(visit)
        abandoned = False
    finally:
        heard.cancel()
        await asyncio.wait((heard,))
        queues.leave(visit, abandoned=abandoned)
    if isinstance(served, Expelled):
        return await _go_on(call, served)
    if isinstance(served, Promised):
        await _say_goodbye(call, served)
        return None
    call.agent = served.party
    destination = await call.talk(served)
    visit.led_to = str(destination or "")
    return destination


def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()


async def _go_on(call: Call, expelled: Expelled) -> Destination | None:
    """Where a caller goes who was taken out of the queue."""
    call.note("expelled", expelled.reason)
    if expelled.target:
        return Destination.parse(expelled.target)
    return await refuse(call, Cause.NO_ANSWER)


async def _say_goodbye(call: Call, promised: Promised) -> None:
    if not promised.stored:
        await call.lead.listen(call.say("not_stored_yet"))
    await call.lead.listen(call.say("callback_promised"))
    call.lead.hang_up()
