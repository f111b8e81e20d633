"""What came of calls, as their agents chose it from their queue's outcomes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from firmware.store.sqlite import writing


def choose(db: Database, *, call_id: str, agent: str, outcome: str, at: float) -> None:
    """Say what came of a call; instead of what the same agent said before.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        db.execute(
            "INSERT INTO call_outcomes VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET outcome = excluded.outcome, at = excluded.at",
            [call_id, agent, outcome, at],
        )


def of_calls(db: Database, call_ids: Iterable[str]) -> Mapping[str, str]:
    """The outcome that was chosen last of each of these calls that has one."""
    found = db.execute(
        "SELECT call_id, outcome FROM call_outcomes "
        "WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY at",
        [json.dumps(list(call_ids))],
    )
    return dict(found.fetchall())


def last_of(db: Database, call_id: str, agent: str) -> str:
    """What this agent chose for a call, "" when nothing yet."""
    found = db.execute(
        "SELECT outcome FROM call_outcomes WHERE call_id = ? AND agent = ?", [call_id, agent]
    ).fetchone()
    return str(found[0]) if found else ""
