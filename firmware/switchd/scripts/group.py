"""A caller calls a ring group: several telephones, the first answer takes the call."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.ringing import Member, turns
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.scripts.extension import ring
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def call_group(call: Call, house: House, name: str) -> Destination | None:
    """Ring the group's members by its strategy; when one answers, join both until one leaves.

    Members who do not want to be disturbed, and those in a call, do not ring; where a member
    has forwarded their own calls has no meaning here.

    Raises:
        LegGone: the caller left before.
    """
    place = house.plan().groups[name]
    members = tuple(m for m in place.group.members if _rings(house, m, place.group.skips_busy))
    group = replace(place.group, members=members)
    found = await ring(call, house, turns(group, _shuffled)) if members else Cause.USER_BUSY
    if isinstance(found, Leg):
        return await call.talk(found)
    if place.otherwise is not None:
        return place.otherwise
    return await refuse(call, found)


def _rings(house: House, member: Member, skips_busy: bool) -> bool:
    person = house.people.of(member.number)
    is_busy = house.people.is_busy(member.number)
    return not person.dnd and not (is_busy and (skips_busy or not person.call_waiting))


def _shuffled(members: Sequence[Member]) -> Sequence[Member]:
    return random.sample(members, len(members))
