"""Runs a day through the ACD engine under a configuration."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from firmware.model import acd
from firmware.simulate.figures import Account, Figures
from firmware.simulate.people import PROMPT, Arrival, Habits, Stream, arrivals, dice_of
from firmware.simulate.replay import Day
from firmware.simulate.world import World

Rules = tuple[Mapping[str, acd.QueueRule], Mapping[str, acd.AgentRule]]


class UnknownQueue(ValueError):
    """Callers come for a queue that the configuration does not have."""


def synthetic(
    rules: Rules,
    streams: Sequence[Stream],
    *,
    hours: float,
    habits: Habits = PROMPT,
    threshold_s: float = 20.0,
    seed: int = 1,
) -> Figures:
    """A day made of dice. All agents are there from its beginning.

    Raises:
        UnknownQueue: a stream names none of the queues.
    """
    dice = dice_of(seed)
    names = {stream.queue for stream in streams}
    come = arrivals(streams, hours * 3600.0, dice_of(dice.random()))
    everybody = dict.fromkeys(agent for rule in rules[0].values() for agent in rule.members)
    shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in everybody]
    return _run(rules, names, (come, shifts), habits, (threshold_s, dice))


def replayed(rules: Rules, day: Day, *, threshold_s: float = 20.0, seed: int = 1) -> Figures:
    """A recorded day under these rules. Agents the rules do not know stay away; if no agent's
    coming was recorded, all are there.

    Raises:
        UnknownQueue: callers came for none of the queues.
    """
    names = {arrival.joined.queue for arrival in day.arrivals}
    shifts = list(day.shifts)
    if not shifts:
        everybody = dict.fromkeys(agent for rule in rules[0].values() for agent in rule.members)
        shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in everybody]
    return _run(rules, names, (day.arrivals, shifts), day.habits, (threshold_s, dice_of(seed)))


def _run(
    rules: Rules,
    names: Iterable[str],
    people: tuple[Iterable[Arrival], Sequence[tuple[float, acd.Event]]],
    habits: Habits,
    counted: tuple[float, random.Random],
) -> Figures:
    if unknown := sorted(set(names) - set(rules[0])):
        raise UnknownQueue(
            f"callers come for {', '.join(unknown)}; the configuration has the queues "
            f"{', '.join(sorted(rules[0])) or '(none)'}"
        )
    threshold_s, dice = counted
    account = Account(threshold_s)
    engine = acd.Acd(rules[0], rules[1], dice=dice_of(dice.random()), tells_states=True)
    world = World(engine, account, habits=habits, dice=dice)
    with unhurried_collector():
        ended_at = world.run(*people)
    return account.figures(ended_at)


@contextmanager
def unhurried_collector() -> Iterator[None]:
    """The loop makes many objects and no cycles that last: looking for them costs a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
