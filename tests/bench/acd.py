"""How many calls a second of one core the ACD engine simulates.

``python -m tests.bench.acd [CALLS]`` lets days of random callers pass, by strategy and size, and
prints calls per second as a table. Agents answer at once; every call joins, is offered, accepted,
talks, wraps up, and some give up.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from math import inf

from firmware.model import acd
from firmware.simulate.figures import Account
from firmware.simulate.people import Stream, arrivals, dice_of
from firmware.simulate.run import unhurried_collector
from firmware.simulate.world import World

_TALK_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table. ``load`` is for each agent."""

    name: str
    agents: int = 30
    load: float = 0.9
    patience_s: float = inf
    wrap_up_s: float = 0.0
    strategy: str = "longest_idle"
    queues: int = 1
    tells_states: bool = False


CASES = (
    Case(name="30 agents"),
    Case(name="30 agents, wrap-up", wrap_up_s=10.0, load=0.85),
    Case(name="30 agents, patience", patience_s=120.0, load=1.0),
    Case(name="30 agents, states told", tells_states=True),
    Case(name="5 agents", agents=5, load=0.8),
    Case(name="300 agents", agents=300, load=0.95),
    Case(name="30 agents in 5 queues", queues=5),
    *(
        Case(name=f"30 agents, {strategy}", strategy=strategy)
        for strategy in ("round_robin", "fewest_calls", "random", "skills", "ring_all")
    ),
)


def simulate(case: Case, calls: int) -> tuple[float, float]:
    """Calls per second of wall clock, and of processor time."""
    members = tuple(str(1000 + number) for number in range(case.agents))
    rules = {
        name: acd.QueueRule(
            name=name,
            members=members,
            strategy=case.strategy,
            wrap_up_s=case.wrap_up_s,
            max_wait_s=inf,
            max_length=10**9,
        )
        for name in (f"q{number}" for number in range(case.queues))
    }
    engine = acd.Acd(rules, tells_states=case.tells_states)
    per_hour = case.load * case.agents / (_TALK_S + case.wrap_up_s) * 3600 / case.queues
    streams = [
        Stream(queue=name, calls_per_hour=(per_hour,), talk_s=_TALK_S, patience_s=case.patience_s)
        for name in rules
    ]
    account, dice = Account(), dice_of(1)
    people = arrivals(streams, calls / per_hour / case.queues * 3600, dice)
    world = World(engine, account, dice=dice)
    shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in members]
    with unhurried_collector():
        wall, cpu = time.perf_counter(), time.process_time()
        world.run(people, shifts)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done = sum(queue.offered for queue in account.queues.values())
    return done / wall, done / cpu


def main() -> None:
    """Simulate, print."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(f"{'calls per second':32} {'of wall clock':>14} {'of processor':>14}")
    for case in CASES:
        wall, cpu = simulate(case, calls)
        print(f"{case.name:32} {wall:14,.0f} {cpu:14,.0f}")


if __name__ == "__main__":
    main()
