"""Sessions of the console: who is signed in, from where, with what, until when.

The cookie carries only a random token; the box keeps its SHA-256, so a copy of the file opens
nothing. Kept on disk, in a file only the console writes, so that a restarted console asks
nobody for a password again and a session that was ended stays ended.

A session begins *half* where a second factor is wanted: it opens nothing but the page that asks
for the code, and another takes its place when the code was right.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IDLE_S = 8 * 3600.0
LONGEST_S = 24 * 3600.0
HALF_S = 300.0
"""How long the second factor may be looked for."""

_SEEN_STEP_S = 60.0
"""How stale "last seen" may be: spares a disk write at every request."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signed_in (
    token_hash TEXT PRIMARY KEY,
    ident TEXT NOT NULL UNIQUE,
    user TEXT NOT NULL,
    generation INTEGER NOT NULL,
    half INTEGER NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    began_at REAL NOT NULL,
    seen_at REAL NOT NULL,
    seen_from TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""

_PROVEN_SCHEMA = """
CREATE TABLE IF NOT EXISTS proven (
    token_hash TEXT PRIMARY KEY,
    at REAL NOT NULL
) STRICT, WITHOUT ROWID
"""
"""When somebody last said their password again within a session."""

_COLUMNS = "ident, user, generation, half, address, browser, began_at, seen_at, seen_from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser. ``ident`` names it in lists and opens nothing; ``browser`` is what
    ``web.system.browser`` made of its header; ``seen_from`` the address it was last seen at."""

    ident: str
    user: str
    generation: int
    half: bool
    address: str
    browser: str
    began_at: float
    seen_at: float
    seen_from: str


class Sessions:
    """All sessions. Safe to use from any thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("DROP TABLE IF EXISTS session")  # of a console before generations
        self._db.execute(_SCHEMA)
        self._db.execute(_PROVEN_SCHEMA)
        self._lock = threading.Lock()
        self._clock = clock

    def begin(
        self,
        user: str,
        address: str,
        *,
        generation: int = 0,
        browser: str = "",
        half: bool = False,
    ) -> str:
        """Sign ``user`` in; returns the token for the cookie. Expired sessions are swept here."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._db.execute(
                "DELETE FROM signed_in WHERE began_at < ? OR seen_at < ?",
                (now - LONGEST_S, now - IDLE_S),
            )
            self._db.execute("DELETE FROM proven WHERE at < ?", (now - LONGEST_S,))
            self._db.execute(
                f"INSERT INTO signed_in (token_hash, {_COLUMNS}) "  # noqa: S608 - our own names
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(_hash(token), secrets.token_hex(8), user, generation, int(half)),
                    *(address, browser, now, now, address),
                ),
            )
        return token

    def find(self, token: str, *, active: bool = True, address: str = "") -> Session | None:
        """The live session of a token. ``active`` tells that a person did something: a page
        that only listens does not keep itself signed in for ever."""
        now = self._clock()
        with self._lock:
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM signed_in WHERE token_hash = ?",  # noqa: S608 - ours
                (_hash(token),),
            ).fetchone()
            session = _session(row) if row else None
            if session is None or not _is_live(session, now):
                return None
            moved = bool(address) and address != session.seen_from
            if active and (moved or now - session.seen_at > _SEEN_STEP_S):
                with contextlib.suppress(sqlite3.OperationalError):  # a full disk closes no page
                    self._db.execute(
                        "UPDATE signed_in SET seen_at = ?, seen_from = ? WHERE token_hash = ?",
                        (now, address or session.seen_from, _hash(token)),
                    )
        return session

    def prove(self, token: str) -> None:
        """Their password was said again just now."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO proven VALUES (?, ?)", (_hash(token), self._clock())
            )

    def proven_s_ago(self, token: str) -> float:
        """Seconds since they last proved who they are, by signing in or again since; infinite for
        no session. Negative after the clock was set back: then nobody knows."""
        with self._lock:
            row = self._db.execute(
                "SELECT max(began_at, coalesce(at, 0)) FROM signed_in "
                "LEFT JOIN proven USING (token_hash) WHERE token_hash = ?",
                (_hash(token),),
            ).fetchone()
        return self._clock() - float(row[0]) if row else math.inf

    def of_user(self, user: str) -> list[Session]:
        """Their live sessions, the last seen first."""
        now = self._clock()
        with self._lock:
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM signed_in "  # noqa: S608 - our own names
                "WHERE user = ? AND half = 0 ORDER BY seen_at DESC, ident",
                (user,),
            ).fetchall()
        return [one for one in map(_session, rows) if _is_live(one, now)]

    def end(self, token: str) -> None:
        """Sign out; a token nobody knows is no error."""
        with self._lock:
            self._db.execute("DELETE FROM signed_in WHERE token_hash = ?", (_hash(token),))

    def end_one(self, user: str, ident: str) -> bool:
        """End one of a user's sessions; whether there was one."""
        with self._lock:
            return (
                self._db.execute(
                    "DELETE FROM signed_in WHERE user = ? AND ident = ?", (user, ident)
                ).rowcount
                > 0
            )

    def end_all(self, user: str, *, but: str = "") -> int:
        """End a user's sessions, ``but`` the one of this ident; how many there were."""
        with self._lock:
            return self._db.execute(
                "DELETE FROM signed_in WHERE user = ? AND ident != ?", (user, but)
            ).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _session(row: tuple[str, str, int, int, str, str, float, float, str]) -> Session:
    ident, user, generation, half, address, browser, began_at, seen_at, seen_from = row
    return Session(
        ident=ident,
        user=user,
        generation=generation,
        half=bool(half),
        address=address,
        browser=browser,
        began_at=began_at,
        seen_at=seen_at,
        seen_from=seen_from,
    )


def _is_live(session: Session, now: float) -> bool:
    if session.half and now - session.began_at > HALF_S:
        return False
    return now - session.began_at <= LONGEST_S and now - session.seen_at <= IDLE_S


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
