"""A person makes a telephone theirs, with their PIN, and leaves it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.model.speech.parts import Digits
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm, digits, say_and_end

if TYPE_CHECKING:
    from firmware.switchd.places import House

ATTEMPTS = 3
_LONGEST_PIN = 10


async def log_in(call: Call, house: House, argument: str) -> Destination | None:
    """Ask who it is, unless that was dialled, and for the PIN; then this telephone is theirs.
    At one's own telephone no PIN is asked for: it belongs to its extension."""
    call.answer()
    telephone = house.desks.telephone_of(call)
    number = argument or await digits(call, "enter_extension")
    if not number:
        return await say_and_end(call, "goodbye")
    if number != telephone and not await prove(call, house, number):
        return await say_and_end(call, "too_many_attempts")
    house.people.log_in_at(number, telephone)
    call.note("logged_in_at", f"{number} at {telephone}")
    return await confirm(call, house, "hot_desk_in", number=Digits(number))


async def prove(call: Call, house: House, number: str) -> bool:
    """Whether the caller knows the PIN of ``number``. Who has none, or does not exist, is asked
    all the same: a stranger learns nothing."""
    for _ in range(ATTEMPTS):
        pin = await digits(call, "enter_pin", most=_LONGEST_PIN)
        if house.desks.admits(number, pin):
            return True
        call.note("wrong_pin", number)
        await call.lead.listen(call.say("wrong_pin"))
    return False


async def log_out(call: Call, house: House, _argument: str) -> Destination | None:
    """This telephone is its own extension's again."""
    gone = house.people.log_out_of(house.desks.telephone_of(call))
    if gone:
        call.note("logged_out", gone)
    return await confirm(call, house, "hot_desk_out")
