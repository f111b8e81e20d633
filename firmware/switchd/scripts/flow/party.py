"""The caller of a flow: a call's lead."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from firmware.ivr.ports import NoAnswer
from firmware.ivr.saying import Utterance
from firmware.model.cause import Cause
from firmware.model.record import Disposition
from firmware.switchd.call import Call
from firmware.switchd.disk import DiskFault
from firmware.switchd.flows import Flows
from firmware.switchd.media import PlayedSound, Studio
from firmware.switchd.scripts.dictate import Limits, take_down

log = logging.getLogger(__name__)

_LEAST_SPOKEN_S = 0.5


class CallParty:
    """``firmware.ivr.ports.Party``. All waits raise LegGone when the lead leaves."""

    def __init__(self, call: Call, studio: Studio, flows: Flows) -> None:
        self._call = call
        self._studio = studio
        self._flows = flows

    @property
    def has_keys(self) -> bool:
        """Whether keys wait."""
        return self._call.lead.has_keys

    def answer(self) -> None:
        """Take the call up."""
        self._call.answer()

    async def say(self, said: Utterance) -> None:
        """To its end."""
        await self._call.lead.listen(await self._sound(said))

    async def ask(self, said: Utterance, timeout_s: float) -> str:
        """Say it and take one key."""
        return await self._call.lead.collect(await self._sound(said), timeout_s)

    async def key(self, timeout_s: float) -> str:
        """One key."""
        return await self._call.lead.digit(timeout_s)

    def forget_keys(self) -> None:
        """What was pressed counts no more."""
        self._call.lead.forget_keys()

    async def take_down(self, name: str, *, longest_s: float, silence_s: float) -> str:
        """Keep what is said after the tone, under ``flows`` in the home. That the lead left in
        the middle shows at the next wait.

        Raises:
            NoAnswer: the disk refuses.
        """
        number = self._flows.number_of(self._call)
        path = f"{self._month()}/{self._call.id}-{number}-{name}.wav"
        home = self._flows.disk.home
        sound, kept = home.ram / "flows" / Path(path).name, home.flows / path
        try:
            await self._flows.disk.do(lambda _db: _make_folder(sound.parent))
            limits = Limits(length_s=longest_s, silence_s=silence_s)
            taken = await take_down(self._call, self._studio, sound, limits)
            wanted = taken.spoken_s >= _LEAST_SPOKEN_S
            await self._flows.disk.do(lambda _db: _put_away(sound, kept if wanted else None))
        except (DiskFault, FileNotFoundError, PermissionError) as error:
            raise NoAnswer(f"what the caller says is not kept: {error}") from None
        return path if wanted else ""

    async def play(self, recording: str) -> None:
        """Play what was taken down."""
        home = self._flows.disk.home.flows
        file = (home / recording).resolve()
        if not file.is_relative_to(home.resolve()):
            return
        try:
            sound = self._studio.play_file(self._call.lead, file)
        except OSError as error:
            log.error("call %s: %s cannot be played: %s", self._call.id, recording, error)
            return
        await self._call.lead.listen(sound)

    def hang_up(self, cause: Cause) -> None:
        """End the call; a flow that ends as it should has served its caller."""
        if self._call.disposition is None:
            served = cause is Cause.NORMAL_CLEARING
            self._call.disposition = Disposition.ANSWERED if served else Disposition.FAILED
        self._call.cause = cause
        self._call.lead.hang_up(cause)

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """While this lasts nothing is recorded."""
        self._call.tape.pause()
        try:
            yield
        finally:
            self._call.tape.resume()

    async def _sound(self, said: Utterance) -> PlayedSound:
        """The sound of what is said, once the voice has spoken what it has not yet."""
        lead, voice = self._call.lead, self._flows.voice
        if voice is not None and said.words:
            await lead.unless_gone(voice.ready(said.words, said.language))
        return self._studio.play(lead, said.said, said.language)

    def _month(self) -> str:
        at = dt.datetime.fromtimestamp(self._flows.clock(), self._flows.zone)
        return f"{at:%Y/%m}"


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _put_away(sound: Path, kept: Path | None) -> None:
    """Bring a sound from memory to the disk, whole or not at all; or forget it."""
    if kept is not None:
        _make_folder(kept.parent)
        new = kept.with_suffix(".new")
        shutil.copyfile(sound, new)
        handle = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        new.replace(kept)
    sound.unlink(missing_ok=True)
