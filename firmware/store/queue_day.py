"""What wallboards and alerts want to know of each queue's day, out of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from firmware.model.queue_alert import Figure
from firmware.store import figures
from firmware.store.figures import By
from firmware.store.unreturned import owed


def of_queues(
    db: Database, queues: Iterable[str], midnight: float, now: float
) -> Mapping[tuple[Figure, str], float]:
    """By figure and queue: the service level in percent of those who called since ``midnight``,
    where any did, and how many callers are owed a call. Times are Unix seconds.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    found: dict[tuple[Figure, str], float] = {}
    for row in figures.of_queues(db, midnight, now, By.QUEUE):
        if row.service_level is not None:
            found[Figure.SERVICE_LEVEL, row.key] = round(100.0 * row.service_level, 1)
    waiting = owed(db, now)
    return {**found, **{(Figure.UNRETURNED, queue): waiting[queue] for queue in queues}}
