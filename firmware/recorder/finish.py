"""Finishing: from a folder of the spool to one stereo WAV file and its row in the store.

The order makes a power cut harmless at every point: the finished file is complete, synced
and read back before it gets its name; the row is committed before the spool is deleted. Until
that last step everything can be done again and gives the same bytes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.recorder import spool, wav
from firmware.recorder.spool import Meta, Spooled
from firmware.store import recordings
from firmware.voicemail.files import make_folder

log = logging.getLogger(__name__)

_READ_BYTES = 1024 * 1024


class NotVerified(OSError):
    """The disk gave back something other than what was written to it."""


def finish(
    home: Home, db: Database, spooled: Spooled, proceed: Callable[[], None] = lambda: None
) -> RecordingRecord | None:
    """Make the recording of one spool folder; None when it holds no sound. ``proceed`` is
    called now and then and may raise to stop; what was done so far is done again later.

    Raises:
        BadWav: no recording can be made of what is there; it stays.
        OSError, sqlite3.Error: the disk or the store does not take it now; it stays.
    """
    meta = spooled.meta()
    left, right = (
        wav.look_at(spooled.caller, meta.rate_hz),
        wav.look_at(spooled.callee, meta.rate_hz),
    )
    if left.samples == right.samples == 0:
        log.info("recording %s holds no sound and is left out", spooled.id)
        spool.discard(spooled)
        return None
    path = _place(spooled.id, meta)
    written = write_whole(
        home.recordings / path, lambda out: wav.write_stereo(left, right, out, proceed), proceed
    )
    record = RecordingRecord(
        id=spooled.id,
        call_id=meta.call,
        path=str(path),
        started_at=meta.started_at,
        length_s=written.samples / meta.rate_hz,
        rate_hz=meta.rate_hz,
        channels=2,
        bytes=written.bytes,
        sha256=written.sha256,
        tracks=msgspec.json.encode(spooled.tracks()).decode(),
    )
    _check_not_taken(db, record)
    partial(home.recordings / path).rename(home.recordings / path)
    spool.sync_folder((home.recordings / path).parent)
    recordings.save(db, record)
    spool.discard(spooled)
    log.info("recording %s finished: %.1f s, %d bytes", record.id, record.length_s, record.bytes)
    return record


def partial(path: Path) -> Path:
    """Where a recording lies until it is whole: in the same folder, as a rename needs it."""
    return path.with_name(f".{path.name}.part")


def _place(recording_id: str, meta: Meta) -> Path:
    day = time.strftime("%Y/%m/%d", time.gmtime(meta.started_at))
    return Path(day) / f"{recording_id}.wav"


def write_whole(
    path: Path, write: Callable[[BinaryIO], wav.Written], proceed: Callable[[], None]
) -> wav.Written:
    """Write, sync and read back a file under its partial name.

    Raises:
        OSError: the disk refuses, or gives back something else (``NotVerified``).
    """
    make_folder(path.parent)
    part = partial(path)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        written = write(file)
        file.flush()
        os.fsync(file.fileno())
        # Otherwise the check would read our own memory and not the disk.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if _digest(part, proceed) != (written.bytes, written.sha256):
        raise NotVerified(f"{path.name} read back differs from what was written")
    return written


def _digest(path: Path, proceed: Callable[[], None]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            proceed()
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _check_not_taken(db: Database, record: RecordingRecord) -> None:
    """A recording done again has the same bytes; another one must not replace it."""
    there = recordings.find(db, record.id)
    if there is not None and there.sha256 != record.sha256:
        raise wav.BadWav(f"{there.path} is another recording with the same id")
