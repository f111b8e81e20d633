"""How simulated callers and agents behave: who comes when, how long they talk, wait and ring."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import count
from math import inf, log

from firmware.model import acd

Draw = Callable[[], float]
"""A length of time in seconds, drawn anew at each call."""

HOUR_S = 3600.0


def dice_of(seed: float) -> random.Random:
    """Dice that fall alike for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing secret


@dataclass(slots=True)
class Arrival:
    """One caller. Times are seconds: ``at`` since the day began, ``talk_s`` if an agent takes the
    call, ``patience_s`` until they hang up if not (infinite: never)."""

    at: float
    joined: acd.CallerJoined
    talk_s: float
    patience_s: float = inf
    takes_callback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Callers of one queue who come at random. ``calls_per_hour`` has one number for each hour of
    the day; the last goes on. Lengths are means of exponential distributions; ``talk_spread``
    makes the talks log-normal with that coefficient of variation instead."""

    queue: str
    calls_per_hour: Sequence[float]
    talk_s: float
    patience_s: float = inf
    talk_spread: float | None = None
    takes_callback: float = 0.0  # share of callers, of those who are offered one
    language: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How agents behave. Means of exponential distributions in seconds; ``misses`` is the share of
    offers they let ring. ``wrap_up_s`` is used by queues whose wrap-up lasts until done."""

    answer_s: float = 0.0
    misses: float = 0.0
    wrap_up_s: float = 30.0
    reached: float = 1.0  # share of callbacks that the caller answers


PROMPT = Habits()
"""Agents who answer at once."""


def lengths(mean_s: float, dice: random.Random) -> Draw:
    """Exponentially distributed; ``inf`` and 0 are what they are."""
    if mean_s in (0.0, inf):
        return lambda: mean_s
    uniform = dice.random
    return lambda: -mean_s * log(1.0 - uniform())


def spread(mean_s: float, variation: float, dice: random.Random) -> Draw:
    """Log-normally distributed, with the coefficient of variation."""
    sigma_squared = log(1.0 + variation * variation)
    mu, sigma = log(mean_s) - sigma_squared / 2, sigma_squared**0.5
    return lambda: dice.lognormvariate(mu, sigma)


def arrivals(streams: Iterable[Stream], day_s: float, dice: random.Random) -> Iterator[Arrival]:
    """The callers of all ``streams``, in the order they come, until ``day_s``."""
    numbers = count(1)
    each = [_arrivals(stream, day_s, dice_of(dice.random()), numbers) for stream in streams]
    return each[0] if len(each) == 1 else merge(*each, key=lambda arrival: arrival.at)


def _arrivals(
    stream: Stream, day_s: float, dice: random.Random, numbers: Iterator[int]
) -> Iterator[Arrival]:
    talk = (
        lengths(stream.talk_s, dice)
        if stream.talk_spread is None
        else spread(stream.talk_s, stream.talk_spread, dice)
    )
    patience = lengths(stream.patience_s, dice)
    queue, language, priority = stream.queue, stream.language, stream.priority
    chance = stream.takes_callback
    for at in _moments(stream.calls_per_hour, day_s, dice):
        call = f"c{next(numbers)}"
        joined = acd.CallerJoined(queue, call, "", priority, language)
        yield Arrival(at, joined, talk(), patience(), bool(chance) and dice.random() < chance)


def _moments(calls_per_hour: Sequence[float], day_s: float, dice: random.Random) -> Iterator[float]:
    """A Poisson process whose rate changes at each full hour: what is left of a gap goes on at the
    new rate."""
    hour, at, last = 0, 0.0, len(calls_per_hour) - 1
    uniform = dice.random
    while True:
        gap = -log(1.0 - uniform())  # in mean gaps
        while True:
            rate = calls_per_hour[min(hour, last)] / HOUR_S
            hour_ends = (hour + 1) * HOUR_S if hour < last else inf
            if rate > 0 and at + gap / rate <= hour_ends:
                at += gap / rate
                break
            if hour_ends >= day_s:
                return
            gap -= (hour_ends - at) * rate
            at, hour = hour_ends, hour + 1
        if at >= day_s:
            return
        yield at
