"""Disk work of switchd that a script waits for: in a thread of its own, so that no call waits for
it but the one that asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

T = TypeVar("T")


class DiskFault(RuntimeError):
    """The disk or the store does not take it now, or does not give it. (No OSError: ``LegGone``
    is one, and must not be taken for this.)"""


class Disk(Protocol):
    """Where disk work is done (``DiskThread``)."""

    @property
    def home(self) -> Home: ...
    def do(self, work: Callable[[Database], T]) -> Awaitable[T]: ...
    def close(self) -> None: ...


class DiskThread:
    """One thread with the store open. It opens again after a fault: the disk may be another."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._db: Database | None = None
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mailroom")

    def do(self, work: Callable[[Database], T]) -> Awaitable[T]:
        """Do ``work``; what it raises is raised here, as DiskFault if it is the disk's."""
        return asyncio.get_running_loop().run_in_executor(self._pool, self._do, work)

    def close(self) -> None:
        """Finish what was begun and end the thread."""
        self._pool.submit(self._shut)
        self._pool.shutdown(wait=True)

    def _do(self, work: Callable[[Database], T]) -> T:
        try:
            if self._db is None:
                self._db = open_store(self.home)
            return work(self._db)
        except (OSError, sqlite3.Error, NewerDatabase) as error:
            self._shut()
            raise DiskFault(str(error)) from error

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
