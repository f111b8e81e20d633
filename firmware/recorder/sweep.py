"""A sweep: one look through the spool that finishes everything that can be finished.

A folder without ``done`` is finished too when nobody writes it any more: switchd is up, does
not list it among its recordings, and it has not grown for a while (switchd creates the folder
before it lists it). That is what a crash of switchd or a power cut leaves behind.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Set
from contextlib import closing

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.recorder import spool
from firmware.recorder.finish import finish
from firmware.recorder.spool import Spooled
from firmware.recorder.wav import BadWav
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

QUIET_S = 10.0
"""How long a folder must not have grown to count as abandoned."""


class Stopped(Exception):
    """The daemon is to end; the spool keeps what is not finished."""


class Sweeper:
    """Sweeps the spool of one home. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        home: Home,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._stop = stop
        self._clock = clock
        self._grew: dict[str, tuple[int, float]] = {}
        self.warning = ""

    def sweep(self, live: Set[str] | None) -> int:
        """Finish what can be finished, and say how many recordings were. ``live`` are the ids
        switchd is recording now; None: switchd does not say.

        What the disk or the store refuses is left for the next sweep and noted in ``warning``.
        """
        folders = [
            folder for folder in spool.waiting(self._home.spool) if self._ready(folder, live)
        ]
        try:
            spool.sweep_finished(self._home.spool)
            if not folders:
                return 0
            with closing(open_store(self._home)) as db:
                count = sum(self._finish(db, folder) for folder in folders)
        except Stopped:
            return 0
        except (OSError, sqlite3.Error, NewerDatabase) as error:
            self._warn(f"recordings wait in the spool: {error}")
            return 0
        self._warn("")
        return count

    def _finish(self, db: Database, folder: Spooled) -> bool:
        try:
            return finish(self._home, db, folder, self._proceed) is not None
        except BadWav as error:
            spool.set_aside(folder, str(error))
            return False
        finally:
            self._grew.pop(folder.id, None)

    def _proceed(self) -> None:
        if self._stop():
            raise Stopped

    def _ready(self, folder: Spooled, live: Set[str] | None) -> bool:
        if folder.is_done:
            return True
        size = folder.size_bytes()
        now = self._clock()
        known_size, since = self._grew.get(folder.id, (-1, now))
        if size != known_size:
            since = now
        self._grew[folder.id] = (size, since)
        if live is None or folder.id in live or now - since < QUIET_S:
            return False
        log.warning("recording %s was cut off (switchd ended); it is finished now", folder.id)
        return True

    def _warn(self, text: str) -> None:
        """Log once when it begins, once when it ends, and when it changes."""
        if text == self.warning:
            return
        self.warning = text
        if text:
            log.error("%s", text)
        else:
            log.info("recordings are finished again")
