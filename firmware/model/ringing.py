"""Who rings when, where one call lets several telephones ring: ring groups and follow-me.

A *round* is a list of ``Turn``: when each telephone begins to ring and when it stops, counted
from the round's start. Whoever carries it out lets the next one begin at once when nobody of
those before rings any more, so that a hunt does not wait for a telephone that is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

Shuffle = Callable[[Sequence["Member"]], Sequence["Member"]]


class RingStrategy(StrEnum):
    ALL = "all"  # together, each after its delay
    HUNT = "hunt"  # one after the other
    MEMORY_HUNT = "memory_hunt"  # the first; the first and the second; and so on
    RANDOM = "random"  # one after the other, in another order each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One who may ring: an extension's number, or a number outside. ``confirms``: who answers
    there must press a key to take the call, because it may be an answering machine."""

    number: str
    delay_s: float = 0.0
    confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RingGroup:
    """Telephones that ring for one number. ``turn_s`` is how long each one's turn takes in a
    hunt; in "all" it has no meaning."""

    name: str
    title: str
    members: tuple[Member, ...]
    strategy: RingStrategy
    ring_timeout_s: float
    turn_s: float
    skips_busy: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One telephone's part of a round, in seconds from its start."""

    member: Member
    begins_s: float
    ends_s: float


def turns(group: RingGroup, shuffle: Shuffle) -> tuple[Turn, ...]:
    """The round of a group, in the order of its beginnings."""
    if group.strategy is RingStrategy.ALL:
        return together(group.members, group.ring_timeout_s)
    members = group.members
    if group.strategy is RingStrategy.RANDOM:
        members = tuple(shuffle(members))
    keeps_ringing = group.strategy is RingStrategy.MEMORY_HUNT
    last_s = len(members) * group.turn_s
    return tuple(
        Turn(
            member,
            index * group.turn_s,
            last_s if keeps_ringing else (index + 1) * group.turn_s,
        )
        for index, member in enumerate(members)
    )


def together(members: Sequence[Member], timeout_s: float) -> tuple[Turn, ...]:
    """Everybody from their delay until ``timeout_s``; those whose delay is longer never ring."""
    ringing = [Turn(m, m.delay_s, timeout_s) for m in members if m.delay_s < timeout_s]
    return tuple(sorted(ringing, key=lambda turn: turn.begins_s))
