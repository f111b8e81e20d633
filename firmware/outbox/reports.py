"""Reports by the clock: each made when it is due, in a program of its own; and the days of reports
kept once they are over, so that no page waits for a year to be counted."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.config.kept import KeptSite
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.config.sections.reports import ScheduledReport
from firmware.reports.schedule import due
from firmware.store import report_days, report_sent
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 60.0
KEEP_INTERVAL_S = 3600.0
RETRY_S = 900.0
MAKE_TIMEOUT_S = 600.0
_PAUSE_S = 0.05
"""Between the days that are kept: for whoever else writes to the store."""

Make = Callable[[str, float], None]
"""Makes the report of a name that was due then.

Raises:
    OSError: it could not; the text says why.
"""


class Reports:
    """Looks every minute. ``wall`` gives Unix seconds, ``clock`` monotonic ones; ``stop`` is set
    when the daemon ends."""

    def __init__(
        self,
        home: Home,
        stop: threading.Event,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        make: Make | None = None,
    ) -> None:
        self._home = home
        self._stop = stop
        self._wall = wall
        self._clock = clock
        self._make = make or self._in_a_program
        self._retry_at: dict[str, float] = {}
        self._faults: dict[str, str] = {}
        self._keep_at = clock()
        self._kept = KeptSite(home, self._retry_at.clear)
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    @property
    def warning(self) -> str:
        """What a person should know; empty when reports come as they should."""
        return "; ".join(fault for fault in dict(self._faults).values() if fault)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Wait for the thread, after ``stop`` was set."""
        self._thread.join(timeout_s)

    def reload(self) -> None:
        """Take up the configuration as it is now; a change ends a wait. From any thread."""
        self._kept.changed()

    def look(self) -> int:
        """Make the reports that are due, and keep the days that are over; how many were made."""
        try:
            site = self._kept.read()
            with closing(open_store(self._home)) as db:
                made = sum(self._look_at(db, site, one) for one in site.report) if site else 0
                self._keep(db)
        except (ConfigRejected, OSError, sqlite3.Error, NewerDatabase) as error:
            self._fault("", f"reports wait: {error}")
            return 0
        self._fault("", "")
        return made

    def _look_at(self, db: Database, site: Site, wish: ScheduledReport) -> bool:
        now = dt.datetime.fromtimestamp(self._wall(), ZoneInfo(site.office.time_zone))
        language = wish.language or site.office.language
        at = due(wish.every, wish.weekday, wish.at, language, now).timestamp()
        before = report_sent.last(db, wish.name)
        if before is None:  # it is new: the first one is the next that comes due
            report_sent.note(db, wish.name, at)
        if before is None or at <= before or self._clock() < self._retry_at.get(wish.name, 0.0):
            return False
        try:
            self._make(wish.name, at)
        except OSError as error:
            self._retry_at[wish.name] = self._clock() + RETRY_S
            self._fault(wish.name, f"report {wish.name} was not made: {error}")
            return False
        self._fault(wish.name, "")
        return True

    def _keep(self, db: Database) -> None:
        if self._clock() < self._keep_at:
            return
        self._keep_at = self._clock() + KEEP_INTERVAL_S
        kept = report_days.keep(db, self._wall(), self._stop.is_set, self._breathe)
        if kept:
            log.info("%d days of reports kept", kept)

    def _breathe(self) -> None:
        self._stop.wait(_PAUSE_S)

    def _in_a_program(self, name: str, at: float) -> None:
        """Raises:
        OSError: it failed.
        """
        command = ["nice", sys.executable, "-P", "-m", "web.reports.deliver", name, str(at)]
        environment = {**os.environ, "MARKAZ_HOME": str(self._home.root)}
        try:
            done = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                timeout=MAKE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"it took longer than {MAKE_TIMEOUT_S:.0f} s") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise OSError(said[-1] if said else f"the program ended with {done.returncode}")

    def _fault(self, name: str, text: str) -> None:
        if text and self._faults.get(name) != text:
            log.error("%s", text)
        self._faults[name] = text

    def _run(self) -> None:
        os.nice(10)  # of this thread alone (nice(2)); the disk's scheduler follows it
        while not self._stop.wait(LOOK_INTERVAL_S):
            try:
                self.look()
            except Exception:
                log.exception("reports failed by a fault of ours")
                self._faults[""] = "no reports, by a fault of the program: see the log"
