"""What the store knows of how well calls went: evaluations, surveys, first calls, counted by agent
and week."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from firmware.model.quality_tally import NOTHING, Kind, Mark, Tallies, Tally, tallies
from firmware.model.satisfaction import Scale, is_satisfied, place
from firmware.reports.columns import Columns
from firmware.reports.columns import Kind as DayKind
from firmware.reports.first_calls import COLUMNS, first_calls
from firmware.reports.local import DAY_S
from firmware.store import evaluations
from firmware.store.evaluations import IN_SCOPE, scoped
from firmware.store.report_days import WordList, pieces
from firmware.store.reports import must_be_kept
from firmware.store.search import Scope

Scales = Mapping[tuple[str, str], Scale]
"""Of the questions of surveys, by (flow, question's name)."""


Cell = tuple[str, int]
"""An agent, and the week's place among those that were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Between which ``edges`` (Unix seconds; the beginning of each week, and the end of the last)
    calls are counted, and how many days a first call is to hold."""

    edges: tuple[float, ...]
    days: int
    scope: Scope | None = None

    @property
    def since(self) -> float:
        """The first moment."""
        return self.edges[0]

    @property
    def until(self) -> float:
        """The moment behind the last."""
        return self.edges[-1]


def cells(db: Database, asked: Asked, scales: Scales, now: float) -> dict[Cell, Tallies]:
    """Everything that says how calls of that time went.

    Raises:
        StillCounting: it would take too long now.
        sqlite3.Error: the store cannot be read.
    """
    marks = [*_evaluations(db, asked), *surveys(db, asked, scales)]
    found = tallies(marks, lambda one: (one.agent, bisect.bisect_right(asked.edges, one.at) - 1))
    for cell, tally in resolutions(db, asked, now).items():
        found[cell] = {**found.get(cell, NOTHING), Kind.FIRST_CALL: tally}
    return found


def surveys(db: Database, asked: Asked, scales: Scales) -> Iterator[Mark]:
    """The scores callers gave after a call with an agent. A question that no flow has any more
    had the usual scale, 1 to 5."""
    rows = db.execute(
        f"{_SCORES} AND {IN_SCOPE}",
        {"since": asked.since, "until": asked.until, **scoped(asked.scope)},
    )
    for flow, name, value, agent, queue, at in rows:
        scale = scales.get((flow, name), Scale())
        try:
            score = float(value)
        except ValueError:
            continue
        yield Mark(
            kind=Kind.SURVEY,
            agent=agent,
            queue=queue,
            at=at,
            share=place(score, scale),
            is_good=is_satisfied(score, scale),
        )


def resolutions(db: Database, asked: Asked, now: float) -> dict[Cell, Tally]:
    """The first calls of that time, and how many were the last about their matter."""
    words, span_s = WordList(db), asked.days * DAY_S
    between = (asked.since - span_s, asked.until + span_s)
    must_be_kept(db, DayKind.VISITS, between, now)
    days = [
        {name: day[name] for name in COLUMNS}
        for day in pieces(db, DayKind.VISITS, words, between, now)
    ]
    visits = {name: np.concatenate([day[name] for day in days]) for name in COLUMNS}
    places, is_resolved = first_calls(visits, days=asked.days, now=now)
    at, agent = visits["at"][places], visits["agent"][places]
    seen = (at >= asked.since) & (at < asked.until) & _is_in(asked.scope, visits, places, words)
    weeks = len(asked.edges)
    week = np.searchsorted(np.array(asked.edges), at[seen], side="right") - 1
    keys, place = np.unique(agent[seen].astype(np.int64) * weeks + week, return_inverse=True)
    counts = np.bincount(place, minlength=len(keys)).tolist()
    good = np.bincount(place, weights=is_resolved[seen], minlength=len(keys)).tolist()
    return {
        (words.word(key // weeks), key % weeks): Tally(count=n, shares=float(m), good=int(m))
        for key, n, m in zip(keys.tolist(), counts, good, strict=True)
    }


def _evaluations(db: Database, asked: Asked) -> Iterator[Mark]:
    for one in evaluations.between(db, asked.scope, asked.since, asked.until):
        yield Mark(
            kind=Kind.EVALUATION,
            agent=one.agent,
            queue=one.queue,
            at=one.call_at,
            share=one.percent / 100,
            is_good=not one.fatal,
        )


def _is_in(
    scope: Scope | None, visits: Columns, places: NDArray[np.int64], words: WordList
) -> NDArray[np.bool_]:
    """Which of the visits at ``places`` may be seen."""
    if scope is None:
        return np.ones(len(places), np.bool_)
    found = np.isin(visits["queue"][places], words.codes(scope.queues))
    if scope.extension:
        found |= visits["agent"][places] == words.code(scope.extension)
    return found


_SCORES = """
SELECT flow, name, value, agent, queue, at FROM flow_results
WHERE kind = 'score' AND agent <> '' AND at >= :since AND at < :until
"""
