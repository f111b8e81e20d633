"""Erlang's formulas: what a queue with so many agents must do on average.

Calls come at random (Poisson), take exponentially distributed times, and are served in turn. In
Erlang C callers wait for ever; in Erlang A (Palm 1946; Garnett, Mandelbaum, Reiman 2002) each
gives up after an exponentially distributed patience. The *load* is in erlangs: calls per second
times seconds per call.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Averages of a queue. ``waits`` and ``gives_up`` are shares of all callers; ``wait_s`` is the
    mean over all callers, those who gave up, too; ``occupancy`` that of the agents' time."""

    waits: float
    gives_up: float
    wait_s: float
    occupancy: float


def erlang_b(load: float, agents: int) -> float:
    """The share of calls that find all ``agents`` busy where nobody waits."""
    blocked = 1.0
    for agent in range(1, agents + 1):
        blocked = load * blocked / (agent + load * blocked)
    return blocked


def erlang_c(load: float, agents: int, handling_s: float) -> Expected:
    """Callers wait for ever. With too few agents, they do."""
    if agents <= load:
        return Expected(waits=1.0, gives_up=0.0, wait_s=inf, occupancy=1.0)
    blocked = erlang_b(load, agents)
    waits = blocked / (1 - load / agents * (1 - blocked))
    return Expected(
        waits=waits,
        gives_up=0.0,
        wait_s=waits * handling_s / (agents - load),
        occupancy=load / agents,
    )


def service_level(load: float, agents: int, handling_s: float, within_s: float) -> float:
    """Erlang C: the share of callers who are answered within so many seconds."""
    if agents <= load:
        return 0.0
    waits = erlang_c(load, agents, handling_s).waits
    return 1 - waits * exp(-(agents - load) * within_s / handling_s)


def agents_needed(load: float, handling_s: float, share: float, within_s: float) -> int:
    """Erlang C: the fewest agents with whom ``share`` of callers is answered within so many
    seconds."""
    agents = int(load) + 1
    while service_level(load, agents, handling_s, within_s) < share:
        agents += 1
    return agents


def erlang_a(load: float, agents: int, handling_s: float, patience_s: float) -> Expected:
    """Callers give up. The states of the queue are summed until the rest does not count."""
    calls_per_s = load / handling_s
    weight, total, waiting, in_queue, busy = 1.0, 1.0, 0.0, 0.0, 0.0
    present = 0
    while True:
        present += 1
        before = present - 1 - agents  # in the queue, besides the one who comes
        if before < 0:
            weight *= load / present
        else:
            weight *= calls_per_s / (agents / handling_s + (before + 1) / patience_s)
        total += weight
        busy += weight * min(present, agents)
        if present >= agents:
            waiting += weight
            in_queue += weight * (present - agents)
            if weight < _NEGLIGIBLE * total and present > load:
                break
    length = in_queue / total
    return Expected(
        waits=waiting / total if agents else 1.0,
        gives_up=length / patience_s / calls_per_s,
        wait_s=length / calls_per_s,
        occupancy=busy / total / agents if agents else 0.0,
    )
