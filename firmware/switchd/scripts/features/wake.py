"""A person wants to be called at a time, or no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.model.speech.parts import TimeOfDay
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm, digits, say_and_end

if TYPE_CHECKING:
    from firmware.switchd.places import House

ATTEMPTS = 3


async def set_wake_up(call: Call, house: House, argument: str) -> Destination | None:
    """Ask for the time, unless it was dialled; promise the call."""
    call.answer()
    for _ in range(ATTEMPTS):
        time = argument or await digits(call, "enter_time", most=4)
        if not time:
            return await say_and_end(call, "goodbye")
        try:
            house.wake_ups.set(call.lead.party, time)
        except ValueError:
            argument = ""
            await call.lead.listen(call.say("invalid_choice"))
            continue
        said = TimeOfDay(int(time[:2]), int(time[2:]))
        return await confirm(call, house, "wake_up_set", time=said)
    return await say_and_end(call, "goodbye")


async def cancel_wake_up(call: Call, house: House, _argument: str) -> Destination | None:
    """Nobody is called any more."""
    house.wake_ups.cancel(call.lead.party)
    return await confirm(call, house, "wake_up_cancelled")
