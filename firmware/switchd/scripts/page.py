"""Calls that telephones answer by themselves: intercom and paging."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.record import Disposition
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.scripts.refuse import refuse
from firmware.switchd.target import Target

ANSWERS_ITSELF: Mapping[str, str] = {
    # RFC 5373; Mitel, Gigaset, Snom, Yealink; Grandstream, Fanvil, Snom, Yealink; others.
    "Answer-Mode": "Auto",
    "Alert-Info": "<http://markaz.internal>;info=alert-autoanswer;delay=0",
    "Call-Info": "<sip:markaz.internal>;answer-after=0",
    "P-Auto-Answer": "normal",
}
"""The makers' words for "answer by yourself, on the loudspeaker"."""

_ANSWER_TIMEOUT_S = 10.0


async def intercom(call: Call, target: Target) -> Destination | None:
    """Let the lead talk to a telephone that answers by itself.

    Raises:
        LegGone: the lead left before.
    """
    try:
        callee = call.dial(target.alone().with_headers(ANSWERS_ITSELF))
    except NoSlot:
        return await refuse(call, Cause.SWITCH_CONGESTION)
    cause = await call.reach(callee, _ANSWER_TIMEOUT_S)
    if cause is not None:
        return await refuse(call, cause)
    return await call.talk(callee)


async def page(call: Call, targets: Sequence[Target], *, is_two_way: bool) -> Destination | None:
    """Let the lead speak to many telephones at once, and hear them where the site says so, until
    the lead leaves or nobody listens any more.

    Raises:
        LegGone: the lead left.
    """
    legs = _call_all(call, targets)
    if not legs:
        return await refuse(call, Cause.USER_BUSY)
    call.answer()
    call.disposition = Disposition.ANSWERED
    call.note("paged", " ".join(leg.party for leg in legs))
    mix = call.open_mix() if is_two_way else call.open_broadcast()
    listening = [asyncio.ensure_future(_listen(leg, mix.add)) for leg in legs]
    try:
        await call.lead.unless_gone(_all(listening))
    finally:
        for one in listening:
            one.cancel()
        call.close_mix()
        for leg in legs:
            leg.hang_up()
    return None


def _call_all(call: Call, targets: Sequence[Target]) -> list[Leg]:
    """Call as many as there is room for."""
    legs = []
    for target in targets:
        try:
            legs.append(call.dial(target.alone().with_headers(ANSWERS_ITSELF)))
        except NoSlot:
            call.note("not_paged", target.party)
    return legs


async def _listen(leg: Leg, join: Callable[[Leg], None]) -> None:
    """One telephone: answers, listens, leaves."""
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            await leg.answered()
        join(leg)
        await leg.gone()
    except TimeoutError:
        leg.hang_up(Cause.NO_ANSWER)
    except LegGone:
        return


async def _all(listening: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(listening)
