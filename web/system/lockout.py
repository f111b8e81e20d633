"""Back-off after wrong passwords, per account and per address.

The first few failures cost nothing; after them every failure doubles the wait, up to five
minutes. An address from which the account was signed in to before has a count of its own, so
that a stranger's guesses never keep the owner out at the owner's desk. Accounts that do not
exist are counted like those that do. Kept in memory: a restart forgives.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_PER_ACCOUNT = 4
FREE_PER_ADDRESS = 12
"""Larger: several people may share one address, and each may mistype."""

LONGEST_WAIT_S = 300.0
FORGET_S = 3600.0
MOST_RECORDS = 10_000
"""Strangers choose the names: the oldest are forgotten beyond this many."""


@dataclass(slots=True)
class _Record:
    free: int
    failures: int = 0
    last_at: float = 0.0
    open_at: float = 0.0


class Lockout:
    """Failures so far. Safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, account: str, address: str) -> float:
        """Seconds until ``account`` may be tried again from ``address``; 0 when it may now."""
        now = self._clock()
        with self._lock:
            records = [self._records.get(key) for key in self._keys(account, address)]
        return max([0.0, *(record.open_at - now for record in records if record)])

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        now = self._clock()
        with self._lock:
            by_account, by_address = self._keys(account, address)
            self._count(by_account, FREE_PER_ACCOUNT, now)
            self._count(by_address, FREE_PER_ADDRESS, now)
            while len(self._records) > MOST_RECORDS:
                self._records.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the account's failures here, and know the address from now on. The address
        keeps its count: who owns one account could otherwise go on guessing at others."""
        with self._lock:
            self._records.pop(self._keys(account, address)[0], None)
            self._known[(account, address)] = None
            self._known.move_to_end((account, address))
            while len(self._known) > MOST_RECORDS:
                self._known.popitem(last=False)

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
