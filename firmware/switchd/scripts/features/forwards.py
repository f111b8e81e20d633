"""A person forwards their calls, or ends it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.model.personal import ForwardKind
from firmware.switchd.call import Call
from firmware.switchd.scripts.features.parts import confirm, digits, say_and_end, spoken

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def _set(kind: ForwardKind, call: Call, house: House, argument: str) -> Destination | None:
    """Ask whereto, unless it was dialled; set it; say it."""
    call.answer()
    to = argument or await digits(call, "enter_number")
    if not to:
        return await say_and_end(call, "goodbye")
    try:
        place = house.people.set_forward(call.lead.party, kind, to)
    except ValueError as error:
        call.note("not_set", str(error))
        return await say_and_end(call, "unknown_number")
    assert place is not None
    return await confirm(call, house, f"forward_{kind}_set", number=spoken(to, place))


async def _end(kind: ForwardKind, call: Call, house: House, _argument: str) -> Destination | None:
    house.people.set_forward(call.lead.party, kind, "")
    return await confirm(call, house, "forward_cancelled")


always_on = partial(_set, ForwardKind.ALWAYS)
always_off = partial(_end, ForwardKind.ALWAYS)
busy_on = partial(_set, ForwardKind.BUSY)
busy_off = partial(_end, ForwardKind.BUSY)
no_answer_on = partial(_set, ForwardKind.NO_ANSWER)
no_answer_off = partial(_end, ForwardKind.NO_ANSWER)
unreachable_on = partial(_set, ForwardKind.UNREACHABLE)
unreachable_off = partial(_end, ForwardKind.UNREACHABLE)


async def all_off(call: Call, house: House, _argument: str) -> Destination | None:
    """No call is led elsewhere any more."""
    house.people.end_forwards(call.lead.party)
    return await confirm(call, house, "forwards_cancelled")
