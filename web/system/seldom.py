"""What many pages want of the store again and again, asked for once in a while for all of them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlite_utils import Database

from firmware.config.schema import Site

T = TypeVar("T")


class Seldom(Generic[T]):
    """Answers of ``ask``, each kept for ``kept_s``; ``nothing`` until there is one. Safe to use
    from any thread."""

    def __init__(
        self,
        ask: Callable[[Database, Site], T],
        nothing: T,
        *,
        kept_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._known = nothing
        self._kept_s = kept_s
        self._clock = clock
        self._lock = threading.Lock()
        self._until = float("-inf")

    def of(self, db: Database, site: Site) -> T:
        """What is so; what was last known while the store cannot be read."""
        with self._lock:
            if self._clock() >= self._until:
                self._until = self._clock() + self._kept_s
                try:
                    self._known = self._ask(db, site)
                except sqlite3.Error:
                    return self._known
            return self._known
