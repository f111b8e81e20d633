"""A caller meets a flow or a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.ivr import asks, does, pays  # noqa: F401 - they know what each node does
from firmware.ivr.visit import Visit
from firmware.model.dialplan import Destination
from firmware.switchd.call import Call
from firmware.switchd.scripts.flow.party import CallParty
from firmware.switchd.scripts.flow.world import CallWorld

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def follow(call: Call, house: House, name: str) -> Destination | None:
    """Go through a flow until it leads elsewhere or ends the call.

    Raises:
        LegGone: the caller left.
    """
    begun = house.flows.begun(call, name)
    party = CallParty(call, house.studio, house.flows)
    visit = Visit(begun.flows, begun.memory, party, CallWorld(call, house, begun.memory))
    return await visit.run(name)
