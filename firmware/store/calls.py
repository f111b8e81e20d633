"""The records of calls: written as they go on, read newest first."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.model.cause import Cause
from firmware.model.record import CallEvent, CallRecord, Disposition, LegRecord
from firmware.store import rows
from firmware.store.sqlite import writing


def save(db: Database, record: CallRecord | LegRecord | CallEvent) -> None:
    """Write a record of a call; a call or leg with the same id is replaced.

    Raises:
        sqlite3.Error: it could not be written.
    """
    rows.save(db, record)


def recent(
    db: Database, before: float | None = None, limit: int = 50, *, before_id: str = ""
) -> list[CallRecord]:
    """Calls that started before ``before`` (None: all), newest first, at most ``limit``.

    For the next page give the last call's ``started_at`` and id: with the id, calls that
    started in the same instant are not left out.
    """
    if before is None:
        found = db.query("SELECT * FROM calls ORDER BY started_at DESC, id DESC LIMIT ?", [limit])
    else:
        found = db.query(
            "SELECT * FROM calls WHERE (started_at, id) < (?, ?) "
            "ORDER BY started_at DESC, id DESC LIMIT ?",
            [before, before_id, limit],
        )
    return [CallRecord(**row) for row in found]


def find(db: Database, call_id: str) -> CallRecord | None:
    """One call's record."""
    for row in db.query("SELECT * FROM calls WHERE id = ?", [call_id]):
        return CallRecord(**row)
    return None


def legs_of(db: Database, call_id: str) -> list[LegRecord]:
    """The legs of a call in the order they began."""
    found = db.query("SELECT * FROM legs WHERE call_id = ? ORDER BY started_at, rowid", [call_id])
    return [LegRecord(**row) for row in found]


def timeline(db: Database, call_id: str) -> list[CallEvent]:
    """What happened in a call, in order."""
    found = db.query("SELECT * FROM call_events WHERE call_id = ? ORDER BY at, rowid", [call_id])
    return [CallEvent(**row) for row in found]


def close_unfinished(db: Database, at: float) -> int:
    """Close the records of calls that a crash cut off, and say how many there were.

    They began before ``at`` and never ended; they get the disposition "failed" and ``at`` as
    their end, because when they really ended nobody knows.

    Raises:
        sqlite3.Error: it could not be written.
    """
    cause = int(Cause.TEMPORARY_FAILURE)
    with writing(db):
        db.execute(
            "UPDATE legs SET ended_at = ?, cause = ? WHERE ended_at IS NULL AND started_at < ?",
            [at, cause, at],
        )
        db.execute(
            "INSERT INTO call_events (call_id, at, name, detail) "
            "SELECT id, ?, 'call.closed_by_repair', '' FROM calls "
            "WHERE ended_at IS NULL AND started_at < ?",
            [at, at],
        )
        cursor = db.execute(
            "UPDATE calls SET ended_at = ?, disposition = ?, cause = ?, hung_up_by = 'box' "
            "WHERE ended_at IS NULL AND started_at < ?",
            [at, str(Disposition.FAILED), cause, at],
        )
    return int(cursor.rowcount)
