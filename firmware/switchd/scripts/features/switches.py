"""A person switches something on or off for the calls that come to them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm, say_and_end

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def _dnd(on: bool, call: Call, house: House, _argument: str) -> Destination | None:
    house.people.set_do_not_disturb(call.lead.party, on)
    return await confirm(call, house, "dnd_on" if on else "dnd_off")


dnd_on = partial(_dnd, True)
dnd_off = partial(_dnd, False)


async def dnd_toggle(call: Call, house: House, argument: str) -> Destination | None:
    """For a key with a lamp: on when it is off, off when it is on."""
    return await _dnd(not house.people.of(call.lead.party).dnd, call, house, argument)


async def _call_waiting(on: bool, call: Call, house: House, _argument: str) -> Destination | None:
    house.people.set_call_waiting(call.lead.party, on)
    return await confirm(call, house, "call_waiting_on" if on else "call_waiting_off")


call_waiting_on = partial(_call_waiting, True)
call_waiting_off = partial(_call_waiting, False)


async def follow_me_on(call: Call, house: House, _argument: str) -> Destination | None:
    """The numbers of follow-me ring from now on, if there are any."""
    if not house.people.of(call.lead.party).follow_steps:
        return await say_and_end(call, "follow_me_empty")
    house.people.set_follow_me(call.lead.party, True)
    return await confirm(call, house, "follow_me_on")


async def follow_me_off(call: Call, house: House, _argument: str) -> Destination | None:
    """Only the telephone rings from now on."""
    house.people.set_follow_me(call.lead.party, False)
    return await confirm(call, house, "follow_me_off")
