"""The finished recordings: where each one lies and what it must be; how one is deleted."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.model.retention import KeptKind
from firmware.store import audit, holds, ledger, rows
from firmware.store.sqlite import writing

CIPHER_ENDING = ".age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A recording that could be deleted, and the queue its call was in ("": none)."""

    record: RecordingRecord
    queue: str


def save(db: Database, record: RecordingRecord) -> None:
    """Write a recording's row; one with the same id is replaced.

    Raises:
        sqlite3.Error: it could not be written.
    """
    rows.save(db, record)


def keep(db: Database, record: RecordingRecord, at: float) -> None:
    """Write a new recording's row and its line in the ledger, together.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        save(db, record)
        _chain(db, record, at)


def adopt(db: Database, at: float) -> int:
    """Put recordings into the ledger that an earlier release made; how many there were."""
    with writing(db):
        found = db.query(
            "SELECT * FROM recordings WHERE id NOT IN (SELECT ident FROM recording_chain) "
            "ORDER BY started_at, id"
        )
        records = [RecordingRecord(**row) for row in found]
        for record in records:
            _chain(db, record, at, why="from an earlier release")
    return len(records)


def find(db: Database, recording_id: str) -> RecordingRecord | None:
    """One recording."""
    for row in db.query("SELECT * FROM recordings WHERE id = ?", [recording_id]):
        return RecordingRecord(**row)
    return None


def of_call(db: Database, call_id: str) -> list[RecordingRecord]:
    """The recordings of a call in the order they began."""
    found = db.query(
        "SELECT * FROM recordings WHERE call_id = ? ORDER BY started_at, id", [call_id]
    )
    return [RecordingRecord(**row) for row in found]


def of_calls(db: Database, call_ids: Sequence[str]) -> dict[str, list[RecordingRecord]]:
    """The recordings of several calls, by call, in the order they began."""
    found: dict[str, list[RecordingRecord]] = {call_id: [] for call_id in call_ids}
    for row in db.query(
        "SELECT * FROM recordings WHERE call_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY started_at, id",
        [json.dumps(list(found))],
    ):
        found[row["call_id"]].append(RecordingRecord(**row))
    return found


def every(db: Database) -> Iterator[RecordingRecord]:
    """All recordings, oldest first."""
    for row in db.query("SELECT * FROM recordings ORDER BY started_at, id"):
        yield RecordingRecord(**row)


def oldest(db: Database, before: float) -> Iterator[Aged]:
    """Recordings that began before a Unix time and are not held, oldest first."""
    for row in db.query(
        "SELECT r.*, coalesce(c.queue, '') AS call_queue FROM recordings r "
        "LEFT JOIN calls c ON c.id = r.call_id WHERE r.started_at < ? AND r.id NOT IN "
        "(SELECT ident FROM legal_holds WHERE kind = ?) ORDER BY r.started_at, r.id",
        [before, KeptKind.RECORDING],
    ):
        queue = row.pop("call_queue")
        yield Aged(record=RecordingRecord(**row), queue=queue)


def total_bytes(db: Database) -> int:
    """What all recordings take."""
    return int(db.execute("SELECT coalesce(sum(bytes), 0) FROM recordings").fetchone()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Who deletes, why, and when (Unix seconds); ``place`` is where they do it from."""

    who: str
    why: str
    at: float
    place: str = "box"


def delete(home: Home, db: Database, record: RecordingRecord, deletion: Deletion) -> None:
    """Delete a recording for good: its row goes and the ledger says so, then the file goes. A
    power cut between the two leaves a file that ``sweep_deleted`` finds.

    Raises:
        Held: it must not be deleted.
        OSError: the file cannot be deleted.
        sqlite3.Error: it could not be written down; then nothing is deleted.
    """
    with writing(db):
        holds.check(db, KeptKind.RECORDING, record.id)
        ledger.append(
            db,
            ledger.Happened(
                at=deletion.at,
                event=ledger.DELETED,
                ident=record.id,
                sha256=record.sha256,
                who=deletion.who,
                why=deletion.why,
            ),
        )
        audit.note(
            db,
            audit.Done(
                at=deletion.at,
                who=deletion.who,
                place=deletion.place,
                what=audit.Deed.DELETED,
                ident=record.id,
                detail=deletion.why,
            ),
        )
        db.execute("DELETE FROM recordings WHERE id = ?", [record.id])
    _unlink(home.recordings / record.path)


def sweep_deleted(home: Home, db: Database) -> list[Path]:
    """Delete the files of recordings whose deletion was written down when the power went; which
    they were. Looks at every file: to be called once at the start."""
    gone = []
    for path in sorted(home.recordings.glob("*/*/*/[!.]*")):
        ident = ident_of(path)
        line = ledger.last_of(db, KeptKind.RECORDING, ident)
        if line is not None and line.event == ledger.DELETED and find(db, ident) is None:
            _unlink(path)
            gone.append(path)
    return gone


def ident_of(path: Path) -> str:
    """The id of the recording a file is, by its name: "17.flac", "17.flac.age"."""
    return Path(path.name.removesuffix(CIPHER_ENDING)).stem


def _unlink(path: Path) -> None:
    """Delete a file, and the folders of its day, month and year that are empty then."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty, or gone: then nothing is to be done
        for folder in list(path.parents)[:3]:
            _sync(folder)
            folder.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chain(db: Database, record: RecordingRecord, at: float, why: str = "") -> None:
    ledger.append(
        db,
        ledger.Happened(at=at, event=ledger.KEPT, ident=record.id, sha256=record.sha256, why=why),
    )
