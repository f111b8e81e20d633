"""The owner of a voicemail box sees to its greetings."""

from __future__ import annotations

import datetime as dt

from firmware.model.speech.parts import Count, Noun
from firmware.model.voicemail import Greeting
from firmware.switchd.call import Call
from firmware.switchd.mailroom import Mailroom
from firmware.switchd.media import Studio
from firmware.switchd.scripts.dictate import Limits, take_down
from firmware.switchd.scripts.features.parts import DIGIT_TIMEOUT_S, digits
from firmware.voicemail.when import local

LONGEST_GREETING_S = 120.0
_SILENCE_S = 5.0
_SHORTEST_S = 0.5
_PATIENCE = 3
_KINDS = {"1": Greeting.AWAY, "2": Greeting.BUSY, "3": Greeting.TEMPORARY}


async def see_to_greetings(call: Call, mailroom: Mailroom, studio: Studio, number: str) -> None:
    """The menu of greetings, until hash.

    Raises:
        LegGone: they left; a greeting that was not kept is gone, the old one stands.
    """
    for _ in range(2 * _PATIENCE):
        key = await call.lead.collect(call.say("voicemail_greetings_menu"), DIGIT_TIMEOUT_S)
        if key in ("", "#"):
            return
        if key in _KINDS:
            await _Greeter(call, mailroom, studio, number, _KINDS[key]).stay()
        else:
            await call.lead.listen(call.say("invalid_choice"))


class _Greeter:
    """One greeting of one box: hear it, record it, keep it, remove it."""

    def __init__(
        self, call: Call, mailroom: Mailroom, studio: Studio, number: str, greeting: Greeting
    ) -> None:
        self._call = call
        self._mailroom = mailroom
        self._studio = studio
        self._number = number
        self._greeting = greeting
        self._new = mailroom.new_greeting(number)

    async def stay(self) -> None:
        """An owner without this greeting records it at once."""
        try:
            if not await self._mailroom.has_greeting(self._number, self._greeting):
                await self._record()
            for _ in range(2 * _PATIENCE):
                key = await self._call.lead.collect(
                    self._call.say("voicemail_greeting_menu"), DIGIT_TIMEOUT_S
                )
                if await self._serve(key):
                    return
        finally:
            await self._mailroom.discard(self._new)

    async def _serve(self, key: str) -> bool:
        """Do as they wish; True when that was all."""
        match key:
            case "1":
                return await self._keep()
            case "2":
                await self._hear()
            case "3":
                await self._record()
            case "4":
                await self._mailroom.remove_greeting(self._number, self._greeting)
                await self._listen("voicemail_greeting_removed")
                return True
            case "" | "#":
                return True
            case _:
                await self._listen("invalid_choice")
        return False

    async def _record(self) -> None:
        """Speak it; one that is too short is none."""
        await self._listen("voicemail_record_greeting")
        limits = Limits(length_s=LONGEST_GREETING_S, silence_s=_SILENCE_S)
        await self._mailroom.discard(self._new)
        taken = await take_down(self._call, self._studio, self._new, limits)
        if taken.gone is not None:
            raise taken.gone
        if taken.spoken_s < _SHORTEST_S:
            await self._mailroom.discard(self._new)
            await self._listen("voicemail_too_short")

    async def _hear(self) -> None:
        """The new one, or the one that stands."""
        sound = self._new
        if not sound.exists():
            sound = self._mailroom.greeting_file(self._number, self._greeting)
        if sound.exists():
            await self._call.lead.listen(self._studio.play_file(self._call.lead, sound))

    async def _keep(self) -> bool:
        if not self._new.exists():  # nothing new was recorded: the old one stands
            return True
        until = None
        if self._greeting is Greeting.TEMPORARY:
            until = await self._ask_until()
        await self._mailroom.keep_greeting(self._number, self._greeting, self._new, until)
        self._call.note("greeting_recorded", f"{self._greeting} of {self._number}")
        await self._listen("voicemail_greeting_saved")
        return True

    async def _ask_until(self) -> float | None:
        """For how many days: to the end of the last one. None: until it is removed."""
        keys = await digits(self._call, "voicemail_how_many_days", most=3)
        if not keys.isdigit() or int(keys) == 0:
            return None
        days = int(keys)
        await self._call.lead.listen(
            self._call.say("voicemail_for_days", count=Count(days, Noun.DAY))
        )
        today = local(self._mailroom.now(), self._mailroom.site.office.time_zone)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + dt.timedelta(days=days)).timestamp()

    async def _listen(self, prompt: str) -> None:
        await self._call.lead.listen(self._call.say(prompt))
