"""Reports: a question answered from the days of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from firmware.reports import presence
from firmware.reports.columns import OUTCOMES, Columns, Kind, joined
from firmware.reports.count import DIRECTIONS, SUMS, Counted, Counter, by_skill
from firmware.reports.figures import DISPOSITIONS, Sums
from firmware.reports.local import DAY_S, QUARTER_S, LocalClock
from firmware.reports.period import Period
from firmware.reports.presence import Shift
from firmware.reports.question import By, Question, Subject
from firmware.reports.tally import Tally
from firmware.store.report_days import PIECE_DAYS, WordList, digest, pieces, unkept

MOST_CALLERS = 100
"""The rows of a report by caller: those who called most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line. ``key`` is what it is told apart by, as a filter takes it: a name, "08", "1",
    "2026-11-22". ``before`` is the same of the period compared with; None: there is none."""

    key: str
    sums: Sums
    before: Sums | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One place of the course: a day, or a quarter of an hour of the office's clock."""

    at: dt.datetime
    sums: Sums
    before: Sums | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """One visit to a queue, as the records have it. ``call_digest`` says, with ``joined_at``, where
    a list goes on."""

    visit: str
    call: str
    call_digest: int
    queue: str
    joined_at: float
    caller: str
    called: str
    line: str
    agent: str
    outcome: str
    wait_s: float | None
    talk_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer to a question."""

    question: Question
    begin: float
    end: float
    total: Sums
    before: Sums | None
    rows: tuple[Row, ...]
    course: tuple[Point, ...]


MOST_OF: Mapping[Subject, str] = {Subject.VISITS: "came", Subject.CALLS: "calls"}
"""The sum by which callers are ordered."""

_KINDS: Mapping[Subject, tuple[Kind, ...]] = {
    Subject.VISITS: (Kind.VISITS,),
    Subject.AGENTS: (Kind.DEEDS, Kind.STATES),
    Subject.CALLS: (Kind.CALLS,),
}


MOST_UNKEPT_DAYS = 92
"""A quarter of a busy office's year is counted in half a minute; nobody waits longer for a page."""


class StillCounting(RuntimeError):
    """Too many days of the period are not kept yet: the outbox keeps them, within minutes."""


def must_be_kept(db: Database, kind: Kind, between: tuple[float, float], now: float) -> None:
    """Nothing, unless too many of the days between two moments are not kept.

    Raises:
        StillCounting: they are not.
        sqlite3.Error: the store cannot be read.
    """
    missing = unkept(db, kind, between, now)
    if missing > MOST_UNKEPT_DAYS:
        raise StillCounting(f"{missing} days of {kind} are not counted yet")


def answer(db: Database, question: Question, zone: ZoneInfo, now: float) -> Report:
    """What the store says. ``zone`` is the office's, ``now`` in Unix seconds: what goes on is
    counted up to then.

    Raises:
        StillCounting: it would take too long now.
        sqlite3.Error: the store cannot be read.
        OverflowError: the period to compare with is before the calendar's first year.
    """
    words = WordList(db)
    earlier = question.period.against(question.compared)
    reader = _Reader(db, question, zone, now, words)
    here = reader.counted(question.period)
    sums = _by_key(question, here.rows, words)
    callers = frozenset(sums) if question.by is By.CALLER else frozenset()
    there = reader.counted(earlier, callers) if earlier else None
    begin, end = question.period.moments(zone)
    before = _by_key(question, there.rows, words) if there else {}
    # who is told apart by days has other days in another period
    comparable = there is not None and question.by is not By.DAY
    return Report(
        question=question,
        begin=begin,
        end=end,
        total=here.series.total(),
        before=there.series.total() if there else None,
        rows=tuple(
            Row(
                key=key,
                sums=row,
                before=before.get(key, _nothing(question)) if comparable else None,
            )
            for key, row in sums.items()
        ),
        course=_course(question, here.series, there.series if there else None, earlier),
    )


