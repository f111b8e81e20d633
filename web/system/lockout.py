"""Back-off after wrong passwords and codes, per account and per address.

The first few failures cost nothing; after them every failure doubles the wait, up to five
minutes. An address from which the account was signed in to before has a count of its own, so
that a stranger's guesses never keep the owner out at the owner's desk. Accounts that do not
exist are counted like those that do. Kept on disk beside the sessions, so that a restart forgives
nobody; what the disk refuses is still kept in memory.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FREE_PER_ACCOUNT = 4
FREE_PER_ADDRESS = 12
"""Larger: several people may share one address, and each may mistype."""

LONGEST_WAIT_S = 300.0
FORGET_S = 3600.0
MOST_RECORDS = 10_000
"""Strangers choose the names: the oldest are forgotten beyond this many."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lockout (
    key TEXT PRIMARY KEY, free INTEGER NOT NULL, failures INTEGER NOT NULL,
    last_at REAL NOT NULL, open_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_address (
    account TEXT NOT NULL, address TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
"""


@dataclass(slots=True)
class _Record:
    free: int
    failures: int = 0
    last_at: float = 0.0
    open_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held back now: an account ("" for all of them) and an address ("*" for all that
    are not the account's own). ``wait_s`` in seconds from now."""

    key: str
    account: str
    address: str
    failures: int
    wait_s: float


class Lockout:
    """Failures so far. Safe to use from any thread. Times are the clock's on the wall, for they
    outlive a restart; a clock that is set back lengthens no wait beyond ``LONGEST_WAIT_S``."""

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._db.executescript(_SCHEMA)
        self._load()

    def wait_s(self, account: str, address: str) -> float:
        """Seconds until ``account`` may be tried again from ``address``; 0 when it may now."""
        now = self._clock()
        with self._lock:
            records = [self._records.get(key) for key in self._keys(account, address)]
        return max([0.0, *(_wait_s(record, now) for record in records if record)])

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        now = self._clock()
        with self._lock:
            by_account, by_address = self._keys(account, address)
            self._count(by_account, FREE_PER_ACCOUNT, now)
            self._count(by_address, FREE_PER_ADDRESS, now)
            while len(self._records) > MOST_RECORDS:
                self._forget(next(iter(self._records)))

    def succeeded(self, account: str, address: str) -> None:
        """Forget the account's failures here, and know the address from now on. The address
        keeps its count: who owns one account could otherwise go on guessing at others."""
        with self._lock:
            self._forget(self._keys(account, address)[0])
            self._known[(account, address)] = None
            self._known.move_to_end((account, address))
            self._write(
                "INSERT OR REPLACE INTO known_address VALUES (?, ?, ?)",
                *(account, address, self._clock()),
            )
            while len(self._known) > MOST_RECORDS:
                oldest, _ = self._known.popitem(last=False)
                self._write("DELETE FROM known_address WHERE account = ? AND address = ?", *oldest)

    def held(self) -> list[Held]:
        """What is held back now, the longest wait first."""
        now = self._clock()
        with self._lock:
            waiting = [
                _held(key, record, now)
                for key, record in self._records.items()
                if _wait_s(record, now) > 0
            ]
        return sorted(waiting, key=lambda one: -one.wait_s)

    def lift(self, key: str) -> None:
        """Forget the failures of something that is held back; one nobody knows is no error."""
        with self._lock:
            self._forget(key)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _keys(self, account: str, address: str) -> tuple[str, str]:
        known = (account, address) in self._known
        return f"account {account} {address if known else '*'}", f"address {address}"

    def _count(self, key: str, free: int, now: float) -> None:
        record = self._records.get(key)
        if record is None or now - record.last_at > FORGET_S:
            record = self._records[key] = _Record(free=free)
        record.failures += 1
        record.last_at = now
        beyond = record.failures - record.free
        if beyond > 0:
            record.open_at = now + min(LONGEST_WAIT_S, 2.0 ** min(beyond, 16))
        self._records.move_to_end(key)
        self._write(
            "INSERT OR REPLACE INTO lockout VALUES (?, ?, ?, ?, ?)",
            *(key, record.free, record.failures, record.last_at, record.open_at),
        )

    def _forget(self, key: str) -> None:
        if self._records.pop(key, None) is not None:
            self._write("DELETE FROM lockout WHERE key = ?", key)

    def _write(self, statement: str, *values: str | float) -> None:
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk closes no page
            # Names come as a browser sent them: half a surrogate pair is no text for SQLite.
            plain = [
                v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values
            ]
            self._db.execute(statement, plain)

    def _load(self) -> None:
        now = self._clock()
        self._write("DELETE FROM lockout WHERE last_at < ?", now - FORGET_S)
        for key, *rest in self._db.execute(
            "SELECT key, free, failures, last_at, open_at FROM lockout ORDER BY last_at"
        ):
            self._records[key] = _Record(*rest)
        for account, address in self._db.execute(
            "SELECT account, address FROM known_address ORDER BY at"
        ):
            self._known[(account, address)] = None


def _wait_s(record: _Record, now: float) -> float:
    return min(LONGEST_WAIT_S, record.open_at - now)


def _held(key: str, record: _Record, now: float) -> Held:
    kind, _, rest = key.partition(" ")
    account, _, address = rest.rpartition(" ") if kind == "account" else ("", "", rest)
    return Held(
        key=key,
        account=account,
        address=address,
        failures=record.failures,
        wait_s=_wait_s(record, now),
    )
