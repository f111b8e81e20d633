"""A caller leaves a message."""

from __future__ import annotations

import logging

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.personal import ForwardKind
from firmware.model.record import Disposition
from firmware.model.voicemail import Greeting
from firmware.switchd.call import Call
from firmware.switchd.disk import DiskFault
from firmware.switchd.leg import LegGone
from firmware.switchd.mailroom import Mailroom
from firmware.switchd.media import PlayedSound, Studio
from firmware.switchd.scripts.dictate import Ended, Limits, Taken, take_down
from firmware.switchd.scripts.refuse import refuse

log = logging.getLogger(__name__)

_TRIES = 3
"""How often a caller whose message was too short is asked again."""


async def leave_message(
    call: Call, mailroom: Mailroom, studio: Studio, number: str
) -> Destination | None:
    """Greet as the box's owner wishes, take a message, keep it.

    Star during the greeting is for the owner, who calls from elsewhere; hash skips it.

    Raises:
        LegGone: the caller left; what they said by then is kept.
    """
    call.answer()
    situation = _situation(call)
    if call.talked_at is None:
        busy = situation is Greeting.BUSY
        call.disposition = Disposition.BUSY if busy else Disposition.NO_ANSWER
    try:
        return await _serve(call, mailroom, studio, number, situation)
    except DiskFault as error:
        log.error("call %s: the message for %s cannot be kept: %s", call.id, number, error)
        call.note("voicemail_failed", number)
        return await refuse(call, Cause.SWITCH_CONGESTION)


def _situation(call: Call) -> Greeting:
    """Why the call came here, by the last forward it followed."""
    steps = call.trail.steps
    busy = bool(steps) and steps[-1].kind is ForwardKind.BUSY
    return Greeting.BUSY if busy else Greeting.AWAY


async def _serve(
    call: Call, mailroom: Mailroom, studio: Studio, number: str, situation: Greeting
) -> Destination | None:
    if await mailroom.is_full(number):
        call.note("voicemail_full", number)
        await call.lead.listen(call.say("voicemail_full"))
        return None
    greeting = await _greeting(call, mailroom, studio, number, situation)
    if await call.lead.collect(greeting, 0.0) == "*":
        return Destination(DestinationKind.MAILBOX, number)
    for _ in range(_TRIES):
        if await _take_message(call, mailroom, studio, number):
            await call.lead.listen(call.say("voicemail_thanks"))
            return None
        await call.lead.listen(call.say("voicemail_too_short"))
    await call.lead.listen(call.say("goodbye"))
    return None


async def _greeting(
    call: Call, mailroom: Mailroom, studio: Studio, number: str, situation: Greeting
) -> PlayedSound:
    """What the caller hears first: the owner's words, or the exchange's."""
    recorded = await mailroom.greeting(number, situation)
    if recorded is not None:
        try:
            return studio.play_file(call.lead, recorded)
        except OSError as error:
            log.error("the greeting of %s is passed over: %s", number, error)
    first = "voicemail_busy" if situation is Greeting.BUSY else "voicemail_unavailable"
    return call.say((first, "voicemail_leave"))


async def _take_message(call: Call, mailroom: Mailroom, studio: Studio, number: str) -> bool:
    """Take one message; False when it was too short to be one.

    Raises:
        LegGone: the caller left, and what they said is kept.
        DiskFault: the disk refuses.
    """
    rules = mailroom.site.voicemail
    spooled = mailroom.begin(call.id, number, call.origin, studio.rate_hz)
    limits = Limits(length_s=rules.max_length_s, silence_s=rules.end_silence_s)
    try:
        taken = await take_down(call, studio, spooled.sound, limits)
    except (LegGone, DiskFault):
        spooled.drop()
        raise
    if _is_wanted(taken, rules.min_length_s):
        call.note("voicemail_taken", f"{taken.ended} {taken.spoken_s:.1f} s for {number}")
        await spooled.finish(taken.ended)
    else:
        spooled.drop()
    if taken.gone is not None:
        raise taken.gone
    return _is_wanted(taken, rules.min_length_s)


def _is_wanted(taken: Taken, min_length_s: float) -> bool:
    """A caller who left cannot be asked again: the recorder decides what is too short then."""
    return taken.ended is Ended.LEFT or taken.spoken_s >= max(min_length_s, 0.1)
