"""Repairs: recordings and messages that were cut off, and what was made of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One repair, at a time in Unix seconds. ``cause`` is why it was cut off, ``healed`` what of
    it had to be mended, in the log's words."""

    at: float
    kind: str
    ident: str
    cause: str
    recovered_s: float
    healed: str


def note(db: Database, repair: Repair) -> None:
    """Write a repair down.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute(
        "INSERT INTO recording_repairs (at, kind, ident, cause, recovered_s, healed) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [repair.at, repair.kind, repair.ident, repair.cause, repair.recovered_s, repair.healed],
    )


def newest(db: Database, limit: int) -> list[Repair]:
    """The newest repairs, newest first."""
    found = db.query(
        "SELECT at, kind, ident, cause, recovered_s, healed FROM recording_repairs "
        "ORDER BY id DESC LIMIT ?",
        [limit],
    )
    return [Repair(**row) for row in found]
