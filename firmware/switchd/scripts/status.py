"""The exchange tells a person how the box is, because somebody pressed its button."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from firmware.link.status import BoxStatus
from firmware.model.dialplan import Station
from firmware.model.speech.parts import Count, Digits, Noun
from firmware.switchd.call import Call
from firmware.switchd.leg import LegGone
from firmware.switchd.media import PlayedSound
from firmware.switchd.scripts.ringing import is_answered

_SAID_TIMES = 2

_LINES: Mapping[str, str] = {
    "good": "status_lines_good",
    "faulty": "status_lines_faulty",
    "dead": "status_lines_dead",
}
_INTERNET: Mapping[str, str] = {
    "up": "status_internet_up",
    "limited": "status_internet_limited",
    "down": "status_internet_down",
}


async def tell_status(call: Call, station: Station, status: BoxStatus, language: str) -> None:
    """Ring the telephone and say it, twice, in ``language``."""
    call.language = language
    if not await is_answered(call, station):
        return
    with contextlib.suppress(LegGone):
        for _ in range(_SAID_TIMES):
            for sound in sentences(call, status):
                await call.lead.listen(sound)


def sentences(call: Call, status: BoxStatus) -> Iterator[PlayedSound]:
    """What there is to say, sentence by sentence; each begins to sound when it is asked for."""
    possible = status.calls_possible
    yield call.say("status_calls_possible" if possible else "status_calls_impossible")
    if status.lines in _LINES:
        yield call.say(_LINES[status.lines])
    on_mains = status.power == "mains"
    yield call.say("status_power_mains" if on_mains else "status_power_battery")
    if not on_mains and status.minutes_left is not None:
        yield call.say("status_minutes_left", minutes=Count(status.minutes_left, Noun.MINUTE))
    if status.internet in _INTERNET:
        yield call.say(_INTERNET[status.internet])
    if status.address:
        yield call.say("status_address", address=Digits(status.address))
