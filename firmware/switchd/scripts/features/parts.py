"""What the scripts of the features have in common: asking for digits, and saying what is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.record import Disposition
from firmware.model.speech.parts import Digits, Part
from firmware.switchd.call import Call

if TYPE_CHECKING:
    from firmware.switchd.places import House

DIGIT_TIMEOUT_S = 5.0


async def digits(call: Call, prompt: str, *, most: int = 32) -> str:
    """Ask for digits: they end with the hash key, after ``most``, or when none comes for a while;
    "" when none came.

    Raises:
        LegGone: the caller left.
    """
    return await call.lead.collect_number(call.say(prompt), DIGIT_TIMEOUT_S, most)


async def confirm(call: Call, house: House, prompt: str, **slots: Part) -> Destination | None:
    """Say what is set now, once it is where no power cut takes it away.

    Raises:
        LegGone: the caller left.
    """
    call.answer()
    if not await house.people.kept():
        await call.lead.listen(call.say("not_stored_yet"))
    return await say_and_end(call, prompt, **slots)


async def say_and_end(call: Call, prompt: str, **slots: Part) -> Destination | None:
    """Say it, and the call is over.

    Raises:
        LegGone: the caller left.
    """
    call.answer()
    await call.lead.listen(call.say(prompt, **slots))
    call.disposition = Disposition.ANSWERED
    call.lead.hang_up()
    return None


def spoken(dialled: str, destination: Destination) -> Part:
    """Where calls are led, as it is said."""
    return "voicemail_box" if destination.kind is DestinationKind.VOICEMAIL else Digits(dialled)
