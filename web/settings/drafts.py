"""Drafts: what each user of the console has changed and not applied yet, kept on the box's disk.

A draft is the whole text and the version it was made of. It holds passwords as the configuration
does, so it lies beside it, readable by the box alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from firmware.config.home import Home

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pending (
    user TEXT PRIMARY KEY,
    based_on INTEGER NOT NULL,
    base TEXT NOT NULL,
    text TEXT NOT NULL,
    changes INTEGER NOT NULL,
    at REAL NOT NULL
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """``based_on`` is the version and ``base`` its text; ``changes`` is how many it has; ``at`` is
    in Unix seconds."""

    user: str
    based_on: int
    base: str
    text: str
    changes: int
    at: float


class Drafts:
    """Every user's draft. Safe to use from any thread: each call opens the file anew."""

    def __init__(self, home: Home) -> None:
        self._path: Path = home.config_db.parent / "drafts.sqlite"

    def find(self, user: str) -> Draft | None:
        """The draft of ``user``, if there is one."""
        with self._open() as db:
            row = db.execute(
                "SELECT user, based_on, base, text, changes, at FROM pending WHERE user = ?",
                (user,),
            ).fetchone()
        names = ("user", "based_on", "base", "text", "changes", "at")
        return Draft(**dict(zip(names, row, strict=True))) if row is not None else None

    def count(self, user: str) -> int:
        """How many changes wait; without the texts, as every page asks it."""
        with self._open() as db:
            row = db.execute("SELECT changes FROM pending WHERE user = ?", (user,)).fetchone()
        return int(row[0]) if row is not None else 0

    def keep(self, draft: Draft) -> None:
        """Keep it instead of the one before of its user."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?)", astuple(draft))

    def drop(self, user: str) -> None:
        """Forget it; none is no error."""
        with self._open() as db:
            db.execute("DELETE FROM pending WHERE user = ?", (user,))

    def others(self, user: str) -> tuple[str, ...]:
        """Who else has a draft."""
        with self._open() as db:
            rows = db.execute("SELECT user FROM pending WHERE user <> ? ORDER BY user", (user,))
            return tuple(str(row[0]) for row in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path, timeout=5.0)) as db, db:
            db.execute(_SCHEMA)
            yield db
