"""The audit: who listened to a recording, took it away, deleted, held or released it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

ONE_HEARING_S = 60.0
"""A player asks for a file again and again as somebody moves about in it. What the same person
asks of the same recording within this time is one hearing."""


class Deed(StrEnum):
    PLAYED = "played"
    EXPORTED = "exported"
    DELETED = "deleted"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One deed, at a time in Unix seconds. ``place`` is the address it came from, or "cli"."""

    at: float
    who: str
    place: str
    what: str
    ident: str
    detail: str = ""


def note(db: Database, done: Done) -> None:
    """Write a deed down.

    Raises:
        sqlite3.Error: it could not be written; then it must not be done either.
    """
    db.execute(
        "INSERT INTO recording_audit (at, who, place, what, ident, detail) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [done.at, done.who, done.place, done.what, done.ident, done.detail],
    )


def note_hearing(db: Database, done: Done) -> None:
    """Write down that somebody listens, once for each hearing.

    Raises:
        sqlite3.Error: it could not be written; then nothing may be played.
    """
    row = db.execute(
        "SELECT max(at) FROM recording_audit "
        "WHERE ident = ? AND who = ? AND place = ? AND what = ?",
        [done.ident, done.who, done.place, done.what],
    ).fetchone()
    # A clock that was set back must not hide hearings until it has caught up.
    if row[0] is None or not 0 <= done.at - float(row[0]) < ONE_HEARING_S:
        note(db, done)


def newest(db: Database, limit: int, ident: str = "") -> list[Done]:
    """The newest deeds, newest first; with ``ident`` only those on one recording."""
    columns = "at, who, place, what, ident, detail"
    found = db.query(
        f"SELECT {columns} FROM recording_audit "  # noqa: S608 - our own names
        "WHERE ? IN ('', ident) ORDER BY id DESC LIMIT ?",
        [ident, limit],
    )
    return [Done(**row) for row in found]
