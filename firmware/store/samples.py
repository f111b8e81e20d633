"""Samples of calls that are to be evaluated: drawn once, then somebody's work."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.sampling import Candidate, draw
from firmware.store.evaluations import IN_SCOPE, scoped
from firmware.store.search import Scope
from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is drawn: ``each`` calls of every agent in these queues, that began from ``since`` until
    before ``until`` and in which people talked at least ``least_s`` seconds."""

    queues: frozenset[str]
    since: float
    until: float
    least_s: float
    each: int
    seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample that was drawn, and how far the work is."""

    id: int
    seed: str
    drawn_at: float
    drawn_by: str
    since: float
    until: float
    least_s: float
    each: int
    queues: tuple[str, ...]
    calls: int
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A drawn call that nobody has evaluated."""

    call_id: str
    sample: int
    agent: str
    queue: str
    call_at: float


def candidates(db: Database, rule: Rule) -> list[Candidate]:
    """The calls that may be drawn: recorded, over, long enough, neither drawn before nor
    evaluated."""
    rows = db.query(
        _CANDIDATES,
        {
            "queues": json.dumps(sorted(rule.queues)),
            "since": rule.since,
            "until": rule.until,
            "least_s": rule.least_s,
        },
    )
    return [Candidate(**row) for row in rows]


def take(db: Database, rule: Rule, *, by: str, at: float) -> tuple[int, int]:
    """Draw a sample: its id, and how many calls are in it. Two who draw at once never get the
    same call. One without calls is not kept (id 0).

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        drawn = draw(candidates(db, rule), seed=rule.seed, each=rule.each)
        if not drawn:
            return 0, 0
        found = db.execute(
            "INSERT INTO call_samples (seed, drawn_at, drawn_by, since, until, least_s, each, "
            "queues) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            [
                *(rule.seed, at, by, rule.since, rule.until, rule.least_s, rule.each),
                json.dumps(sorted(rule.queues)),
            ],
        ).fetchone()
        for one in drawn:
            db.execute(
                "INSERT INTO sampled_calls SELECT id, ?, agent, queue, started_at, ?, ? "
                "FROM calls WHERE id = ?",
                [found[0], one.lot, one.among, one.candidate.call_id],
            )
    return int(found[0]), len(drawn)


def recent(db: Database, scope: Scope | None, limit: int = 20) -> list[Sample]:
    """The newest samples with calls one may see."""
    rows = db.query(_RECENT, {"limit": limit, **scoped(scope)})
    return [Sample(**{**row, "queues": tuple(json.loads(row["queues"]))}) for row in rows]


def open_work(db: Database, scope: Scope | None, limit: int) -> list[Work]:
    """What of the samples is still to be evaluated, the oldest sample first; calls whose recordings
    are gone are left out."""
    rows = db.query(_OPEN, {"limit": limit, **scoped(scope)})
    return [Work(**row) for row in rows]


_CANDIDATES = """
SELECT id AS call_id, agent, queue FROM calls
WHERE started_at >= :since AND started_at < :until AND agent <> '' AND queue <> ''
    AND queue IN (SELECT value FROM json_each(:queues))
    AND ended_at - answered_at >= :least_s
    AND EXISTS (SELECT 1 FROM recordings WHERE call_id = calls.id)
    AND NOT EXISTS (SELECT 1 FROM sampled_calls WHERE call_id = calls.id)
    AND NOT EXISTS (SELECT 1 FROM evaluations WHERE call_id = calls.id)
"""

_RECENT = f"""
SELECT one.*,
    (SELECT count(*) FROM sampled_calls WHERE sample = one.id) AS calls,
    (SELECT count(*) FROM sampled_calls AS s WHERE s.sample = one.id AND EXISTS
        (SELECT 1 FROM evaluations WHERE call_id = s.call_id AND calibration = 0)) AS done
FROM call_samples AS one
WHERE EXISTS (SELECT 1 FROM sampled_calls WHERE sample = one.id AND {IN_SCOPE})
ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 - our own words

_OPEN = f"""
SELECT call_id, sample, agent, queue, call_at FROM sampled_calls AS s
WHERE {IN_SCOPE}
    AND NOT EXISTS (SELECT 1 FROM evaluations WHERE call_id = s.call_id AND calibration = 0)
    AND EXISTS (SELECT 1 FROM recordings WHERE call_id = s.call_id)
ORDER BY sample, agent, call_at LIMIT :limit
"""  # noqa: S608 - our own words
