"""Which scheduled reports were sent: of each the moment at which the last one was due."""

from __future__ import annotations

from sqlite_utils import Database


def last(db: Database, schedule: str) -> float | None:
    """When the last one was due, in Unix seconds; None: none was ever sent."""
    found = db.execute("SELECT due_at FROM report_sent WHERE schedule = ?", [schedule]).fetchone()
    return float(found[0]) if found else None


def note(db: Database, schedule: str, due_at: float) -> None:
    """It is sent. Joins an open transaction.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute("INSERT OR REPLACE INTO report_sent VALUES (?, ?)", [schedule, due_at])
