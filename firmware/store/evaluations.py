"""What people said of calls by a score-card, alone or several of the same call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from firmware.model.record import CallRecord
from firmware.model.score_card import Answers, Score
from firmware.store.score_cards import KeptCard
from firmware.store.search import Scope
from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is said about a moment of a recording, ``at_s`` seconds after its beginning."""

    recording: str
    at_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One. ``calibration`` is 0 for what counts for the agent."""

    id: int
    call_id: str
    card: str
    version: int
    queue: str
    agent: str
    call_at: float
    by: str
    at: float
    calibration: int
    percent: float
    fatal: int
    answers: Answers
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says of a call."""

    by: str
    at: float
    answers: Answers
    score: Score
    remark: str = ""
    remarks: tuple[Remark, ...] = ()
    calibration: int = 0


def write(db: Database, call: CallRecord, kept: KeptCard, said: Said) -> int:
    """Keep an evaluation; instead of what the same person said of the same call by the same card
    before. Its id.

    Raises:
        sqlite3.Error: it could not be written.
    """
    row = {
        "call_id": call.id,
        "card": kept.name,
        "version": kept.version,
        "queue": call.queue,
        "agent": call.agent,
        "call_at": call.started_at,
        "by": said.by,
        "at": said.at,
        "calibration": said.calibration,
        "percent": said.score.percent,
        "fatal": len(said.score.fatal),
        "answers": json.dumps(dict(said.answers)),
        "remark": said.remark,
    }
    with writing(db):
        found = db.execute(
            f"INSERT INTO evaluations ({', '.join(row)}) "  # noqa: S608 - our own names
            f"VALUES ({', '.join(':' + name for name in row)}) "
            "ON CONFLICT (call_id, card, by, calibration) DO UPDATE SET "
            "version = excluded.version, at = excluded.at, percent = excluded.percent, "
            "fatal = excluded.fatal, answers = excluded.answers, remark = excluded.remark "
            "RETURNING id",
            row,
        ).fetchone()
        ident = int(found[0])
        db.execute("DELETE FROM evaluation_remarks WHERE evaluation = ?", [ident])
        for one in said.remarks:
            db.execute(
                "INSERT INTO evaluation_remarks VALUES (?, ?, ?, ?)",
                [ident, one.recording, one.at_s, one.text],
            )
    return ident


def find(db: Database, ident: int) -> Evaluation | None:
    """One evaluation."""
    return next(map(_of_row, db.query("SELECT * FROM evaluations WHERE id = ?", [ident])), None)


def mine(db: Database, call_id: str, card: str, by: str, calibration: int) -> Evaluation | None:
    """What this person said of a call by a card already."""
    rows = db.query(
        "SELECT * FROM evaluations WHERE call_id = ? AND card = ? AND by = ? AND calibration = ?",
        [call_id, card, by, calibration],
    )
    return next(map(_of_row, rows), None)


def remarks_of(db: Database, ident: int) -> list[Remark]:
    """What an evaluation says about moments, in their order."""
    rows = db.query(
        "SELECT recording, at_s, text FROM evaluation_remarks WHERE evaluation = ? ORDER BY at_s",
        [ident],
    )
    return [Remark(**row) for row in rows]


def newest(db: Database, scope: Scope | None, *, agent: str = "", limit: int) -> list[Evaluation]:
    """Those that count, by when they were made, the newest first: of one agent or of all that may
    be seen."""
    rows = db.query(
        f"{_COUNTING} AND :agent IN ('', agent) ORDER BY at DESC, id DESC LIMIT :limit",
        {"agent": agent, "limit": limit, **scoped(scope)},
    )
    return [_of_row(row) for row in rows]


def between(db: Database, scope: Scope | None, since: float, until: float) -> list[Evaluation]:
    """Those that count of calls that began in that time, oldest first."""
    rows = db.query(
        f"{_COUNTING} AND call_at >= :since AND call_at < :until ORDER BY call_at",
        {"since": since, "until": until, **scoped(scope)},
    )
    return [_of_row(row) for row in rows]


def of_calibration(db: Database, calibration: int) -> list[Evaluation]:
    """Everybody's of one calibration, by name."""
    rows = db.query("SELECT * FROM evaluations WHERE calibration = ? ORDER BY by", [calibration])
    return [_of_row(row) for row in rows]


IN_SCOPE = (
    "(:all OR queue IN (SELECT value FROM json_each(:queues)) "
    "OR (:extension <> '' AND agent = :extension))"
)
"""Whether a row with a queue and an agent may be seen; its values are ``scoped``'s."""


_COUNTING = f"SELECT * FROM evaluations WHERE calibration = 0 AND {IN_SCOPE}"  # noqa: S608 - ours


def scoped(scope: Scope | None) -> dict[str, Any]:
    """The values of ``IN_SCOPE``; None sees everything."""
    queues: Sequence[str] = sorted(scope.queues) if scope else ()
    return {
        "all": scope is None,
        "queues": json.dumps(queues),
        "extension": scope.extension if scope else "",
    }


def _of_row(row: dict[str, Any]) -> Evaluation:
    return Evaluation(**{**row, "answers": json.loads(row["answers"])})
