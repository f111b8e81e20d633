"""A supervisor listens in: their telephone rings first, then they hear an agent's talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.model.listening import KEYS, Listening
from firmware.model.record import Disposition
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.ear import Ear
from firmware.switchd.leg import Leg, LegGone

RING_S = 30.0


async def ring_supervisor(call: Call, station: Station) -> Leg | None:
    """The supervisor's leg once it is answered; None: it was not. Their telephone shows the agent
    whom they will hear."""
    call.disposition = Disposition.NO_ANSWER
    try:
        leg = call.dial(
            call.target_of(station).showing(call.origin.called, call.origin.caller_name)
        )
    except NoSlot:
        return None
    try:
        async with asyncio.timeout(RING_S):
            await leg.answered()
    except (TimeoutError, LegGone):
        call.cause = Cause.NO_ANSWER
        return None
    call.disposition = Disposition.ANSWERED
    return leg


async def hear(leg: Leg, ear: Ear, wants: Callable[[Listening], None]) -> None:
    """Until the talk is over for the agent, or the supervisor hangs up. A key changes the way of
    listening.

    Raises:
        LegGone: the supervisor hung up.
    """
    ended = asyncio.ensure_future(ear.ended.wait())
    try:
        while not ended.done():
            key = asyncio.ensure_future(leg.digit(_KEY_S))
            try:
                await asyncio.wait((key, ended), return_when=asyncio.FIRST_COMPLETED)
                how = KEYS.get(key.result()) if key.done() else None
                if how is not None and not ended.done():
                    wants(how)
            finally:
                key.cancel()
    finally:
        ended.cancel()


_KEY_S = 3600.0
