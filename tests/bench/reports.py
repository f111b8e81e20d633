"""How long reports over a year of many calls take: ``python -m tests.bench.reports HOME``.

The first run makes a box's folder with the records of a year (a million calls, each in a queue, of
twenty agents, by the plan below); every run prints how long each report takes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.reports.period import Compared, Period
from firmware.reports.question import By, Question, Subject
from firmware.store import quality_marks, report_days, reports, unreturned
from firmware.store.db import open_store

ZONE = ZoneInfo("Asia/Tehran")
FIRST = dt.date(2025, 11, 22)
YEAR = Period(first=FIRST, last=FIRST + dt.timedelta(days=364))
BEGIN = YEAR.moments(ZONE)[0]
NOW = YEAR.moments(ZONE)[1] + 2 * 86400.0

# A call n: its time of day, queue, agent, line, caller and lengths come of n by multiplying with
# primes. One of eight gives up, one of a hundred is turned away.
_CALL = """
WITH RECURSIVE n (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :last)
SELECT n, :begin + (n / :a_day) * 86400.0 + 28800.0 + (n % :a_day) * (36000.0 / :a_day) AS at,
    'q' || (n * 7919 % 5) AS queue, CAST(100 + n % 20 AS TEXT) AS agent,
    'fxo-' || (n * 104729 % 8) AS line, '21880' || (n * 15485863 % 4) AS called,
    '0912' || printf('%07d', n * 2654435761 % 300000) AS caller,
    CASE n * 31 % 4 WHEN 0 THEN 'tax:50 language.fa:1' WHEN 1 THEN 'tax:10' ELSE '' END AS needs,
    CASE WHEN n % 100 = 7 THEN 'turned' WHEN n % 8 = 3 THEN 'gave_up' ELSE 'served' END AS fate,
    n * 6700417 % 30 / 1.5 AS wait, 20.0 + n * 1299709 % 100 AS talk,
    n * 87178291199 % 200 / 10.0 AS wrap
FROM n
"""

_EVENT = (
    "SELECT at + {at}, '{name}', {queue}, {visit}, {call}, {agent}, '{reason}', '{state}', "
    "{seconds}, {caller}, {called}, {line}, '', 0, 0, {target}, {short}, {needs}, n, {step} "
    "FROM c WHERE {where}"
)


def _event(step: int, name: str, at: str, where: str, **more: str) -> str:
    is_of_agent = name == "agent.changed"
    fields = {
        "queue": "queue",
        "visit": "''" if is_of_agent else "'c' || n || '/1'",
        "call": "'c' || n",
        "agent": "''",
        "reason": "",
        "state": "",
        "seconds": "0.0",
        "caller": "''" if is_of_agent else "caller",
        "called": "''" if is_of_agent else "called",
        "line": "''" if is_of_agent else "line",
        "target": "20.0",
        "short": "5.0",
        "needs": "''",
        **more,
    }
    return _EVENT.format(step=step, name=name, at=at, where=where, **fields)


_SERVED = "fate = 'served'"
_EVENTS = " UNION ALL ".join(
    [
        _event(0, "caller.joined", "0.0", "true", needs="needs"),
        _event(1, "caller.left", "0.0", "fate = 'turned'", reason="full"),
        _event(1, "caller.abandoned", "wait", "fate = 'gave_up'", seconds="wait"),
        _event(1, "offer.made", "wait / 2", _SERVED, agent="agent"),
        _event(2, "agent.changed", "wait / 2", _SERVED, agent="agent", state="offered"),
        _event(3, "caller.served", "wait", _SERVED, agent="agent", seconds="wait"),
        _event(4, "agent.changed", "wait", _SERVED, agent="agent", state="talking"),
        _event(
            5, "talk.ended", "wait + talk", _SERVED, agent="agent", seconds="talk", reason="caller"
        ),
        _event(6, "agent.changed", "wait + talk", _SERVED, agent="agent", state="wrap_up"),
        _event(7, "wrap_up.ended", "wait + talk + wrap", _SERVED, agent="agent", seconds="wrap"),
        _event(8, "agent.changed", "wait + talk + wrap", _SERVED, agent="agent", state="available"),
    ]
)

_CALLS = (
    "INSERT INTO calls SELECT 'c' || n, at, CASE fate WHEN 'served' THEN at + wait END, "
    "at + wait + CASE fate WHEN 'served' THEN talk ELSE 0 END, caller, '', called, line, "
    "'queue:' || queue, queue, CASE fate WHEN 'served' THEN agent ELSE '' END, '', "
    "CASE fate WHEN 'served' THEN 'answered' WHEN 'turned' THEN 'congestion' ELSE 'abandoned' END, "
    "16, 'caller', 1 FROM c"
)


def make(db: Database, count: int) -> None:
    """Write a year of calls. Indexes and triggers are made anew behind it."""
    later = db.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('index', "
        "'trigger') AND tbl_name IN ('calls', 'queue_events')"
    ).fetchall()
    db.execute("PRAGMA synchronous = OFF")
    for kind, name, _ in later:
        db.execute(f"DROP {kind} {name}")
    columns = [one.name for one in db["queue_events"].columns if one.name != "seq"]
    for first in range(0, count, 100_000):
        span = {
            "first": first,
            "last": min(first + 100_000, count),
            "a_day": count // YEAR.days + 1,
            "begin": BEGIN,
        }
        db.execute("BEGIN")
        db.execute(f"CREATE TEMP TABLE c AS {_CALL}", span)
        db.execute(
            f"INSERT INTO queue_events ({', '.join(columns)}) "
            f"SELECT {', '.join(columns)} FROM (SELECT "
            f"0 AS {', 0 AS '.join([*columns, 'n', 'step'])} WHERE false UNION ALL {_EVENTS}) "
            "ORDER BY n, step"
        )
        db.execute(_CALLS)
        db.execute("DROP TABLE c")
        db.execute("COMMIT")
    for _, _, sql in later:
        db.execute(sql)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something takes by the clock, and of the processor: what it would take if
    nothing else ran."""
    begin, worked = time.perf_counter(), time.process_time()
    yield
    took_s, worked_s = time.perf_counter() - begin, time.process_time() - worked
    print(f"{took_s:8.3f} s, {worked_s:6.3f} s of the processor  {what}", flush=True)


