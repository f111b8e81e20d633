"""Kamailio's SQLite files as we write them: Debian's tables, one writer, readers undisturbed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = Path("/usr/share/kamailio/db_sqlite")
"""Debian's table definitions, of the same version as Debian's Kamailio."""

LOCK_WAIT_S = 10.0


def create(path: Path, *tables: str) -> None:
    """Create a database with Debian's tables ("usrloc", "htable") if it has none yet."""
    with writing(path) as connection:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'version'").fetchone():
            return
        for name in ("standard", *tables):
            for statement in _statements((SCHEMA / f"{name}-create.sql").read_text()):
                connection.execute(statement)


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One write transaction, readable by the box's user alone."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: ``executescript`` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
