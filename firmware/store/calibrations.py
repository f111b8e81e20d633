"""Calibrations: several people evaluate the same call, blind until the last has."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from firmware.store.score_cards import KeptCard
from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One. ``done`` are those of ``people`` who have evaluated."""

    id: int
    call_id: str
    card: str
    version: int
    made_at: float
    made_by: str
    ended_at: float | None
    people: tuple[str, ...]
    done: frozenset[str]

    @property
    def is_open(self) -> bool:
        """Whether answers may be seen by all and changed by nobody: everybody has given theirs,
        or it was ended."""
        return self.ended_at is not None or frozenset(self.people) <= self.done


def make(
    db: Database, call_id: str, kept: KeptCard, people: frozenset[str], *, by: str, at: float
) -> int:
    """Ask people to evaluate a call. Its id.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        found = db.execute(
            "INSERT INTO calibrations (call_id, card, version, made_at, made_by) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            [call_id, kept.name, kept.version, at, by],
        ).fetchone()
        for person in sorted(people):
            db.execute("INSERT INTO calibration_people VALUES (?, ?)", [found[0], person])
    return int(found[0])


def end(db: Database, ident: int, at: float) -> None:
    """Show what there is, though somebody has not evaluated.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute("UPDATE calibrations SET ended_at = ? WHERE id = ?", [at, ident])


def find(db: Database, ident: int) -> Calibration | None:
    """One calibration."""
    return next((one for one in _all(db, "WHERE id = ?", ident)), None)


def of_person(db: Database, person: str, *, sees_all: bool, limit: int) -> list[Calibration]:
    """Those somebody takes part in or has asked for, or all; the newest first."""
    where = (
        "WHERE ? OR made_by = ? OR id IN (SELECT calibration FROM calibration_people "
        "WHERE person = ?) ORDER BY id DESC LIMIT ?"
    )
    return _all(db, where, sees_all, person, person, limit)


def _all(db: Database, where: str, *values: object) -> list[Calibration]:
    rows = list(db.query(f"SELECT * FROM calibrations {where}", values))  # noqa: S608 - our own
    return [
        Calibration(
            **row,
            people=_names(
                db,
                "SELECT person FROM calibration_people WHERE calibration = ? ORDER BY 1",
                row["id"],
            ),
            done=frozenset(
                _names(db, "SELECT by FROM evaluations WHERE calibration = ?", row["id"])
            ),
        )
        for row in rows
    ]


def _names(db: Database, query: str, ident: int) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in db.execute(query, [ident]))
