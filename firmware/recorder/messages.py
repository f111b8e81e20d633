"""Voicemail messages: from a folder of the spool to a message in its box.

As for recordings, everything can be done again until the spool is deleted: the file is whole,
synced and read back before it gets its name, and the message with the letters that tell of it is
committed before its spool goes. What a crash or a power cut leaves in the spool is a message as
far as it was spoken.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from sqlite_utils import Database

from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.model.record import CallEvent
from firmware.model.retention import KeptKind
from firmware.model.voicemail import Message
from firmware.recorder import spool, wav
from firmware.recorder.finish import partial, write_whole
from firmware.recorder.spool import Spooled
from firmware.store import calls, ledger, mailboxes
from firmware.store.sqlite import writing
from firmware.voicemail import files
from firmware.voicemail.deliver import deliver
from firmware.voicemail.files import MessageMeta
from firmware.voicemail.sound import spoken_until

log = logging.getLogger(__name__)

_KEPT_SILENCE_S = 0.5
"""What stays behind the last word."""

_ORPHAN_S = 3600.0


def finish_message(
    home: Home, db: Database, spooled: Spooled, proceed: Callable[[], None]
) -> Message | None:
    """Put the message of one spool folder into its box; None when it is too short to be one.

    Raises:
        BadWav: no message can be made of what is there; it stays.
        OSError, sqlite3.Error: the disk or the store does not take it now; it stays.
    """
    meta = _meta(spooled)
    _version, site = load_current(home)
    track = wav.look_at(spooled.folder / files.SOUND, meta.rate_hz)
    samples = _spoken(track)
    if samples == 0 or samples / meta.rate_hz < site.voicemail.min_length_s:
        _note(db, meta, "voicemail_dropped", "too short")
        spool.discard(spooled)
        return None
    message = _keep(home, meta, track, samples, proceed)
    if deliver(home, db, site, message):
        _note(db, meta, "voicemail_kept", f"{message.length_s:.1f} s for {meta.box}")
    spool.discard(spooled)
    return message


def purge(home: Home, db: Database, deleted_before: float) -> int:
    """Remove for good what was deleted before that time, and files that belong to nothing. How
    many messages were."""
    gone = mailboxes.deleted_before(db, deleted_before)
    for message in gone:
        with writing(db):
            mailboxes.remove(db, message.id)  # first: a file without a row is found below
            ledger.append(
                db,
                ledger.Happened(
                    at=time.time(),
                    event=ledger.DELETED,
                    kind=KeptKind.VOICEMAIL,
                    ident=message.id,
                    sha256=message.sha256,
                    why="deleted, and its time to be taken back is over",
                ),
            )
        (home.voicemail / message.path).unlink(missing_ok=True)
    for path in home.voicemail.glob("*/*.wav"):
        is_old = time.time() - path.stat().st_mtime > _ORPHAN_S
        if is_old and mailboxes.find(db, path.stem) is None:
            log.warning("%s belongs to no message and is removed", path.name)
            path.unlink()
    greetings = (home.voicemail_spool, home.ram_voicemail)
    for path in (path for place in greetings for path in place.glob(f"{files.GREETING}*")):
        if time.time() - path.stat().st_mtime > _ORPHAN_S:
            path.unlink(missing_ok=True)
    return len(gone)


def _meta(spooled: Spooled) -> MessageMeta:
    """It was on the disk before the caller spoke; without it nobody knows whose message it is."""
    try:
        return msgspec.json.decode((spooled.folder / files.META).read_bytes(), type=MessageMeta)
    except FileNotFoundError as error:
        raise wav.BadWav(f"{files.META} is missing") from error
    except msgspec.MsgspecError as error:
        raise wav.BadWav(f"{files.META} cannot be read: {error}") from error


def _keep(
    home: Home, meta: MessageMeta, track: wav.Track, samples: int, proceed: Callable[[], None]
) -> Message:
    """Write the message's file to its place."""
    place = files.message_path(meta.box, meta.id)
    path: Path = home.voicemail / place
    written = write_whole(path, lambda out: wav.write_mono(track, samples, out, proceed), proceed)
    partial(path).rename(path)
    files.sync_folder(path.parent)
    return Message(
        id=meta.id,
        box=meta.box,
        call_id=meta.call,
        caller=meta.caller,
        caller_name=meta.caller_name,
        path=place,
        recorded_at=meta.started_at,
        length_s=round(written.samples / meta.rate_hz, 2),
        rate_hz=meta.rate_hz,
        bytes=written.bytes,
        sha256=written.sha256,
    )


def _spoken(track: wav.Track) -> int:
    """How many samples there are up to the end of the last word; 0 when nobody spoke."""
    sound = wav.read_samples(track, 0, track.samples)
    end = spoken_until(sound, track.rate_hz)
    return min(len(sound), end + round(_KEPT_SILENCE_S * track.rate_hz)) if end else 0


def _note(db: Database, meta: MessageMeta, name: str, detail: str) -> None:
    log.info("message %s %s: %s", meta.id, name, detail)
    calls.save(db, CallEvent(call_id=meta.call, at=time.time(), name=name, detail=detail))
