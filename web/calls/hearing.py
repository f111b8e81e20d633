"""Hearing a recording: it is written down who does, and an encrypted one is opened for them."""

from __future__ import annotations

import io
import logging
import time
from pathlib import Path

from flask import abort, request
from sqlite_utils import Database

from firmware.config import history
from firmware.config.home import Home
from firmware.model.permissions import Permission
from firmware.model.record import RecordingRecord
from firmware.store import audit
from firmware.store.sealed import CannotOpen, decrypt
from web.system import access

log = logging.getLogger(__name__)


def note(db: Database, record: RecordingRecord) -> None:
    """Write down that this person hears it.

    Raises:
        sqlite3.Error: it could not be written; then nothing may be played.
    """
    session = access.current()
    audit.note_hearing(
        db,
        audit.Done(
            at=time.time(),
            who=session.user if session else "",
            place=request.remote_addr or "",
            what=audit.Deed.PLAYED,
            ident=record.id,
        ),
    )


def opened(home: Home, path: Path) -> io.BytesIO:
    """What is in an encrypted file, in memory. The request ends with 403 for who may not hear it
    and for a box without the key."""
    access.must(Permission.OPEN_SEALED)
    _version, site = history.load_current(home)
    key = site.recording.encryption.identity_file
    sound = io.BytesIO()
    try:
        decrypt(path, sound, Path(key) if key else None)
    except (CannotOpen, FileNotFoundError) as error:
        log.error("%s", error)
        abort(403)
    sound.seek(0)
    return sound
