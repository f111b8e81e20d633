"""A person calls by a code: the last number, the last caller, a speed dial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.model.speech.parts import Digits
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm, digits, say_and_end

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def redial(call: Call, house: House, _argument: str) -> Destination | None:
    """Call the number again that was dialled last."""
    return await _dial(call, house, _number(house.people.last_called(call.lead.party)))


async def call_back(call: Call, house: House, _argument: str) -> Destination | None:
    """Call whoever called last."""
    return await _dial(call, house, _number(house.people.last_caller(call.lead.party)))


async def speed_dial(call: Call, house: House, argument: str) -> Destination | None:
    """Call the number in a slot."""
    number = house.people.of(call.lead.party).speed_dials.get(argument)
    if number is None:
        return await say_and_end(call, "speed_dial_empty")
    return await _dial(call, house, number)


async def set_speed_dial(call: Call, house: House, argument: str) -> Destination | None:
    """Put a number into a slot; what was not dialled is asked for."""
    call.answer()
    slot, _, number = argument.partition("*")
    slot = slot or await digits(call, "enter_slot", most=2)
    number = number or (await digits(call, "enter_number") if slot else "")
    if not number:
        return await say_and_end(call, "goodbye")
    try:
        house.people.set_speed_dial(call.lead.party, slot, number)
    except ValueError as error:
        call.note("not_set", str(error))
        return await say_and_end(call, "unknown_number")
    return await confirm(call, house, "speed_dial_set", slot=Digits(slot), number=Digits(number))


def _number(came: str) -> str:
    """What came from a network, as a number: "mailbox:101" is a place only where the site's own
    people write it."""
    return "" if ":" in came else came


async def _dial(call: Call, house: House, number: str) -> Destination | None:
    destination = house.people.find(number) if number else None
    if destination is None:
        return await say_and_end(call, "nothing_to_redial")
    call.note("dialled", number)
    house.people.called(call.lead.party, number)
    return destination
