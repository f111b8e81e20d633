"""Days of records as columns: kept when a day is over, computed of its records until then.

A day that is kept is taken away by the store itself when one of its records changes (the
triggers of ``migrations/0031_reports.sql``), and then computed again. So a report is the same
whether days are kept or not, only faster.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlite_utils import Database

from firmware.reports import presence
from firmware.reports.columns import OUTCOMES, STATES, Columns, Kind, joined, packed, unpacked
from firmware.reports.figures import DISPOSITIONS
from firmware.reports.local import DAY_S
from firmware.reports.presence import Span
from firmware.store.sqlite import writing

log = logging.getLogger(__name__)

Rows = list[Sequence[float]]

PIECE_DAYS = 32
"""So many days are in memory at once: some twenty megabytes of a busy office."""

SETTLED_S = 3600.0
"""How long after its end a day is kept: most of what began in it has ended then."""

FIRST_DAY = 18262
"""The first of 2020: what is older was written by a box that did not know the time."""


class WordList:
    """The words that numbers in columns stand for. Those that the store does not know get a
    number for as long as this lasts; with ``keeps`` for ever, and then a transaction is open."""

    def __init__(self, db: Database, *, keeps: bool = False) -> None:
        self._db = db
        self._keeps = keeps
        self._code_of: dict[str, int] = {"": 0}
        self._word_of: dict[int, str] = {0: ""}
        self._next = 2**32 - 1

    def code(self, word: str) -> int:
        """The number of a word."""
        if word not in self._code_of:
            self._learn(word, self._known(word) or self._new(word))
        return self._code_of[word]

    def codes(self, words: Iterable[str]) -> list[int]:
        """The numbers of those that have one."""
        return [self.code(word) for word in words]

    def word(self, code: int) -> str:
        """The word of a number; "" for one that is none."""
        if code not in self._word_of:
            found = self._db.execute("SELECT word FROM report_words WHERE id = ?", [code])
            row = found.fetchone()
            self._learn(row[0] if row else "", code)
        return self._word_of[code]

    def _known(self, word: str) -> int | None:
        found = self._db.execute("SELECT id FROM report_words WHERE word = ?", [word]).fetchone()
        return int(found[0]) if found else None

    def _new(self, word: str) -> int:
        if not self._keeps:
            self._next -= 1
            return self._next
        cursor = self._db.execute("INSERT INTO report_words (word) VALUES (?)", [word])
        return int(cursor.lastrowid or 0)

    def _learn(self, word: str, code: int) -> None:
        self._code_of.setdefault(word, code)
        self._word_of[code] = word


def pieces(
    db: Database, kind: Kind, words: WordList, between: tuple[float, float], now: float
) -> Iterator[Columns]:
    """The columns of all days that are touched between two moments, in order, some days a piece.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    first, last = int(between[0] // DAY_S), int(min(between[1], now) // DAY_S)
    for start in range(first, last + 1, PIECE_DAYS):
        end = min(start + PIECE_DAYS, last + 1)
        kept = dict(
            db.execute(
                "SELECT day, columns FROM report_days WHERE kind = ? AND day >= ? AND day < ?",
                [kind, start, end],
            ).fetchall()
        )
        days = range(start, end)
        yield joined(kind, [_day(db, kind, day, words, (kept.get(day), now)) for day in days])


def _day(
    db: Database, kind: Kind, day: int, words: WordList, known: tuple[bytes | None, float]
) -> Columns:
    """A day's columns: of what was kept of it, else (or where that is damaged) of its records."""
    block, now = known
    if block is not None:
        try:
            return unpacked(kind, block)
        except ValueError as error:
            log.warning("day %d is computed of its records: %s", day, error)
    return unpacked(kind, packed(kind, _BUILD[kind](db, day, words, now)))


def unkept(db: Database, kind: Kind, between: tuple[float, float], now: float) -> int:
    """How many days between two moments are over and have records, or may have, and are not kept.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    first = max(int(between[0] // DAY_S), _first_day(db, kind))
    last = min(int(between[1] // DAY_S), int((now - SETTLED_S) // DAY_S) - 1)
    if last < first:
        return 0
    kept = db.execute(
        "SELECT COUNT(*) FROM report_days WHERE kind = ? AND day BETWEEN ? AND ?",
        [kind, first, last],
    ).fetchone()[0]
    return last - first + 1 - int(kept)


def keep(
    db: Database,
    now: float,
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[], None] = lambda: None,
) -> int:
    """Keep every day that is over and is not kept, each in a transaction of its own, with a
    ``pause`` behind it for others who write; how many were.

    Raises:
        sqlite3.Error: the store cannot be written.
    """
    over, done = int((now - SETTLED_S) // DAY_S), 0
    for kind in Kind:
        found = db.execute("SELECT day FROM report_days WHERE kind = ?", [kind])
        kept = {day for (day,) in found}
        for day in range(_first_day(db, kind), over):
            if day in kept:
                continue
            if stop():
                return done
            _keep_day(db, kind, day, now)
            pause()
            done += 1
    return done


def forget(db: Database) -> None:
    """Take every kept day away: reports are computed of the records until they are kept again.

    Raises:
        sqlite3.Error: the store cannot be written.
    """
    with writing(db):
        db.execute("DELETE FROM report_days")
        db.execute("DELETE FROM report_words WHERE id > 0")


def _keep_day(db: Database, kind: Kind, day: int, now: float) -> None:
    with writing(db):  # nobody changes the day's records between reading them and keeping it
        block = packed(kind, _BUILD[kind](db, day, WordList(db, keeps=True), now))
        db.execute("INSERT OR REPLACE INTO report_days VALUES (?, ?, ?)", [kind, day, block])


def _first_day(db: Database, kind: Kind) -> int:
    since = FIRST_DAY * DAY_S
    sql = (
        "SELECT MIN(started_at) FROM calls WHERE started_at >= ?"
        if kind is Kind.CALLS
        else "SELECT MIN(at) FROM queue_events WHERE name = 'caller.joined' AND at >= ?"
        if kind is Kind.VISITS
        else "SELECT MIN(at) FROM queue_events WHERE name = 'agent.changed' AND at >= ?"
    )
    found = db.execute(sql, [since]).fetchone()[0]
    return 2**40 if found is None else int(found // DAY_S)


_VISITS = (
    "SELECT joined_at, queue, agent, line, called, needs, caller, call, answered, abandoned, "
    "COALESCE((SELECT o.outcome FROM call_outcomes AS o "
    "WHERE o.call_id = queue_counts.call AND o.agent = queue_counts.agent), '') AS chosen, "
    "overflowed, turned_away, callbacks, waiting, short_abandoned, callbacks_reached, "
    "answered_in_target OR abandoned_in_target AS in_target, talks, transferred, offers, missed, "
    "wait_s, talk_s, hold_s, wrap_up_s FROM queue_counts "
    "WHERE joined_at >= ? AND joined_at < ? ORDER BY joined_at"
)


def _visits(db: Database, day: int, words: WordList, _now: float) -> Rows:
    return [
        (
            row["joined_at"],
            *(words.code(row[n]) for n in ("queue", "agent", "line", "called", "needs", "caller")),
            digest(row["call"]),
            words.code(row["chosen"]),
            next(number for number, name in enumerate(OUTCOMES) if row[name]),
            *(row[n] for n in ("short_abandoned", "callbacks_reached", "in_target", "talks")),
            *(row[n] for n in ("transferred", "offers", "missed")),
            *(1000.0 * row[n] for n in ("wait_s", "talk_s", "hold_s", "wrap_up_s")),
        )
        for row in db.query(_VISITS, [day * DAY_S, (day + 1) * DAY_S])
    ]


def digest(call: str) -> int:
    """A call's id as a number of 64 bits, by which calls are counted."""
    return int.from_bytes(hashlib.blake2b(call.encode(), digest_size=8).digest(), "big")


_DEEDS = (
    "SELECT CAST(at / 900 AS INTEGER) * 900.0 AS quarter, agent, queue, "
    "SUM(name = 'offer.made') AS made, SUM(name = 'caller.served') AS served, "
    "SUM(name = 'offer.missed') AS missed FROM queue_events "
    "WHERE name IN ('offer.made', 'caller.served', 'offer.missed') AND at >= ? AND at < ? "
    "AND agent <> '' GROUP BY 1, 2, 3 ORDER BY 1"
)


def _deeds(db: Database, day: int, words: WordList, _now: float) -> Rows:
    return [
        (at, words.code(agent), words.code(queue), made, served, missed)
        for at, agent, queue, made, served, missed in db.execute(
            _DEEDS, [day * DAY_S, (day + 1) * DAY_S]
        )
    ]


def _states(db: Database, day: int, words: WordList, now: float) -> Rows:
    seconds: Counter[tuple[float, str, str, str]] = Counter()
    for spans in _spans(db, day, now).values():
        for span in spans:
            reason = span.reason if span.state == "paused" else ""
            for quarter, part in presence.quarters(span.began, span.ended):
                seconds[quarter, span.agent, span.state, reason] += part  # type: ignore[assignment]
    return [
        (quarter, words.code(agent), STATES.index(state), words.code(reason), 1000.0 * part)
        for (quarter, agent, state, reason), part in sorted(seconds.items())
    ]


def _presence(db: Database, day: int, words: WordList, now: float) -> Rows:
    return [
        (span.began, span.ended, words.code(span.agent), span.state == "paused")
        for spans in _spans(db, day, now).values()
        for span in presence.merged(spans)
    ]


_CALLS = (
    "SELECT started_at, queue, agent, line, caller, called, COALESCE((SELECT o.outcome "
    "FROM call_outcomes AS o WHERE o.call_id = calls.id ORDER BY o.at DESC LIMIT 1), ''), "
    "disposition, answered_at, ended_at FROM calls WHERE started_at >= ? AND started_at < ? "
    "ORDER BY started_at"
)


def _calls(db: Database, day: int, words: WordList, _now: float) -> Rows:
    return [
        (
            at,
            *(words.code(word) for word in named),
            DISPOSITIONS.index(came_out) + 1 if came_out in DISPOSITIONS else 0,
            answered is not None,
            0.0 if answered is None else 1000.0 * (answered - at),
            0.0 if answered is None or ended is None else 1000.0 * (ended - answered),
        )
        for at, *named, came_out, answered, ended in db.execute(
            _CALLS, [day * DAY_S, (day + 1) * DAY_S]
        )
    ]


_BUILD: dict[Kind, Callable[[Database, int, WordList, float], Rows]] = {
    Kind.VISITS: _visits,
    Kind.DEEDS: _deeds,
    Kind.STATES: _states,
    Kind.PRESENCE: _presence,
    Kind.CALLS: _calls,
}

# Each agent by one look into the index: a plain DISTINCT reads all of it.
_AGENTS = (
    "WITH RECURSIVE known (agent) AS ("
    "SELECT MIN(agent) FROM queue_events INDEXED BY queue_events_of_agent "
    "WHERE name = 'agent.changed' UNION ALL "
    "SELECT (SELECT MIN(agent) FROM queue_events INDEXED BY queue_events_of_agent "
    "WHERE name = 'agent.changed' AND agent > known.agent) "
    "FROM known WHERE known.agent IS NOT NULL) "
    "SELECT agent FROM known WHERE agent IS NOT NULL"
)

_OF_DAY = (
    "SELECT seq, at, state, reason, seconds, agent FROM queue_events "
    "WHERE name = 'agent.changed' AND at >= ? AND at < ? ORDER BY seq"
)

_BESIDE = (
    "SELECT seq, at, state, reason, seconds, agent "
    "FROM queue_events INDEXED BY queue_events_of_agent "
    "WHERE name = 'agent.changed' AND agent = ? AND at {} ? ORDER BY at {}, seq {} LIMIT 1"
)

_Change = tuple[int, float, str, str, float, str]


def _spans(db: Database, day: int, now: float) -> dict[str, list[Span]]:
    """What each agent was on a day while logged in, in order, cut at its edges. A state that
    goes on lasts until ``now``. How long one lasted is as measured, where it was: the clock may
    have jumped meanwhile."""
    begin, end = float(day * DAY_S), float(min((day + 1) * DAY_S, now))
    changes: defaultdict[str, list[_Change]] = defaultdict(list)
    for change in db.execute(_OF_DAY, [begin, end]):
        changes[change[5]].append(change)
    found: dict[str, list[Span]] = {}
    for (agent,) in db.execute(_AGENTS).fetchall():
        before = db.execute(_BESIDE.format("<", "DESC", "DESC"), [agent, begin]).fetchall()
        after = db.execute(_BESIDE.format(">=", "ASC", "ASC"), [agent, end]).fetchall()
        chain = [*before, *changes[agent], *after]
        found[agent] = [span for span in _chained(chain, begin, end) if span.state in STATES]
    return found


def _chained(chain: Sequence[_Change], begin: float, end: float) -> Iterator[Span]:
    for place, (_, at, state, reason, _, agent) in enumerate(chain):
        began, ended = at, end
        if place + 1 < len(chain):
            _, ended, _, _, lasted_s, _ = chain[place + 1]
            began = ended - lasted_s if lasted_s > 0.0 else at
        began, ended = max(began, begin), min(ended, end)
        if began < ended:
            yield Span(agent=agent, state=state, reason=reason, began=began, ended=ended)
