"""Admission control: how many calls, and how many new ones a second, the exchange takes on.

Overload does not degrade by itself (60 calls a second collapsed a prototype that carried 30),
so what is too much is refused at once with 503 and Retry-After.
"""

from __future__ import annotations

CALLS_PER_S = 25.0
BURST = 50.0


class Admission:
    """A limit on calls and a token bucket on arrivals. ``now`` is any steady clock, seconds."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._tokens = BURST
        self._at: float | None = None

    def admits(self, calls: int, now: float) -> bool:
        """Whether one more call may begin while ``calls`` live."""
        if self._at is not None:
            self._tokens = min(BURST, self._tokens + max(0.0, now - self._at) * CALLS_PER_S)
        self._at = now
        if calls >= self.limit or self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
