"""The store's file: opening it, up to date."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.store.sqlite import BUSY_TIMEOUT_S, open_file, steps_of

STEPS = steps_of("firmware.store.migrations")


def open_store(home: Home, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Database:
    """Open the store, creating and migrating it where needed. The connection belongs to the
    calling thread; close it with ``db.close()``.

    Raises:
        NewerDatabase: a newer release wrote it.
        sqlite3.Error: it is damaged, locked, or on a disk that does not answer.
    """
    return open_file(home.store_db, STEPS, busy_timeout_s=busy_timeout_s)
