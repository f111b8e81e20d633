"""Strategies: in which order a queue's free agents are thought of for a caller.

A queue keeps its free agents sorted by (tier, rank, linear order). ``RANKS`` gives the rank, which
does not change while an agent is free. ``ORDERS`` has the strategies for which that is not the
whole story: they arrange the agents of a tier, lazily, because the first one mostly will do.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from firmware.model.acd.floor import Free, Member, Queue
from firmware.model.acd.match import score
from firmware.model.acd.rules import Need, Strategy

Order = Callable[[Queue, Sequence[Free], tuple[Need, ...], random.Random], Iterable[Member]]

_MEMBER = itemgetter(3)


def _alike(_member: Member) -> float:
    return 0.0


def _idle_since(member: Member) -> float:
    return member.agent.idle_since


RANKS: Mapping[str, Callable[[Member], float]] = {
    Strategy.RING_ALL: _alike,
    Strategy.LINEAR: _alike,
    Strategy.ROUND_ROBIN: _alike,
    Strategy.LONGEST_IDLE: _idle_since,
    Strategy.FEWEST_CALLS: lambda member: member.calls,
    Strategy.LEAST_TALK_TIME: lambda member: member.talk_s,
    Strategy.RANDOM: _alike,
    Strategy.WEIGHTED_RANDOM: _alike,
    Strategy.PROGRESSIVE: _alike,
    Strategy.SKILLS: _idle_since,
    Strategy.TIERS: _alike,
}
"""What a free agent is sorted by; the lowest comes first."""


def _next_in_turn(
    queue: Queue, free: Sequence[Free], _needs: tuple[Need, ...], _dice: random.Random
) -> Iterable[Member]:
    """From the one after whoever was offered last, once around."""
    tier = free[0][0]
    start = bisect_right(free, (tier, 0.0, queue.turn + 0.5))
    for index in range(start, start + len(free)):
        yield free[index % len(free)][3]


def _shuffled(
    _queue: Queue, free: Sequence[Free], _needs: tuple[Need, ...], dice: random.Random
) -> Iterable[Member]:
    first = dice.randrange(len(free))
    yield free[first][3]
    rest = [*free[:first], *free[first + 1 :]]
    dice.shuffle(rest)
    yield from map(_MEMBER, rest)


def _by_weight(
    _queue: Queue, free: Sequence[Free], _needs: tuple[Need, ...], dice: random.Random
) -> Iterable[Member]:
    """Drawn without putting back; who has no weight comes after all who have one."""
    left = list(map(_MEMBER, free))
    while left:
        weights = [member.weight for member in left]
        drawn = dice.choices(left, weights)[0] if any(weights) else left[0]
        left.remove(drawn)
        yield drawn


def _best(
    _queue: Queue, free: Sequence[Free], needs: tuple[Need, ...], _dice: random.Random
) -> Iterable[Member]:
    """By the sum of their weights in the skills asked for; equals stay by idle time."""
    return sorted(map(_MEMBER, free), key=lambda member: -score(member.agent, needs))


ORDERS: Mapping[str, Order] = {
    Strategy.ROUND_ROBIN: _next_in_turn,
    Strategy.RANDOM: _shuffled,
    Strategy.WEIGHTED_RANDOM: _by_weight,
    Strategy.SKILLS: _best,
}
"""How the free agents of one tier are arranged, where not by rank."""


def candidates(queue: Queue, needs: tuple[Need, ...], dice: random.Random) -> Iterator[Member]:
    """The free agents of ``queue``, the one to be offered first first. The lower tiers come first.

    The queue's free agents must not change while this is read.
    """
    free = queue.free
    arrange = ORDERS.get(queue.rule.strategy)
    if arrange is None:
        yield from map(_MEMBER, free)
        return
    while free:
        end = bisect_left(free, (free[0][0] + 1,)) if queue.has_tiers else len(free)
        yield from arrange(queue, free[:end], needs, dice)
        free = free[end:]


def breadth(queue: Queue, ringing_s: float) -> int:
    """How many agents may ring at once for a caller for whom the first began ``ringing_s`` ago."""
    rule = queue.rule
    if rule.strategy == Strategy.RING_ALL:
        return len(queue.members)
    if rule.strategy == Strategy.PROGRESSIVE:
        return rule.ring_first + rule.ring_more * int((ringing_s + 1e-6) / rule.ring_step_s)
    return 1
