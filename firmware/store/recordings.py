"""The finished recordings: where each one lies and what it must be."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.model.record import RecordingRecord
from firmware.store import rows


def save(db: Database, record: RecordingRecord) -> None:
    """Write a recording's row; one with the same id is replaced.

    Raises:
        sqlite3.Error: it could not be written.
    """
    rows.save(db, record)


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
