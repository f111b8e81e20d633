"""What was wrong with the box, and from when to when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that was, or is, wrong. Times are in Unix seconds."""

    finding: str  # an id of firmware.diagnosis.checks
    subject: str
    weight: str
    facts: Mapping[str, str]
    began_at: float
    ended_at: float | None = None


def note(db: Database, now_wrong: Iterable[Trouble], at: float) -> None:
    """This is wrong now: what was not begins, what is not any more has ended."""
    wrong = {(one.finding, one.subject): one for one in now_wrong}
    with writing(db):
        found = db.execute("SELECT id, finding, subject FROM health WHERE ended_at IS NULL")
        known = {(finding, subject): ident for ident, finding, subject in found.fetchall()}
        for key, ident in known.items():
            if key not in wrong:
                db.execute("UPDATE health SET ended_at = ? WHERE id = ?", [at, ident])
        for key, one in wrong.items():
            if key not in known:
                db.execute(
                    "INSERT INTO health (finding, subject, weight, facts, began_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    [one.finding, one.subject, one.weight, json.dumps(dict(one.facts)), at],
                )


def recent(db: Database, limit: int = 200) -> list[Trouble]:
    """The newest first."""
    found = db.query(
        "SELECT finding, subject, weight, facts, began_at, ended_at FROM health "
        "ORDER BY began_at DESC, id DESC LIMIT ?",
        [limit],
    )
    return [Trouble(**row | {"facts": json.loads(row["facts"])}) for row in found]


def forget(db: Database, before: float) -> None:
    """Take off the record what ended before that time."""
    db.execute("DELETE FROM health WHERE ended_at < ?", [before])