def visits(
    db: Database,
    question: Question,
    zone: ZoneInfo,
    now: float,
    *,
    before: tuple[float, int] | None = None,
    limit: int = 50,
) -> list[VisitRow]:
    """The visits that a question counts, newest first, at most ``limit``; for the next ones give
    the last one's ``joined_at`` and ``call_digest``.

    Raises:
        ValueError: the question is not of visits.
        sqlite3.Error: the store cannot be read.
    """
    if question.subject is not Subject.VISITS:
        raise ValueError(f"{question.subject} have no visits")
    words = WordList(db)
    begin, end = question.period.moments(zone)
    counter = Counter(question, begin, end, LocalClock(zone, begin, end), words)
    found: list[tuple[float, int]] = []
    upper = end if before is None else min(end, before[0] + 1.0)
    while upper > begin and len(found) < limit:
        lower = max(begin, (upper - 1.0) // DAY_S * DAY_S - (PIECE_DAYS - 1) * DAY_S)
        for columns in pieces(db, Kind.VISITS, words, (lower, upper - 1.0), now):
            wanted = counter.wanted(Kind.VISITS, columns)
            at = columns["at"][wanted].tolist()
            places = zip(at, columns["call"][wanted].tolist(), strict=True)
            found += [one for one in places if lower <= one[0] < upper]
        upper = lower
    chosen = sorted((one for one in found if before is None or one < before), reverse=True)
    return [row for place in chosen[:limit] for row in _visit_rows(db, *place)]


_VISIT_ROW = (
    "SELECT visit, call, queue, joined_at, caller, called, line, agent, outcome, wait_s, talk_s "
    "FROM queue_visits WHERE joined_at = ?"
)


def _visit_rows(db: Database, at: float, call: int) -> list[VisitRow]:
    return [
        VisitRow(call_digest=call, **row)
        for row in db.query(_VISIT_ROW, [at])
        if digest(row["call"]) == call
    ]


class _Reader:
    """Counts for one question what the store has of periods."""

    def __init__(
        self, db: Database, question: Question, zone: ZoneInfo, now: float, words: WordList
    ) -> None:
        self._db = db
        self._question = question
        self._zone = zone
        self._now = now
        self._words = words

    def counted(self, period: Period, callers: frozenset[str] = frozenset()) -> Counted:
        """The sums of a period; where rows are of callers, of these (none: of those who called
        most often)."""
        question, main = self._question, MOST_OF.get(self._question.subject, "")
        if question.by is not By.CALLER:
            return self._count(question, period)
        # Of the many who call, only those who do most often are counted in full.
        all_of_them = self._count(question, period, of_rows=(main,))
        if not callers:
            most = [key for key in all_of_them.rows.most(main, MOST_CALLERS + 1) if key]
            callers = frozenset(self._words.word(key) for key in most[:MOST_CALLERS])
        rows = self._count(replace(question, only={**question.only, By.CALLER: callers}), period)
        return Counted(rows=rows.rows, series=all_of_them.series)

    def _count(
        self, question: Question, period: Period, *, of_rows: tuple[str, ...] = ()
    ) -> Counted:
        begin, end = period.moments(self._zone)
        for kind in _KINDS[question.subject]:
            must_be_kept(self._db, kind, (begin, end), self._now)
        clock = LocalClock(self._zone, begin, end)
        counter = Counter(question, begin, end, clock, self._words, of_rows=of_rows)
        for kind in _KINDS[question.subject]:
            for columns in self._pieces(kind, begin, end):
                counter.add(kind, columns)
        if question.subject is Subject.AGENTS:
            counter.add(Kind.PRESENCE, self._kept(begin, min(end, self._now)))
        return counter.counted

    def _pieces(self, kind: Kind, begin: float, end: float) -> Iterator[Columns]:
        return pieces(self._db, kind, self._words, (begin, end), self._now)

    def _kept(self, begin: float, end: float) -> Columns:
        """The plan of shifts in the period, and what was kept of it."""
        found = self._db.query(
            "SELECT * FROM agent_shifts WHERE begins_at < ? AND ends_at > ?", [end, begin]
        )
        shifts = [
            Shift(
                agent=self._words.code(row["agent"]),
                is_work=row["activity"] == presence.WORK,
                begins=max(row["begins_at"], begin),
                ends=min(row["ends_at"], end),
            )
            for row in found
        ]
        there = list(self._pieces(Kind.PRESENCE, begin, end)) if shifts else []
        return presence.kept(shifts, joined(Kind.PRESENCE, there))


def _nothing(question: Question) -> Sums:
    return dict.fromkeys(SUMS[question.subject], 0.0)


def _by_key(question: Question, tally: Tally, words: WordList) -> dict[str, Sums]:
    if question.by is By.NOTHING:
        return {}
    if question.by is By.SKILL:
        return dict(sorted(by_skill(tally, words, SUMS[question.subject]).items()))
    if question.by is By.CALLER:
        main = MOST_OF[question.subject]
        most = [key for key in tally.most(main, MOST_CALLERS + 1) if key][:MOST_CALLERS]
        found = [(words.word(key), tally.sums(key)) for key in most]
        return dict(sorted(found, key=lambda row: (-row[1][main], row[0])))
    named: dict[str, Sums] = {_shown(question, key, words): tally.sums(key) for key in tally.keys}
    is_ordered = question.by in (By.DISPOSITION, By.DIRECTION)
    return named if is_ordered else dict(sorted(named.items()))


def _shown(question: Question, key: int, words: WordList) -> str:
    names = OUTCOMES if question.subject is Subject.VISITS else DISPOSITIONS
    shown: Mapping[By, Callable[[int], str]] = {
        By.DAY: lambda day: (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat(),
        By.HOUR: lambda hour: f"{hour:02}",
        By.WEEKDAY: str,
        By.DISPOSITION: lambda number: names[number] if number >= 0 else "",
        By.DIRECTION: lambda number: DIRECTIONS[number],
    }
    return shown.get(question.by, words.word)(key)


def _course(
    question: Question, series: Tally, before: Tally | None, earlier: Period | None
) -> tuple[Point, ...]:
    """A point for every place of the period, beside the same place of the one compared with."""
    each = DAY_S if question.series_by is By.DAY else QUARTER_S
    first = (question.period.first - dt.date(1970, 1, 1)).days * DAY_S // each
    count = question.period.days * DAY_S // each
    back = 0
    if earlier is not None:
        back = (question.period.first - earlier.first).days * DAY_S // each
    return tuple(
        Point(
            at=dt.datetime(1970, 1, 1) + dt.timedelta(seconds=key * each),  # noqa: DTZ001 - shown
            sums=series.sums(key),
            before=before.sums(key - back) if before is not None else None,
        )
        for key in range(first, first + count)
    )
