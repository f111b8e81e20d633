"""Sessions of the console: who is signed in, from where, until when.

The cookie carries only a random token; the box keeps its SHA-256, so a copy of the file opens
nothing. Kept on disk, in a file only the console writes, so that a restarted console asks
nobody for a password again and a session that was ended stays ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IDLE_S = 8 * 3600.0
LONGEST_S = 24 * 3600.0

_SEEN_STEP_S = 60.0
"""How stale "last seen" may be: spares a disk write at every request."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    token_hash TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    address TEXT NOT NULL,
    began_at REAL NOT NULL,
    seen_at REAL NOT NULL
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser."""

    user: str
    address: str
    began_at: float
    seen_at: float


class Sessions:
    """All sessions. Safe to use from any thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)
        self._lock = threading.Lock()
        self._clock = clock

    def begin(self, user: str, address: str) -> str:
        """Sign ``user`` in; returns the token for the cookie. Expired sessions are swept here."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._db.execute(
                "DELETE FROM session WHERE began_at < ? OR seen_at < ?",
                (now - LONGEST_S, now - IDLE_S),
            )
            self._db.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?)",
                (_hash(token), user, address, now, now),
            )
        return token

    def find(self, token: str, *, active: bool = True) -> Session | None:
        """The live session of a token. ``active`` tells that a person did something: a page
        that only listens does not keep itself signed in for ever."""
        now = self._clock()
        with self._lock:
            row = self._db.execute(
                "SELECT user, address, began_at, seen_at FROM session WHERE token_hash = ?",
                (_hash(token),),
            ).fetchone()
            if row is None:
                return None
            session = Session(user=row[0], address=row[1], began_at=row[2], seen_at=row[3])
            if now - session.began_at > LONGEST_S or now - session.seen_at > IDLE_S:
                return None
            if active and now - session.seen_at > _SEEN_STEP_S:
                with contextlib.suppress(sqlite3.OperationalError):  # a full disk closes no page
                    self._db.execute(
                        "UPDATE session SET seen_at = ? WHERE token_hash = ?", (now, _hash(token))
                    )
        return session

    def end(self, token: str) -> None:
        """Sign out; a token nobody knows is no error."""
        with self._lock:
            self._db.execute("DELETE FROM session WHERE token_hash = ?", (_hash(token),))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
