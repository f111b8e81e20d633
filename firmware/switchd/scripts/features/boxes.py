"""Codes that lead to voicemail boxes: one's own, any, and straight to somebody's to speak into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination, DestinationKind
from firmware.switchd.call import Call

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def own(call: Call, _house: House, _argument: str) -> Destination | None:
    """The box of whoever sits at this telephone."""
    return Destination(DestinationKind.MAILBOX, call.lead.party)


async def of_any(_call: Call, _house: House, argument: str) -> Destination | None:
    """The box of the number dialled behind the code, else of one that is asked for."""
    return Destination(DestinationKind.MAILBOX, argument or "any")


async def speak_into(_call: Call, _house: House, argument: str) -> Destination | None:
    """Leave a message for somebody without disturbing them."""
    return Destination(DestinationKind.VOICEMAIL, argument)
