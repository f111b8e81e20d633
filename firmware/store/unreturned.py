"""Callers who gave up in a queue, or were not reached when called back, and whom nobody has spoken
to since."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.queue_event import QueueEventName

OWED_S = 14 * 86400.0
"""For so long a caller is owed a call; whoever gave up before expects none any more. (It also is
what makes the question quick: a year of a busy office has a hundred thousand such callers.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreturned:
    """A number that gave up ``calls`` times in a queue, the last time ``at``."""

    caller: str
    queue: str
    at: float
    calls: int
    longest_wait_s: float


def unreturned(
    db: Database, now: float, *, since: float | None = None, limit: int = 500
) -> list[Unreturned]:
    """Who is owed a call at ``now`` (Unix seconds), the newest first; with ``since`` only those who
    gave up from then on.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    found = db.query(
        f"{_OWED} ORDER BY at DESC LIMIT :limit",
        {"since": now - OWED_S if since is None else since, "limit": limit},
    )
    return [Unreturned(**row) for row in found]


def owed(db: Database, now: float) -> Counter[str]:
    """How many callers each queue owes a call.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    rows = db.execute(_OWED, {"since": now - OWED_S})
    return Counter(queue for _caller, queue, *_ in rows)


# Two searches of the index by name and time; a plain OR reads every event.
_OWED = f"""
SELECT m.caller, m.queue, MAX(m.at) AS at, COUNT(*) AS calls, MAX(m.seconds) AS longest_wait_s
FROM (
    SELECT caller, queue, at, seconds FROM queue_events
    WHERE name = '{QueueEventName.CALLER_ABANDONED}' AND at >= :since AND caller <> ''
    UNION ALL
    SELECT caller, queue, at, seconds FROM queue_events
    WHERE name = '{QueueEventName.CALLBACK_ENDED}' AND at >= :since AND caller <> ''
        AND reason NOT IN ('called_again', 'reached_otherwise')
) AS m
WHERE NOT EXISTS (
    SELECT 1 FROM queue_events AS r
    WHERE r.caller = m.caller AND r.caller <> '' AND r.at >= m.at
        AND r.name IN ('{QueueEventName.NUMBER_REACHED}', '{QueueEventName.CALLER_SERVED}')
) AND NOT EXISTS (
    SELECT 1 FROM queue_events AS t
    WHERE t.caller = m.caller AND t.caller <> '' AND t.at >= m.at
        AND t.name = '{QueueEventName.CALLBACK_TAKEN}' AND NOT EXISTS (
            SELECT 1 FROM queue_events AS e
            WHERE e.visit = t.visit AND e.visit <> ''
                AND e.name = '{QueueEventName.CALLBACK_ENDED}'
        )
)
GROUP BY m.caller, m.queue
"""  # noqa: S608 - names of our own
