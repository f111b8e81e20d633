"""Which alerts of queues somebody was told of, that are not over yet."""

from __future__ import annotations

from collections.abc import Collection

from sqlite_utils import Database

Told = frozenset[tuple[str, str]]
"""By the alert's name and the queue's."""


def told(db: Database) -> Told:
    """Those of the time before.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    return frozenset(db.execute("SELECT alert, queue FROM queue_alerts_told").fetchall())


def note(db: Database, those: Collection[tuple[str, str]]) -> None:
    """These, and no others; the feed tells what that changes. Joins an open transaction.

    Raises:
        sqlite3.Error: it could not be written.
    """
    before = told(db)
    for alert, queue in sorted(before.difference(those)):
        db.execute("DELETE FROM queue_alerts_told WHERE alert = ? AND queue = ?", [alert, queue])
    for alert, queue in sorted(set(those) - before):
        db.execute("INSERT INTO queue_alerts_told VALUES (?, ?)", [alert, queue])
