"""What the store knows of today for the desks of all agents, asked for at most every ten seconds
however many look: a page asks for its parts every second and a half."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import current_app
from sqlite_utils import Database

from firmware.config.schema import Site
from firmware.reports.period import Period
from firmware.reports.question import By, Question, Subject
from firmware.store import reports
from firmware.store.unreturned import Unreturned, unreturned
from web.system.seldom import Seldom

KEPT_S = 10.0
MOST_OWED = 2000
"""Of all queues: each desk shows the newest of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One agent's day so far, as reports count it."""

    answered: int
    missed: int
    talk_s: float
    paused_s: float
    logged_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Callers who gave up and were not called back, the newest first; what agents did since
    midnight of the office's clock."""

    owed: tuple[Unreturned, ...] = ()
    work: Mapping[str, Work] = field(default_factory=dict)


def today(db: Database, site: Site) -> Day:
    """As it was some seconds ago at most."""
    known: Seldom[Day] = current_app.extensions.setdefault(
        "markaz-desk-day", Seldom(_counted, Day(), kept_s=KEPT_S)
    )
    return known.of(db, site)


def _counted(db: Database, site: Site) -> Day:
    zone, now = ZoneInfo(site.office.time_zone), time.time()
    date = dt.datetime.fromtimestamp(now, zone).date()
    question = Question(subject=Subject.AGENTS, by=By.AGENT, period=Period(first=date, last=date))
    rows = reports.answer(db, question, zone, now).rows
    return Day(
        owed=tuple(unreturned(db, now, limit=MOST_OWED)),
        work={row.key: _work(row) for row in rows},
    )


def _work(row: reports.Row) -> Work:
    return Work(
        answered=int(row.sums["served"]),
        missed=int(row.sums["offers_missed"]),
        talk_s=row.sums["talking"],
        paused_s=row.sums["paused"],
        logged_in_s=row.sums["logged_in"],
    )
