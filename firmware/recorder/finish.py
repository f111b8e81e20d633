"""Finishing: from a folder of the spool to one sound file and its row in the store.

The order makes a power cut harmless at every point: the finished file is complete, synced and
compared with the spool before it gets its name; the row is committed before the spool is deleted.
Until that last step everything can be done again. The spool is thus the original that stays until
the encoded file is known to be good, and nothing is written to the card twice.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.model.recording import RecordingFormat
from firmware.recorder import spool, wav
from firmware.recorder.encode import Unfaithful, compare, encode, largest_bytes
from firmware.recorder.spool import Meta, Spooled
from firmware.store import recordings
from firmware.store.sealed import encrypt
from firmware.voicemail.files import make_folder

log = logging.getLogger(__name__)

_READ_BYTES = 1024 * 1024

T = TypeVar("T")


class NotVerified(OSError):
    """The disk gave back something other than what was written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How recordings are kept: their format, and for whom they are encrypted (nobody: not)."""

    format: RecordingFormat = RecordingFormat.FLAC
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A file that is on the disk, under its partial name."""

    place: Path  # relative to the home's recordings
    format: RecordingFormat
    samples: int
    bytes: int
    sha256: str
    sound_sha256: str


def finish(
    home: Home,
    db: Database,
    spooled: Spooled,
    shape: Shape = Shape(),
    proceed: Callable[[], None] = lambda: None,
) -> RecordingRecord | None:
    """Make the recording of one spool folder; None when it holds no sound. ``proceed`` is
    called now and then and may raise to stop; what was done so far is done again later.

    Raises:
        BadWav: no recording can be made of what is there; it stays.
        OSError, sqlite3.Error: the disk or the store does not take it now; it stays.
    """
    meta = spooled.meta()
    tracks = (
        wav.look_at(spooled.caller, meta.rate_hz),
        wav.look_at(spooled.callee, meta.rate_hz),
    )
    if not any(track.samples for track in tracks):
        log.info("recording %s holds no sound and is left out", spooled.id)
        spool.discard(spooled)
        return None
    kept = _written(home, _place(spooled.id, meta), tracks, shape.format, proceed)
    if shape.recipients:
        kept = _encrypted(home, kept, shape.recipients, proceed)
    record = RecordingRecord(
        id=spooled.id,
        call_id=meta.call,
        path=str(kept.place),
        started_at=meta.started_at,
        length_s=kept.samples / meta.rate_hz,
        rate_hz=meta.rate_hz,
        channels=len(tracks),
        bytes=kept.bytes,
        sha256=kept.sha256,
        tracks=msgspec.json.encode(spooled.tracks()).decode(),
        format=kept.format,
        sound_sha256=kept.sound_sha256,
        cipher="age" if shape.recipients else "",
    )
    _settle(home, db, record)
    spool.discard(spooled)
    log.info(
        "recording %s finished: %.1f s, %d bytes of %s",
        record.id, record.length_s, record.bytes, record.format,
    )  # fmt: skip
    return record


def _settle(home: Home, db: Database, record: RecordingRecord) -> None:
    """Give the file its name and write its row, unless both were done before a crash."""
    path = home.recordings / record.path
    there = recordings.find(db, record.id)
    if there is not None and there.sound_sha256 != record.sound_sha256:
        raise wav.BadWav(f"{there.path} is another recording with the same id")
    if there is not None and (home.recordings / there.path).is_file():
        partial(path).unlink()
        return
    partial(path).rename(path)
    spool.sync_folder(path.parent)
    recordings.keep(db, record, time.time())


