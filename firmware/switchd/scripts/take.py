"""The exchange asks a person to say a prompt: after the tone, until they are content with it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from firmware.model.dialplan import Station
from firmware.model.take import OVER, TakeState
from firmware.prompts.own import Unusable
from firmware.switchd.call import Call
from firmware.switchd.disk import DiskFault
from firmware.switchd.media import Studio
from firmware.switchd.scripts.dictate import Limits, take_down
from firmware.switchd.scripts.features.parts import DIGIT_TIMEOUT_S
from firmware.switchd.scripts.ringing import is_answered

LIMITS = Limits(length_s=120.0, silence_s=5.0)
_SHORTEST_S = 0.5
_PATIENCE = 3
_TIMES = 20
"""Who says it again and again is sent away at some time: the call must end."""


class Taking(Protocol):
    """One take (``firmware.switchd.takes.Take``)."""

    @property
    def state(self) -> TakeState: ...
    @property
    def said(self) -> Path: ...
    @property
    def heard(self) -> Path: ...
    def is_now(self, state: TakeState) -> None: ...
    async def prepare(self) -> None: ...
    async def keep(self) -> None: ...
    async def forget(self) -> None: ...


async def take_prompt(call: Call, station: Station, studio: Studio, take: Taking) -> None:
    """Ring a person's telephone and let who answers say a prompt; the call has no other leg.
    However it ends, the take says how."""
    try:
        if not await is_answered(call, station):
            take.is_now(TakeState.UNANSWERED)
            return
        take.is_now(TakeState.ASKED)
        await _Director(call, studio, take).stay()
    except DiskFault:
        take.is_now(TakeState.FAILED)
        await call.lead.listen(call.say("take_failed"))
    finally:
        if take.state not in OVER:
            take.is_now(TakeState.DROPPED)
        await take.forget()


class _Director:
    """Asks for one prompt until it is kept or dropped."""

    def __init__(self, call: Call, studio: Studio, take: Taking) -> None:
        self._call = call
        self._studio = studio
        self._take = take

    async def stay(self) -> None:
        await self._listen("take_request")
        for _ in range(_TIMES):
            self._take.is_now(TakeState.SPEAKING)
            if await self._is_said() and await self._is_decided():
                return
        await self._drop()

    async def _is_said(self) -> bool:
        """Take it down; whether there is something to be heard in it."""
        taken = await take_down(self._call, self._studio, self._take.said, LIMITS)
        if taken.gone is not None:
            raise taken.gone
        self._call.note("take_said", f"{taken.spoken_s:.1f} s, by {taken.ended}")
        if taken.spoken_s < _SHORTEST_S:
            await self._listen("take_too_short")
            return False
        try:
            await self._take.prepare()
        except Unusable as error:
            self._call.note("take_unusable", f"{error}: {error.__cause__}")
            await self._listen("take_too_short")
            return False
        return True

    async def _is_decided(self) -> bool:
        """Let them hear it and choose; False: they say it again."""
        self._take.is_now(TakeState.CHECKING)
        await self._hear()
        for _ in range(_PATIENCE):
            match await self._call.lead.collect(self._call.say("take_menu"), DIGIT_TIMEOUT_S):
                case "1":
                    await self._keep()
                    return True
                case "2":
                    return False
                case "3":
                    await self._drop()
                    return True
                case "4":
                    await self._hear()
                case _:
                    await self._listen("invalid_choice")
        await self._drop()
        return True

    async def _hear(self) -> None:
        lead = self._call.lead
        await lead.listen(self._studio.play_file(lead, self._take.heard))

    async def _keep(self) -> None:
        await self._take.keep()
        self._take.is_now(TakeState.KEPT)
        await self._listen("take_kept")

    async def _drop(self) -> None:
        self._take.is_now(TakeState.DROPPED)
        await self._listen("take_dropped")

    async def _listen(self, prompt: str) -> None:
        await self._call.lead.listen(self._call.say(prompt))
