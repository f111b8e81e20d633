"""A sweep: one look through the spool that finishes everything that can be finished.

A folder without ``done`` is finished too when it has no twin in memory: that is what a power cut
leaves behind.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from firmware.config.history import NoConfiguration, load_current
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.recorder import spool
from firmware.recorder.finish import finish
from firmware.recorder.messages import finish_message, purge
from firmware.recorder.spool import Spooled
from firmware.recorder.wav import BadWav
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

PURGE_INTERVAL_S = 3600.0


class Stopped(Exception):
    """The daemon is to end; the spool keeps what is not finished."""


class Sweeper:
    """Sweeps the spools of one home: recordings and voicemail messages. ``clock`` is monotonic,
    in seconds; ``message_kept`` is told the box of each message that is safe."""

    def __init__(
        self,
        home: Home,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        message_kept: Callable[[str], None] = lambda box: None,
    ) -> None:
        self._home = home
        self._stop = stop
        self._clock = clock
        self._message_kept = message_kept
        self._purge_at = clock()
        self.warning = ""

    def sweep(self) -> int:
        """Finish what can be finished, and say how many recordings and messages were.

        What the disk or the store refuses is left for the next sweep and noted in ``warning``.
        """
        spools = (
            (self._home.ram_recordings, self._home.spool),
            (self._home.ram_voicemail, self._home.voicemail_spool),
        )
        folders = [f for ram, disk in spools for f in spool.waiting(disk) if _is_ready(f, ram)]
        try:
            for _ram, place in spools:
                spool.sweep_finished(place)
            if not folders and self._clock() < self._purge_at:
                return 0
            with closing(open_store(self._home)) as db:
                count = sum(self._finish(db, folder) for folder in folders)
                self._purge(db)
        except Stopped:
            return 0
        except (OSError, sqlite3.Error, NewerDatabase, NoConfiguration, ConfigRejected) as error:
            self._warn(f"recordings wait in the spool: {error}")
            return 0
        self._warn("")
        return count

    def _finish(self, db: Database, folder: Spooled) -> bool:
        try:
            if folder.folder.parent == self._home.spool:
                return finish(self._home, db, folder, self._proceed) is not None
            return self._finish_message(db, folder)
        except BadWav as error:
            spool.set_aside(folder, str(error))
            return False

    def _finish_message(self, db: Database, folder: Spooled) -> bool:
        message = finish_message(self._home, db, folder, self._proceed)
        if message is not None:
            self._message_kept(message.box)
        return message is not None

    def _purge(self, db: Database) -> None:
        """Remove old deleted messages for good, now and then."""
        if self._clock() < self._purge_at:
            return
        self._purge_at = self._clock() + PURGE_INTERVAL_S
        try:
            keep_s = 3600.0 * load_current(self._home)[1].voicemail.keep_deleted_h
        except NoConfiguration:
            return
        if count := purge(self._home, db, time.time() - keep_s):
            log.info("%d deleted messages are removed for good", count)

    def _proceed(self) -> None:
        if self._stop():
            raise Stopped

    def _warn(self, text: str) -> None:
        """Log once when it begins, once when it ends, and when it changes."""
        if text == self.warning:
            return
        self.warning = text
        if text:
            log.error("%s", text)
        else:
            log.info("recordings are finished again")


def _is_ready(folder: Spooled, ram: Path) -> bool:
    if (ram / folder.id).exists():
        return False  # the keeper is at it
    if not folder.is_done:
        log.warning("recording %s was cut off (by a loss of power); it is finished now", folder.id)
    return True
