"""The score-cards of the office, each in its versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from firmware.model.score_card import Card, Part, Question
from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCard:
    """One version of a card. ``name`` is what all versions of it share, and no reader sees."""

    name: str
    version: int
    made_at: float
    made_by: str
    card: Card
    retired_at: float | None = None


def keep(db: Database, name: str, card: Card, *, by: str, at: float) -> KeptCard:
    """Keep a card as it is wanted now: the newest version is written anew while nobody has used
    it, else there is a version more. Whoever keeps it takes it up again, if it was retired.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        newest = find(db, name)
        version = newest.version if newest else 1
        if newest and is_used(db, name, version):
            version += 1
        db.execute("UPDATE score_cards SET retired_at = NULL WHERE name = ?", [name])
        db.execute(
            "INSERT INTO score_cards (name, version, made_at, made_by, card) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "made_at = excluded.made_at, made_by = excluded.made_by, card = excluded.card",
            [name, version, at, by, json.dumps(asdict(card), ensure_ascii=False)],
        )
    return KeptCard(name=name, version=version, made_at=at, made_by=by, card=card)


def retire(db: Database, name: str, at: float | None) -> None:
    """Let nobody evaluate with a card any more; None takes it up again.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute("UPDATE score_cards SET retired_at = ? WHERE name = ?", [at, name])


def is_used(db: Database, name: str, version: int) -> bool:
    """Whether somebody has evaluated with a version, or was asked to."""
    found = db.execute(
        "SELECT EXISTS (SELECT 1 FROM evaluations WHERE card = :name AND version = :version) "
        "OR EXISTS (SELECT 1 FROM calibrations WHERE card = :name AND version = :version)",
        {"name": name, "version": version},
    )
    return bool(found.fetchone()[0])


def find(db: Database, name: str, version: int | None = None) -> KeptCard | None:
    """A card in a version, or in its newest."""
    rows = db.query(
        "SELECT * FROM score_cards WHERE name = ? AND (? IS NULL OR version = ?) "
        "ORDER BY version DESC LIMIT 1",
        [name, version, version],
    )
    return next(map(_card, rows), None)


def versions(db: Database, name: str) -> list[KeptCard]:
    """Every version of a card, the newest first."""
    rows = db.query("SELECT * FROM score_cards WHERE name = ? ORDER BY version DESC", [name])
    return [_card(row) for row in rows]


def everyone(db: Database) -> list[KeptCard]:
    """The newest version of every card, those in force first, by title."""
    rows = db.query(
        "SELECT * FROM score_cards AS one WHERE version = "
        "(SELECT max(version) FROM score_cards WHERE name = one.name)"
    )
    return sorted(map(_card, rows), key=lambda kept: (kept.retired_at is not None, kept.card.title))


def _card(row: dict[str, Any]) -> KeptCard:
    said = json.loads(row["card"])
    card = Card(title=said["title"], parts=tuple(_parts(said["parts"])))
    return KeptCard(**{**row, "card": card})


def _parts(said: list[dict[str, Any]]) -> Iterator[Part]:
    for part in said:
        questions = tuple(Question(**one) for one in part["questions"])
        yield Part(title=part["title"], questions=questions)
