"""One way to open a SQLite file of ours: private, write-ahead logged, brought up to date.

The tables are built by numbered steps (``migrations/0001_*.sql``, …); ``PRAGMA user_version``
is the number of the last step taken. Each step is one transaction, so a crash leaves the file
at a step's edge, and two processes that open it at once take each step once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from sqlite_utils import Database

BUSY_TIMEOUT_S = 5.0
"""How long a statement waits for another process's transaction."""

ASKED_AGAIN_S = 0.01
"""The pause before a lock is asked for again that SQLite itself does not wait for."""


class NewerDatabase(RuntimeError):
    """The file was written by a newer release of the box than this one."""


def steps_of(package: str) -> tuple[str, ...]:
    """The SQL of every numbered step in a package of migrations, in order."""
    files = [f for f in resources.files(package).iterdir() if f.name.endswith(".sql")]
    return tuple(f.read_text("utf-8") for f in sorted(files, key=lambda f: f.name))


def open_file(
    path: Path, steps: Sequence[str], *, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Database:
    """Open, create if it is not there (readable by the box's user alone), and migrate.

    Transactions are ours to begin (see ``writing``). The connection belongs to the thread that
    opened it.

    Raises:
        NewerDatabase: the file is from a newer release.
        sqlite3.Error: it is damaged, locked for longer than ``busy_timeout_s``, or unreachable.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SQLite gives its -wal and -shm files the mode of the database, so this covers all three.
    # Only what is not there is touched: to close a file takes away every lock that this whole
    # process has on it (fcntl(2)), also of SQLite's other connections; then another process that
    # closes its connection takes itself for the last, removes the log that is being written to,
    # and what is committed after that is lost.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        _log_ahead(connection, busy_timeout_s)
        # FULL: a commit has reached the disk when it returns. What is committed here is a bill,
        # a recording whose raw files are deleted next, or the configuration: none may be lost
        # to a power cut. (NORMAL would sync only at checkpoints.)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        database = Database(connection)
        migrate(database, steps, str(path))
    except BaseException:
        connection.close()
        raise
    return database


def _log_ahead(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Give the file a write-ahead log, if it has none yet.

    SQLite does not wait (its busy handler is not asked) for another connection that is about to
    write or to do the same at this moment, as when all programs of a new box start at once: two
    that wait for each other would never end. So this asks again, which lets go of its lock.
    """
    deadline = time.monotonic() + busy_timeout_s
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(ASKED_AGAIN_S)


def migrate(db: Database, steps: Sequence[str], name: str) -> None:
    """Take the steps the file has not taken yet. Harmless to repeat.

    Raises:
        NewerDatabase: the file has taken more steps than there are.
    """
    while (version := _version(db)) < len(steps):
        with writing(db):
            if _version(db) == version:  # another process may have been quicker
                for statement in _statements(steps[version]):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={version + 1:d}")
    if version > len(steps):
        raise NewerDatabase(
            f"{name} is at version {version}, and this release knows only {len(steps)}: "
            f"it was written by a newer release; install that release again, or restore a backup"
        )


@contextlib.contextmanager
def writing(db: Database) -> Iterator[None]:
    """A transaction that holds the right to write from its start, so that what it reads
    stays true until it commits. Undone as a whole when anything is raised."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A full disk may already have ended the transaction; then there is nothing to undo.
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of a script. ``executescript`` would commit before the first of them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError(f"a migration ends within a statement: {statement.strip()[:60]}")
