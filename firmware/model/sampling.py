"""A fair sample of calls: as many of each agent as of any other, each of an agent's calls as likely
as any other, and anybody can draw it again.

A call's lot is the SHA-256 of the seed, a colon and the call's id; the lowest lots of each agent
are drawn. The lots do not depend on the order of the calls nor on what else there was: a call that
is gone by the time somebody checks changes no other's lot.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A call that may be drawn, and whose it is."""

    call_id: str
    agent: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One drawn call. ``lot`` is hexadecimal; ``among`` is how many calls its agent had."""

    candidate: Candidate
    lot: str
    among: int


def lot(seed: str, call_id: str) -> str:
    """A call's lot: 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{call_id}".encode()).hexdigest()


def draw(candidates: Iterable[Candidate], *, seed: str, each: int) -> tuple[Drawn, ...]:
    """``each`` calls of every agent, all of theirs where there are fewer; by agent, then by lot."""
    of_agent: dict[str, dict[str, Candidate]] = defaultdict(dict)
    for one in candidates:
        of_agent[one.agent][lot(seed, one.call_id)] = one
    return tuple(
        Drawn(candidate=lots[number], lot=number, among=len(lots))
        for _agent, lots in sorted(of_agent.items())
        for number in sorted(lots)[:each]
    )