def measure(db: Database) -> None:
    """Every kind of report over the year, alone and beside the year before."""
    with timed("keep what is not kept"):
        print(report_days.keep(db, NOW), "days")
    size = db.execute("SELECT SUM(LENGTH(columns)), COUNT(*) FROM report_days").fetchone()
    print(f"{size[0] / 1e6:.1f} MB in {size[1]} days kept")
    asked = [
        (Subject.VISITS, By.QUEUE),
        (Subject.VISITS, By.AGENT),
        (Subject.VISITS, By.HOUR),
        (Subject.VISITS, By.SKILL),
        (Subject.VISITS, By.CALLER),
        (Subject.AGENTS, By.AGENT),
        (Subject.AGENTS, By.WEEKDAY),
        (Subject.CALLS, By.LINE),
        (Subject.CALLS, By.DISPOSITION),
    ]
    for subject, by in asked:
        question = Question(subject=subject, by=by, period=YEAR, compared=Compared.NOTHING)
        with timed(f"{subject} by {by}, a year"):
            report = reports.answer(db, question, ZONE, NOW)
        main = question.figures[0]
        print(" " * 12, len(report.rows), "rows,", main.name, main.of(report.total))
    picked = {By.QUEUE: frozenset({"q1"}), By.LINE: frozenset({"fxo-3"}), By.HOUR: frozenset({"9"})}
    question = Question(subject=Subject.VISITS, by=By.AGENT, period=YEAR, only=picked)
    with timed("queues by agent, one queue, one line, one hour, a year"):
        print(reports.answer(db, question, ZONE, NOW).total["offered"])
    edges = tuple(BEGIN + week * 7 * 86400.0 for week in range(53))
    asked_of = quality_marks.Asked(edges=edges, days=7)
    with timed("first calls by agent and week, a year"):
        print(sum(one.count for one in quality_marks.resolutions(db, asked_of, NOW).values()))
    with timed("who is owed a call"):
        print(sum(unreturned.owed(db, YEAR.moments(ZONE)[1]).values()))
    half = Period(first=FIRST + dt.timedelta(days=183), last=YEAR.last)
    question = Question(subject=Subject.VISITS, by=By.QUEUE, period=half, compared=Compared.BEFORE)
    with timed("queues by queue, half a year beside the half before"):
        reports.answer(db, question, ZONE, NOW)


def main() -> None:
    """Make what is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--calls", type=int, default=1_000_000)
    given = parser.parse_args()
    with closing(open_store(Home(given.home))) as db:
        if not db.execute("SELECT COUNT(*) FROM (SELECT 1 FROM calls LIMIT 1)").fetchone()[0]:
            with timed(f"make {given.calls} calls"):
                make(db, given.calls)
        measure(db)


if __name__ == "__main__":
    main()