def _written(
    home: Home,
    stem: Path,
    tracks: Sequence[wav.Track],
    kind: RecordingFormat,
    proceed: Callable[[], None],
) -> _Kept:
    """Write the sound, encoded if it is to be and can be."""
    if kind is RecordingFormat.WAV:
        return _as_wav(home, stem, tracks, proceed)
    try:
        return _encoded(home, stem, tracks, kind, proceed)
    except Unfaithful as error:
        log.error("recording %s is kept as WAV, for its %s is no good: %s", stem.name, kind, error)
        partial(home.recordings / _named(stem, kind)).unlink(missing_ok=True)
        return _as_wav(home, stem, tracks, proceed)


def _as_wav(
    home: Home, stem: Path, tracks: Sequence[wav.Track], proceed: Callable[[], None]
) -> _Kept:
    place = _named(stem, RecordingFormat.WAV)
    written = write_whole(
        home.recordings / place,
        lambda out: wav.write_stereo(tracks[0], tracks[1], out, proceed),
        proceed,
    )
    return _Kept(
        place=place,
        format=RecordingFormat.WAV,
        samples=written.samples,
        bytes=written.bytes,
        sha256=written.sha256,
        sound_sha256=written.sound_sha256,
    )


def _encoded(
    home: Home,
    stem: Path,
    tracks: Sequence[wav.Track],
    kind: RecordingFormat,
    proceed: Callable[[], None],
) -> _Kept:
    place = _named(stem, kind)
    path = home.recordings / place
    make_folder(path.parent)
    _check_room(path.parent, largest_bytes(tracks))
    sound = _to_disk(path, lambda file: encode(kind, tracks, file.fileno(), proceed))
    compare(kind, tracks, partial(path), proceed)
    size, digest = _digest(partial(path), proceed)
    return _Kept(
        place=place,
        format=kind,
        samples=sound.samples,
        bytes=size,
        sha256=digest,
        sound_sha256=sound.sha256,
    )


def _encrypted(
    home: Home, kept: _Kept, recipients: Sequence[str], proceed: Callable[[], None]
) -> _Kept:
    """The same, encrypted; the plain file goes."""
    plain = partial(home.recordings / kept.place)
    place = kept.place.with_name(kept.place.name + recordings.CIPHER_ENDING)
    _to_disk(home.recordings / place, lambda file: encrypt(plain, file, recipients))
    plain.unlink()
    size, digest = _digest(partial(home.recordings / place), proceed)
    return replace(kept, place=place, bytes=size, sha256=digest)


def _check_room(folder: Path, wanted_bytes: int) -> None:
    """libsndfile says of a full disk only that something failed."""
    if shutil.disk_usage(folder).free < wanted_bytes:
        raise OSError(errno.ENOSPC, f"no room for {wanted_bytes} bytes", str(folder))


def partial(path: Path) -> Path:
    """Where a recording lies until it is whole: in the same folder, as a rename needs it."""
    return path.with_name(f".{path.name}.part")


def _place(recording_id: str, meta: Meta) -> Path:
    return Path(time.strftime("%Y/%m/%d", time.gmtime(meta.started_at))) / recording_id


def _named(stem: Path, kind: RecordingFormat) -> Path:
    return stem.with_name(f"{stem.name}.{kind}")


def write_whole(
    path: Path, write: Callable[[BinaryIO], wav.Written], proceed: Callable[[], None]
) -> wav.Written:
    """Write, sync and read back a file under its partial name.

    Raises:
        OSError: the disk refuses, or gives back something else (``NotVerified``).
    """
    make_folder(path.parent)
    written = _to_disk(path, write)
    if _digest(partial(path), proceed) != (written.bytes, written.sha256):
        raise NotVerified(f"{path.name} read back differs from what was written")
    return written


def _to_disk(path: Path, write: Callable[[BinaryIO], T]) -> T:
    """Write and sync a file under its partial name; what ``write`` says of it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(partial(path), flags, 0o600), "w+b") as file:
        written = write(file)
        file.flush()
        os.fsync(file.fileno())
        # Otherwise the check would read our own memory and not the disk.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return written


def _digest(path: Path, proceed: Callable[[], None]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            proceed()
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
