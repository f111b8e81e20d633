"""Copies on the disk of databases in memory: made once a minute, read when the memory is empty."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from firmware.edge.database import LOCK_WAIT_S

_LOG_SUFFIXES = ("-wal", "-shm")


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
