"""Copies on the disk of databases in memory: made once a minute, read when the memory is empty.

A thread of its own makes them. A disk may stand still for seconds, and meanwhile telephones
register, lamps change, and it is seen that the internet is gone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from firmware.edge.database import LOCK_WAIT_S

log = logging.getLogger(__name__)

COPY_EVERY_S = 60.0
"""How much of the registrations a power cut may take; telephones register again anyway."""

_LOG_SUFFIXES = ("-wal", "-shm")


class Copies:
    """The copies of one box, by database. ``begin`` starts the thread, if there is to be one."""

    def __init__(self, copied: Mapping[Path, Path]) -> None:
        self._copies = [Copy(*one) for one in copied.items()]
        self._refused = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="copies", daemon=True)

    @property
    def refused(self) -> str:
        """Why what changed is in memory alone; "" when it is on the disk, as far as is known."""
        return self._refused

    def begin(self) -> None:
        """Make them once a minute from now on."""
        self._thread.start()

    def close(self) -> None:
        """Make them a last time."""
        self._closing.set()
        if self._thread.ident is None:
            self._end()
        else:
            self._thread.join()

    def make(self) -> None:
        """Copy what changed. What the disk refuses is tried again the next time."""
        refused = ""
        for copy in self._copies:
            try:
                copy.keep()
            except (OSError, sqlite3.Error) as error:
                refused = refused or str(error)
        if refused and not self._refused:
            log.warning("registrations are kept in memory alone: %s", refused)
        elif self._refused and not refused:
            log.info("registrations are on the disk again")
        self._refused = refused

    def _run(self) -> None:
        while not self._closing.wait(COPY_EVERY_S):
            self.make()
        self._end()

    def _end(self) -> None:
        self.make()
        for copy in self._copies:
            copy.close()


class Copy:
    """The copy of one database. ``database`` need not exist yet."""

    def __init__(self, database: Path, copy: Path) -> None:
        self._database = database
        self._copy = copy
        self._connection: sqlite3.Connection | None = None
        self._copied = -1  # the database's version that is on the disk

    def keep(self) -> None:
        """Bring what Kamailio wrote from the write-ahead log into the database, which it leaves to
        us, and copy the database if it changed. A failure leaves the last copy as it was.

        Raises:
            OSError: the disk is full, or refuses.
            sqlite3.Error: the database is broken.
        """
        if self._connection is None:
            if not self._database.exists():
                return
            self._connection = sqlite3.connect(self._database, timeout=LOCK_WAIT_S)
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        # Changes with every commit of another connection, and this one makes none.
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._copied:
            _replace(self._copy, self._connection.serialize())
            self._copied = version

    def close(self) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def restore(copy: Path, database: Path) -> None:
    """Have the database in memory as it was copied, unless it is there or there is no copy.
    Launcher and keeper start at once and both ask for it: it comes whole, and only once.

    Raises:
        OSError: the copy cannot be read, or the memory is full.
    """
    if database.exists() or not copy.exists():
        return
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        new = Path(folder) / database.name
        shutil.copy(copy, new)
        with contextlib.suppress(FileExistsError):
            os.link(new, database)


def _replace(copy: Path, content: bytes) -> None:
    new = copy.with_suffix(".new")
    try:
        with new.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Releases that had the database itself on the disk left its log there in a power cut.
        for suffix in _LOG_SUFFIXES:
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        new.replace(copy)
    except OSError:
        new.unlink(missing_ok=True)  # half of it would only take room
        raise
