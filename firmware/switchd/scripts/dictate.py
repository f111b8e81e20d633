"""Taking down what a party says: from the tone to the hash key, silence, or the end of time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from firmware.switchd.call import Call
from firmware.switchd.disk import DiskFault
from firmware.switchd.leg import LegGone
from firmware.switchd.media import Studio
from firmware.voicemail.sound import spoken_until

_LOOK_S = 0.5
"""How often the growing file is looked at."""

_LEAST_S = 0.01

_HEADER_BYTES = 44


class Ended(StrEnum):
    """How a dictation ended."""

    HASH = "hash"
    SILENCE = "silence"
    LENGTH = "length"
    LEFT = "left"  # the party hung up


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When it ends by itself."""

    length_s: float
    silence_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of it. ``spoken_s`` is up to the last word, 0 when there was none."""

    ended: Ended
    spoken_s: float
    gone: LegGone | None = None


class Ear:
    """Listens to a file that grows: how long it is, and until when somebody spoke."""

    def __init__(self, file: Path, rate_hz: int) -> None:
        self._file = file
        self._rate_hz = rate_hz
        self._samples = 0
        self._spoken = 0

    @property
    def spoken_s(self) -> float:
        return self._spoken / self._rate_hz

    @property
    def quiet_s(self) -> float:
        """How long nobody has spoken."""
        return (self._samples - self._spoken) / self._rate_hz

    def listen(self) -> None:
        """Hear what was written since the last time: from memory, not from the disk."""
        try:
            heard = np.fromfile(self._file, "<i2", offset=_HEADER_BYTES + 2 * self._samples)
        except OSError:
            return
        if end := spoken_until(heard, self._rate_hz):
            self._spoken = self._samples + end
        self._samples += len(heard)


async def take_down(
    call: Call,
    studio: Studio,
    file: Path,
    limits: Limits,
) -> Taken:
    """Sound the tone, then write what the lead says into ``file`` until it ends. The file should
    lie in memory (``Home.ram``): every call waits for the thread that writes it.

    Returns:
        How it ended; that the lead left is an end like any other.

    Raises:
        LegGone: the lead left before the end of the tone.
        DiskFault: the disk refuses.
    """
    await call.lead.listen(studio.beep(call.lead))
    try:
        dictation = studio.dictate(call.lead, file)
    except OSError as error:
        raise DiskFault(str(error)) from error
    ear = Ear(file, studio.rate_hz)
    gone = None
    try:
        ended = await _until_end(call, ear, limits)
    except LegGone as error:
        ended, gone = Ended.LEFT, error
    finally:
        await dictation.close()
    ear.listen()
    return Taken(ended=ended, spoken_s=ear.spoken_s, gone=gone)


async def _until_end(call: Call, ear: Ear, limits: Limits) -> Ended:
    now = asyncio.get_running_loop().time
    looked = now()
    end = now() + limits.length_s
    while now() < end:
        if await call.lead.digit(max(min(_LOOK_S, end - now()), _LEAST_S)) == "#":
            return Ended.HASH
        if now() - looked < _LOOK_S / 2:  # somebody plays with the keys
            continue
        looked = now()
        ear.listen()
        if ear.quiet_s >= limits.silence_s:
            return Ended.SILENCE
    return Ended.LENGTH
