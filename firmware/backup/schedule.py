"""Backups by the clock: one when it is due, late rather than never, again after a failure."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.backup import last, make
from firmware.backup.failure import BackupFailed, Stopped
from firmware.config.home import Home
from firmware.config.kept import KeptSite
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.config.sections.backup import Backup, Every

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 60.0
RETRY_S = 900.0
_DAYS = {Every.DAY: 0, Every.WEEK: 7}


def is_due(wish: Backup, zone: ZoneInfo, now: float, made_at: float | None) -> bool:
    """Whether a backup should have been made since the last one, made at ``made_at`` (Unix
    seconds; None: never, and then it is due at once)."""
    if made_at is None:
        return True
    slot = _newest_slot(wish, datetime.fromtimestamp(now, zone))
    made = datetime.fromtimestamp(made_at, zone)
    return made_at < slot.timestamp() and (slot.date() - made.date()).days >= _DAYS[wish.every]


def _newest_slot(wish: Backup, now: datetime) -> datetime:
    hour, minute = map(int, wish.at.split(":"))
    slot = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    # as moments: where clocks change, 02:30 of this day may come after what they show now
    return slot if slot.timestamp() <= now.timestamp() else slot - timedelta(days=1)


class Schedule:
    """Looks every minute. ``wall`` gives Unix seconds, ``clock`` monotonic ones; ``stop`` is set
    when the daemon ends. While ``rests`` says so none is begun, and one that is being made is
    left: it stays due. So it does while ``hinders`` says why its place cannot be reached: to make
    it in vain wears the disk."""

    def __init__(
        self,
        home: Home,
        stop: threading.Event,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        rests: Callable[[], bool] = lambda: False,
        hinders: Callable[[str], str] = lambda url: "",
    ) -> None:
        self._home = home
        self._stop = stop
        self._wall = wall
        self._clock = clock
        self._rests = rests
        self._hinders = hinders
        self._retry_at = 0.0
        self._kept = KeptSite(home, self._end_wait)
        self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
        self.warning = ""
        """What a person should know; empty when backups come as they should."""

    def start(self) -> None:
        """Begin, in a thread of its own: a backup may take an hour."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Wait for the thread, after ``stop`` was set."""
        self._thread.join(timeout_s)

    def look(self) -> bool:
        """Make a backup if one is due; whether one was made."""
        try:
            site = self._kept.read()
            if site is None or not site.backup.is_wanted:
                self._warn("")
                return False
            if self._rests() or not self._must(site):
                return False
            if reason := self._hinders(site.backup.address):
                self._warn(f"the backup waits: {reason}")
                return False
            made = make.make(self._home, site, wall=self._wall, stop=self._is_stopped)
        except Stopped:
            log.info("a backup was left unfinished: it is made anew")
            return False
        except (BackupFailed, ConfigRejected, OSError, sqlite3.Error) as error:
            self._retry_at = self._clock() + RETRY_S
            self._warn(f"there is no new backup: {error}")
            return False
        log.info("backup %s made: %d files, %d bytes", made.name, made.files, made.bytes)
        self._warn(made.warning)
        return True

    def _is_stopped(self) -> bool:
        return self._stop.is_set() or self._rests()

    def _must(self, site: Site) -> bool:
        before, now = last.read(self._home), self._wall()
        if before is not None and now < before.made_at - LOOK_INTERVAL_S:
            self._warn(
                "the box's clock is before the last backup: none is made until it is right "
                "(or `markaz backup now`)"
            )
            return False
        zone = ZoneInfo(site.office.time_zone)
        due = is_due(site.backup, zone, now, before.made_at if before else None)
        return due and self._clock() >= self._retry_at

    def reload(self) -> None:
        """Take up the configuration as it is now; a change ends a wait. From any thread."""
        self._kept.changed()

    def _end_wait(self) -> None:
        self._retry_at = 0.0

    def _warn(self, text: str) -> None:
        if text and text != self.warning:
            log.error("%s", text)
        self.warning = text

    def _run(self) -> None:
        os.nice(10)  # of this thread alone (nice(2)); the disk's scheduler follows it
        while not self._stop.wait(LOOK_INTERVAL_S):
            try:
                self.look()
            except Exception:
                log.exception("the backup failed by a fault of ours")
                self.warning = "there is no new backup, by a fault of the program: see the log"
