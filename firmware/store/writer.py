"""The store's writer: one thread that puts records on the disk, so that no call waits for it.

Whatever waits is written in one transaction (one disk sync for many records). While the file
cannot be written (disk full, locked by another process), records stay in memory in their
order and the writer tries again, ever less often.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from concurrent.futures import Future

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import Record
from firmware.store import rows
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase, writing

log = logging.getLogger(__name__)

BATCH = 500
"""The most records in one transaction: a long one would make the readers' files grow."""

_GATHER_S = 0.1
"""How long records wait for others: a call's steps come in bursts, each sync of the disk wears
an SD card, and while it lasts other writers of the same disk wait with it."""

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0

_UNWRITABLE = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
)
"""What a record itself can be guilty of: trying it again would fail again."""


class StoreWriter:
    """Writes records in the order they were put. Its thread starts at once."""

    def __init__(self, home: Home, *, busy_timeout_s: float = 2.0) -> None:
        self._home = home
        self._busy_timeout_s = busy_timeout_s
        self._records: deque[Record] = deque()
        self._put = self._written = 0
        self._wanted: deque[tuple[int, Future[None]]] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        self._db: Database | None = None
        self._failing_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def failing(self) -> bool:
        """Whether records are kept in memory because the store cannot be written."""
        return self._failing_since is not None

    @property
    def waiting(self) -> int:
        """How many records are not on the disk yet."""
        return len(self._records)

    def put(self, record: Record) -> None:
        """Hand over a record. Never waits for the disk."""
        self._put += 1
        self._records.append(record)
        self._wake.set()

    def stored(self) -> Future[None]:
        """Done when everything put before is on the disk: what it commits, a power cut no longer
        takes away. Call it from the thread that puts. It is cancelled when the writer is closed
        before that."""
        done: Future[None] = Future()
        self._wanted.append((self._put, done))
        self._wake.set()
        return done

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what waits and end the thread. What the store does not take within
        ``timeout_s`` is lost, and the log says how much."""
        self._give_up_at = time.monotonic() + timeout_s
        self._closing.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while self._take():
            if self._write():
                pause_s = _FIRST_PAUSE_S
                continue
            if self._given_up(pause_s):
                break
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        if self._db is not None:
            self._db.close()
        self._tell_stored()
        for _count, done in self._wanted:
            done.cancel()

    def _tell_stored(self) -> None:
        """Tell those whose records have been written."""
        while self._wanted and self._wanted[0][0] <= self._written:
            _count, done = self._wanted.popleft()
            done.set_result(None)

    def _take(self) -> bool:
        """Wait until there is something to write. False: there is nothing, and we are closing."""
        while not self._records:
            self._tell_stored()
            if self._closing.is_set():
                return False
            self._wake.wait()
            self._wake.clear()
        if len(self._records) < BATCH:
            self._closing.wait(_GATHER_S)
        return True

    def _given_up(self, pause_s: float) -> bool:
        """Wait before the next attempt, shorter once we are closing; True: no attempt is left."""
        if not self._closing.is_set():
            self._closing.wait(pause_s)
            return False
        left_s = self._give_up_at - time.monotonic()
        if left_s > 0:
            time.sleep(min(_FIRST_PAUSE_S, left_s))
            return False
        log.error("store given up at shutdown: %d records are lost", len(self._records))
        return True

    def _write(self) -> bool:
        """Write the oldest records that wait. False: the store does not take them now."""
        batch = [self._records[i] for i in range(min(BATCH, len(self._records)))]
        try:
            db = self._open()
            try:
                self._save(db, batch)
            except _UNWRITABLE:
                self._save_singly(db, batch)
        except (sqlite3.Error, OSError, NewerDatabase) as error:
            self._note_failure(error)
            return False
        for _ in batch:
            self._records.popleft()
        self._written += len(batch)
        self._tell_stored()
        self._note_success()
        return True

    def _open(self) -> Database:
        if self._db is None:
            self._db = open_store(self._home, busy_timeout_s=self._busy_timeout_s)
        return self._db

    def _save(self, db: Database, batch: list[Record]) -> None:
        with writing(db):
            for record in batch:
                rows.save(db, record)

    def _save_singly(self, db: Database, batch: list[Record]) -> None:
        """Leave out only the records that can never be written."""
        with writing(db):
            for record in batch:
                try:
                    rows.save(db, record)
                except _UNWRITABLE as error:
                    log.error("store refused %s: %s", record, error)

    def _note_failure(self, error: Exception) -> None:
        if self._db is not None:  # a fresh connection sees a replaced or mended disk
            self._db.close()
            self._db = None
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            log.error(
                "store cannot be written (%s); records are kept in memory until it can", error
            )

    def _note_success(self) -> None:
        if self._failing_since is not None:
            down_s = time.monotonic() - self._failing_since
            self._failing_since = None
            log.info("store is written again after %.1f s; nothing was lost", down_s)
