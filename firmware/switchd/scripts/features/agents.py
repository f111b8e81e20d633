"""Codes of agents: taking calls from their queues, pauses, and the time after a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.speech.parts import Duration
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.desk import prove
from firmware.switchd.scripts.features.outcome import may_go_on, take
from firmware.switchd.scripts.features.parts import confirm, say_and_end
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House

MORE_S = 60
"""By how much wrap-up is extended when no minutes are dialled."""


async def log_in(call: Call, house: House, argument: str) -> Destination | None:
    """Take calls from all queues one is an agent of. An agent's number behind the code, with
    their PIN, lets them do so at any telephone."""
    telephone, staff = house.desks.telephone_of(call), house.queues.staff
    agent = argument or call.lead.party
    if not staff.knows(agent):
        return await _stranger(call)
    elsewhere = bool(argument) and argument not in (call.lead.party, telephone)
    if elsewhere:
        call.answer()
        if not await prove(call, house, agent):
            return await say_and_end(call, "too_many_attempts")
    staff.log_in(agent, telephone=telephone if elsewhere else "", by="phone")
    return await confirm(call, house, "agent_logged_in")


async def log_out(call: Call, house: House, _argument: str) -> Destination | None:
    """Take no more calls from queues."""
    if (agent := _agent(call, house)) is None:
        return await _stranger(call)
    if not await may_go_on(call, house, agent):
        return await say_and_end(call, "agent_outcome_missing")
    house.queues.staff.log_out(agent, by="phone")
    return await confirm(call, house, "agent_logged_out")


async def pause(call: Call, house: House, digit: str) -> Destination | None:
    """No calls for a while, for the reason that a digit says."""
    if (agent := _agent(call, house)) is None:
        return await _stranger(call)
    reasons = house.queues.plan.pauses
    if digit and digit not in reasons:
        return await refuse(call, Cause.CALL_REJECTED, saying="agent_pause_unknown")
    if not await may_go_on(call, house, agent):
        return await say_and_end(call, "agent_outcome_missing")
    house.queues.staff.pause(agent, reasons[digit][0] if digit else "")
    return await confirm(call, house, "agent_paused")


async def resume(call: Call, house: House, _argument: str) -> Destination | None:
    """Take calls again: after a pause, or before wrap-up is over."""
    if (agent := _agent(call, house)) is None:
        return await _stranger(call)
    if not await may_go_on(call, house, agent):
        return await say_and_end(call, "agent_outcome_missing")
    house.queues.staff.resume(agent)
    return await confirm(call, house, "agent_ready")


async def end_wrap_up(call: Call, house: House, outcome: str) -> Destination | None:
    """Done with the last call, which came to what the number behind the code says; also for a
    while after the wrap-up, or instead of what was said before."""
    if (agent := _agent(call, house)) is None:
        return await _stranger(call)
    if outcome and (wrong := take(house, agent, outcome)):
        return await refuse(call, Cause.CALL_REJECTED, saying=wrong)
    return await resume(call, house, "")


async def extend_wrap_up(call: Call, house: House, minutes: str) -> Destination | None:
    """More time after a call, by the minutes dialled."""
    if (agent := _agent(call, house)) is None:
        return await _stranger(call)
    seconds = int(minutes) * 60 if minutes else MORE_S
    try:
        house.queues.staff.extend_wrap_up(agent, seconds)
    except ValueError as error:
        call.note("not_set", str(error))
        return await refuse(call, Cause.CALL_REJECTED, saying="agent_not_in_wrap_up")
    return await say_and_end(call, "agent_wrap_up_more", time=Duration(seconds))


def _agent(call: Call, house: House) -> str | None:
    """Who takes calls at the telephone that calls; None for nobody."""
    found = house.queues.staff.at(house.desks.telephone_of(call))
    mine = [agent for agent in found if agent == call.lead.party]
    guests = [agent for agent in found if agent not in (call.lead.party, call.origin.telephone)]
    if not mine and house.queues.knows(call.lead.party):
        mine = [call.lead.party]
    return next(iter(guests or mine), None)


async def _stranger(call: Call) -> Destination | None:
    return await refuse(call, Cause.CALL_REJECTED, saying="agent_unknown")
