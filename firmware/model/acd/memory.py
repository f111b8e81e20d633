"""What the ACD remembers of callers who are gone: kept places, unreturned calls, last agents.

Callers are known by their number; a hidden one leaves nothing behind. All three are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

MOST_CALLERS = 20_000
"""Of whom the last agent, or an unreturned call, is remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The place of a caller who hung up."""

    call: str
    since: float
    rank: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Calls of one caller that nobody took or returned."""

    caller: str
    queue: str  # of the last one
    count: int
    first_at: float
    last_at: float


@dataclass(slots=True)
class Memory:
    """Of all queues."""

    places: dict[tuple[str, str], Kept] = field(default_factory=dict)  # by queue and caller
    missed: dict[str, Missed] = field(default_factory=dict)
    last_agents: dict[str, str] = field(default_factory=dict)

    def keep(self, queue: str, caller: str, kept: Kept) -> None:
        """Keep a place for when ``caller`` calls again."""
        self.places.pop((queue, caller), None)
        self.places[queue, caller] = kept

    def regain(self, queue: str, caller: str, now: float) -> Kept | None:
        """The place that was kept, if it still is. Asking gives it away."""
        self._forget_places(now)
        kept = self.places.pop((queue, caller), None)
        return kept if kept is not None and kept.until >= now else None

    def _forget_places(self, now: float) -> None:
        """From the oldest on: with one ``resume_s`` they end in the order they were kept."""
        for key in list(islice(self.places, 8)):
            if self.places[key].until >= now and len(self.places) <= MOST_CALLERS:
                return
            del self.places[key]

    def miss(self, caller: str, queue: str, now: float) -> None:
        """Nobody talked with ``caller``."""
        before = self.missed.pop(caller, None)
        new = Missed(caller=caller, queue=queue, count=1, first_at=now, last_at=now)
        if before is not None:
            new = replace(new, count=before.count + 1, first_at=before.first_at)
        self.missed[caller] = new
        _bound(self.missed)

    def reach(self, caller: str) -> bool:
        """Somebody talks with ``caller``; whether a call of theirs was unreturned."""
        return self.missed.pop(caller, None) is not None

    def talked(self, caller: str, agent: str) -> None:
        """``caller`` talks with ``agent``, whom they may prefer next time."""
        self.last_agents.pop(caller, None)
        self.last_agents[caller] = agent
        _bound(self.last_agents)


def _bound(known: dict[str, T]) -> None:
    if len(known) > MOST_CALLERS:
        del known[next(iter(known))]
