"""The spool: a folder for each recording being made. switchd fills it in memory; the keeper
mirrors it on the disk.

::

    ram/recordings/<id>/meta.json     written first: id, call, started_at, rate_hz
                        caller.wav    both grow while the call lasts
                        callee.wav
                        tracks.jsonl  who is on which side from when on, and when it was paused
                        done          written last: ended_at
                        dropped       instead: nothing of it is wanted

The recorder owns a folder once ``done`` is in it. What it cannot make a recording of goes to
``broken/``; what is finished goes away in one step, by a rename to ``.finished-<id>`` before
anything in it is deleted, so that no half of it can be taken for a whole one.
"""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firmware.recorder import wav

log = logging.getLogger(__name__)

BROKEN = "broken"
DONE = "done"
DROPPED = "dropped"
TRACKS = "tracks.jsonl"
_FINISHED = ".finished-"
_SIDES = ("caller.wav", "callee.wav")
_DEFAULT_RATE_HZ = 16000


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What switchd says of a recording when it begins it; times in Unix seconds."""

    id: str
    call: str
    started_at: float
    rate_hz: int


class Track(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens ``at_s`` seconds after the start: who is together (by number, on each side),
    that they are apart, that the recording is paused or resumed."""

    at_s: float
    what: str
    caller: list[str] = []
    callee: list[str] = []


@dataclass(frozen=True, slots=True)
class Spooled:
    """One folder of the spool; its name is the recording's id."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def caller(self) -> Path:
        return self.folder / _SIDES[0]

    @property
    def callee(self) -> Path:
        return self.folder / _SIDES[1]

    @property
    def is_done(self) -> bool:
        return (self.folder / DONE).exists()

    def meta(self) -> Meta:
        """What switchd said of it. A power cut can leave ``meta.json`` empty: then the call
        has the recording's id, and the start is reckoned back from the last write."""
        try:
            return msgspec.json.decode((self.folder / "meta.json").read_bytes(), type=Meta)
        except (FileNotFoundError, msgspec.MsgspecError) as error:
            log.warning("recording %s has no readable meta.json (%s): reckoned", self.id, error)
            return self._reckoned()

    def tracks(self) -> list[Track]:
        """What was written beside the sound, as far as it is whole."""
        try:
            lines = (self.folder / TRACKS).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(msgspec.json.decode(line, type=Track))
            except msgspec.MsgspecError as error:  # the last line of a call that was cut off
                log.warning("recording %s: a line of its tracks is lost (%s)", self.id, error)
        return found

    def _reckoned(self) -> Meta:
        rate_hz = next((r for p in (self.caller, self.callee) if (r := wav.rate_of(p))), 0)
        rate_hz = rate_hz or _DEFAULT_RATE_HZ
        written = [path.stat() for path in (self.caller, self.callee) if path.exists()]
        last = max((stat.st_mtime for stat in written), default=self.folder.stat().st_mtime)
        longest = max((stat.st_size for stat in written), default=0)
        started_at = last - longest / (wav.SAMPLE_BYTES * rate_hz)
        return Meta(id=self.id, call=self.id, started_at=started_at, rate_hz=rate_hz)


def waiting(spool: Path) -> list[Spooled]:
    """Every recording in the spool, whether it is done or not, oldest name first."""
    if not spool.is_dir():
        return []
    return [
        Spooled(path)
        for path in sorted(spool.iterdir())
        if path.is_dir() and path.name != BROKEN and not path.name.startswith(".")
    ]


def discard(spooled: Spooled) -> None:
    """Delete a folder whose recording is safe elsewhere."""
    gone = spooled.folder.with_name(_FINISHED + spooled.id)
    shutil.rmtree(gone, ignore_errors=True)
    spooled.folder.rename(gone)
    # The rename must be on the disk before a deletion is: else a power cut could leave the
    # folder under its old name with one of its sides gone.
    sync_folder(gone.parent)
    shutil.rmtree(gone)


def sweep_finished(spool: Path) -> None:
    """Delete what ``discard`` had renamed when the power went."""
    if spool.is_dir():
        for path in spool.glob(f"{_FINISHED}*"):
            shutil.rmtree(path)


def set_aside(spooled: Spooled, reason: str) -> None:
    """Keep a folder no recording can be made of, for a person to look at."""
    shelf = spooled.folder.parent / BROKEN
    shelf.mkdir(mode=0o700, exist_ok=True)
    place = shelf / spooled.id
    count = 1
    while place.exists():
        count += 1
        place = shelf / f"{spooled.id}-{count}"
    spooled.folder.rename(place)
    log.error("recording %s is broken and kept in %s: %s", spooled.id, place, reason)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk: a rename alone is only in memory (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
