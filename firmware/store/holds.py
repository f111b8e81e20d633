"""Legal holds: recordings and messages that must not be deleted until they are released."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.retention import KeptKind


class Held(PermissionError):
    """It must not be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold: on what, since when (Unix seconds), by whom and why."""

    kind: str
    ident: str
    at: float
    who: str
    why: str


def hold(db: Database, held: Hold) -> None:
    """Hold something; a hold that is there already stays as it is.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute(
        "INSERT INTO legal_holds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [held.kind, held.ident, held.at, held.who, held.why],
    )


def release(db: Database, kind: KeptKind, ident: str) -> bool:
    """Release it; whether it was held.

    Raises:
        sqlite3.Error: it could not be written.
    """
    cursor = db.execute("DELETE FROM legal_holds WHERE kind = ? AND ident = ?", [kind, ident])
    return bool(cursor.rowcount)


def check(db: Database, kind: KeptKind, ident: str) -> None:
    """Raise ``Held`` if it is held."""
    for row in db.query("SELECT * FROM legal_holds WHERE kind = ? AND ident = ?", [kind, ident]):
        held = Hold(**row)
        raise Held(
            f"{kind} {ident} is held by {held.who} ({held.why}) and is not deleted; "
            "release it first"
        )


def every(db: Database) -> list[Hold]:
    """All holds, oldest first."""
    return [Hold(**row) for row in db.query("SELECT * FROM legal_holds ORDER BY at, ident")]
