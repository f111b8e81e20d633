"""Codes of agents: taking calls from their queues, and not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.acd import AgentLoggedIn, AgentLoggedOut
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import say_and_end
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def log_in(call: Call, house: House, _argument: str) -> Destination | None:
    """Take calls from all queues one is an agent of."""
    agent = call.lead.party
    if not house.queues.knows(agent):
        return await refuse(call, Cause.CALL_REJECTED, saying="agent_unknown")
    house.queues.tell(AgentLoggedIn(agent))
    return await say_and_end(call, "agent_logged_in")


async def log_out(call: Call, house: House, _argument: str) -> Destination | None:
    """Take no more calls from queues."""
    agent = call.lead.party
    if not house.queues.knows(agent):
        return await refuse(call, Cause.CALL_REJECTED, saying="agent_unknown")
    house.queues.tell(AgentLoggedOut(agent))
    return await say_and_end(call, "agent_logged_out")
