"""The ACD engine proven by simulation: against Erlang's formulas, and for fairness.

Seeds are fixed; the numbers of calls are such that chance alone stays well within the bounds.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from math import inf

import pytest

from firmware.model import acd
from firmware.model.erlang import erlang_a, erlang_b, erlang_c
from firmware.simulate.figures import Account
from firmware.simulate.people import Habits, Stream, arrivals, dice_of
from firmware.simulate.run import synthetic, unhurried_collector
from firmware.simulate.world import World

TALK_S = 180.0


def members(count):
    return tuple(str(100 + number) for number in range(count))


def patient(name="q", agents=10, **changes):
    """A queue in which nothing but the callers' patience ends a wait."""
    settings = {"max_wait_s": inf, "max_length": 10**9} | changes
    return acd.QueueRule(name=name, members=members(agents), **settings)


def day(rule, load, calls, patience_s=inf, seed=1, habits=None):
    """So many calls at random; the figures of the queue and of the agents."""
    per_hour = load / TALK_S * 3600
    stream = Stream(
        queue=rule.name, calls_per_hour=(per_hour,), talk_s=TALK_S, patience_s=patience_s
    )
    figures = synthetic(
        ({rule.name: rule}, {}),
        [stream],
        hours=calls / per_hour,
        habits=habits or Habits(),
        seed=seed,
    )
    return figures.queues[0], figures.agents


# -- Erlang -------------------------------------------------------------------------------


def waits_of(rule, load, calls, seed=1, patience_s=inf):
    """Callers in the order they came, what each waited if an agent took the call, and when the
    last talk was over."""
    waited = {}

    def watch(_now, _event, actions):
        for action in actions:
            if type(action) is acd.Connect:
                waited[action.call] = action.waited_s

    per_hour = load / TALK_S * 3600
    stream = Stream(queue="q", calls_per_hour=(per_hour,), talk_s=TALK_S, patience_s=patience_s)
    people = list(arrivals([stream], calls / per_hour * 3600, dice_of(seed)))
    world = World(acd.Acd({"q": rule}), Account(), dice=dice_of(seed), watch=watch)
    shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in rule.members]
    with unhurried_collector():
        ended_at = world.run(people, shifts)
    return people, waited, ended_at


@pytest.mark.parametrize("strategy", ["longest_idle", "ring_all", "random", "linear"])
@pytest.mark.parametrize("patience_s", [inf, 60.0])
@pytest.mark.parametrize(("agents", "load"), [(1, 0.8), (10, 9.5), (50, 48.0)])
def test_every_single_wait_is_that_of_kiefer_and_wolfowitz(agents, load, patience_s, strategy):
    """Whoever is first has whoever is free first (1955), unless they have given up: exactly, call
    by call."""
    rule = patient(agents=agents, strategy=strategy)
    people, waited, _ended_at = waits_of(rule, load, calls=5000, patience_s=patience_s)
    free_at = [0.0] * agents
    for one in people:
        began = max(free_at[0], one.at)
        if began - one.at < one.patience_s:
            heapq.heapreplace(free_at, began + one.talk_s)
            assert waited.pop(one.joined.call) == began - one.at
    assert waited == {}
    assert len(people) > 4500


@pytest.mark.parametrize(("agents", "load"), [(2, 0.8), (3, 1.5)])
def test_without_patience_the_engine_is_erlang_c(agents, load):
    expected = erlang_c(load, agents, TALK_S)
    people, waited, ended_at = waits_of(patient(agents=agents), load, calls=250_000, seed=2)
    assert len(waited) == len(people)
    assert sum(waited.values()) / len(people) == pytest.approx(expected.wait_s, rel=0.02)
    waits = sum(seconds > 0 for seconds in waited.values()) / len(people)
    assert waits == pytest.approx(expected.waits, rel=0.02)
    occupancy = sum(one.talk_s for one in people) / ended_at / agents
    assert occupancy == pytest.approx(expected.occupancy, rel=0.02)


@pytest.mark.parametrize(("agents", "load", "patience_s"), [(10, 10.0, 120.0), (20, 24.0, 90.0)])
def test_with_patience_the_engine_is_erlang_a(agents, load, patience_s):
    """With the load and the patience that the dice made of those that were ordered: so chance stays
    small."""
    rule = patient(agents=agents)
    people, waited, ended_at = waits_of(rule, load, 100_000, seed=3, patience_s=patience_s)
    talk_s = sum(one.talk_s for one in people) / len(people)
    had = talk_s * len(people) / ended_at
    patience = sum(one.patience_s for one in people) / len(people)
    expected = erlang_a(had, agents, talk_s, patience)
    gave_up = [one for one in people if one.joined.call not in waited]
    assert len(gave_up) / len(people) == pytest.approx(expected.gives_up, rel=0.02)
    all_waits_s = sum(waited.values()) + sum(one.patience_s for one in gave_up)
    assert all_waits_s / len(people) == pytest.approx(expected.wait_s, rel=0.02)
    talked_s = sum(one.talk_s for one in people if one.joined.call in waited)
    assert talked_s / ended_at / agents == pytest.approx(expected.occupancy, rel=0.02)


def test_a_full_queue_without_places_is_erlang_b():
    queue, _staff = day(patient(agents=5, max_wait_s=0.001), 4.0, calls=60_000)
    assert sum(queue.expelled.values()) / queue.offered == pytest.approx(erlang_b(4.0, 5), rel=0.02)


def test_the_announced_wait_is_honest():
    """Over 10,000 announcements to callers who then waited, the mean that was said is the mean that
    came, and nine of ten stayed under what nine of ten should."""
    said, errors, kept = {}, [], 0

    def watch(now, event, actions):
        nonlocal kept
        for action in actions:
            match action:
                case acd.Announce(call=call, wait_s=wait_s, at_most_s=most_s):
                    said.setdefault(call, (now, wait_s, most_s))
                case acd.Connect(call=call) if call in said:
                    at, wait_s, most_s = said[call]
                    errors.append((now - at, wait_s))
                    kept += now - at <= most_s

    rule = patient(
        agents=8, announce=acd.AnnounceRule(first_s=1.0, wait_step_s=0.0), handling_s=TALK_S
    )
    _run(rule, [Stream(queue="q", calls_per_hour=(152.0,), talk_s=TALK_S)], 150.0, watch)
    assert len(errors) > 10_000
    came, was_said = (sum(column) / len(errors) for column in zip(*errors, strict=True))
    assert was_said == pytest.approx(came, rel=0.05)
    assert kept / len(errors) == pytest.approx(0.9, abs=0.03)


def _run(rule, streams, hours, watch):
    engine = acd.Acd({rule.name: rule})
    world = World(engine, Account(), dice=dice_of(3), watch=watch)
    shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in rule.members]
    with unhurried_collector():
        world.run(arrivals(streams, hours * 3600, dice_of(4)), shifts)
    return engine


# -- fairness -----------------------------------------------------------------------------


def calls_by_agent(strategy, load=5.0, calls=20_000, **changes):
    _queue, staff = day(patient(strategy=strategy, **changes), load, calls)
    return [one.calls for one in staff], [one.talk_s for one in staff]


@pytest.mark.parametrize(
    ("strategy", "bound"),
    [
        ("fewest_calls", 0.005),
        ("longest_idle", 0.04),
        ("round_robin", 0.04),
        ("random", 0.08),
    ],
)
def test_strategies_that_share_alike_do(strategy, bound):
    calls, _talk = calls_by_agent(strategy)
    mean = sum(calls) / len(calls)
    assert max(abs(count - mean) for count in calls) <= bound * mean


def test_least_talk_time_keeps_talk_times_within_a_few_calls():
    _calls, talk = calls_by_agent("least_talk_time")
    assert max(talk) - min(talk) < 10 * TALK_S


def test_weighted_random_shares_by_weight_while_agents_are_free():
    weights = {agent: 3 if number < 5 else 1 for number, agent in enumerate(members(10))}
    calls, _talk = calls_by_agent("weighted_random", load=0.3, weights=weights)
    assert sum(calls[:5]) / sum(calls) == pytest.approx(0.75, abs=0.015)


@pytest.mark.parametrize("strategy", ["linear", "tiers", "ring_all"])
def test_linear_loads_the_first_agents_as_erlang_found(strategy):
    """The load the k-th agent carries is what overflows from k - 1 less what overflows from k."""
    _calls, talk = calls_by_agent(strategy, load=4.0, calls=30_000)
    carried = [
        4.0 * (erlang_b(4.0, agent) - erlang_b(4.0, agent + 1)) for agent in range(len(talk))
    ]
    total = sum(talk)
    for agent in range(5):
        assert talk[agent] / total == pytest.approx(carried[agent] / sum(carried), rel=0.03)


def test_skills_share_alike_among_equals():
    calls, _talk = calls_by_agent("skills")
    assert max(calls) - min(calls) < 0.08 * sum(calls) / len(calls)


def test_progressive_serves_as_well_as_any_other():
    rule = patient(strategy="progressive", agents=10)
    queue, _staff = day(rule, 7.0, calls=20_000)
    assert queue.asa_s == pytest.approx(erlang_c(7.0, 10, TALK_S).wait_s, rel=0.15)


# -- priority -----------------------------------------------------------------------------


def test_nobody_starves_under_a_flood_of_important_callers():
    """Nobody is overtaken by who came later than the head start of their priority: 60 s a level."""
    joined, overtaken = {}, []

    def watch(now, event, actions):
        if isinstance(event, acd.CallerJoined):
            joined[event.call] = (now, event.priority)
        for action in actions:
            if isinstance(action, acd.Connect):
                at, priority = joined.pop(action.call)
                overtaken.extend(
                    (at - since) - 60.0 * (priority - level) for since, level in joined.values()
                )
            elif isinstance(action, acd.Expel):
                joined.pop(action.call)

    streams = [
        Stream(queue="q", calls_per_hour=(95.0,), talk_s=TALK_S, priority=3),
        Stream(queue="q", calls_per_hour=(4.0,), talk_s=TALK_S),
    ]
    engine = _run(patient(agents=5), streams, 120.0, watch)
    assert joined == {}
    assert max(overtaken) <= 1e-6
    assert engine.waiting == []


def test_the_order_of_a_plain_queue_is_the_order_of_arrival():
    order = []

    def watch(_now, event, actions):
        if isinstance(event, acd.CallerJoined):
            order.append(event.call)
        for action in actions:
            if isinstance(action, acd.Connect):
                assert order.pop(0) == action.call

    _run(patient(agents=5), [Stream(queue="q", calls_per_hour=(98.0,), talk_s=TALK_S)], 50.0, watch)
    assert order == []


# -- more than one queue, callbacks, misses -----------------------------------------------


def test_one_pool_of_agents_serves_two_queues_as_it_would_serve_one():
    """The first of all callers has the first agent, whatever the queue: exactly as with one."""
    streams = [Stream(queue=name, calls_per_hour=(90.0,), talk_s=TALK_S) for name in ("a", "b")]
    people = list(arrivals(streams, 50 * 3600.0, dice_of(7)))
    rules = {name: patient(name, 10) for name in ("a", "b")}
    waits = []

    def watch(_now, _event, actions):
        waits.extend((a.call, a.waited_s) for a in actions if isinstance(a, acd.Connect))

    shifts = [(0.0, acd.AgentLoggedIn(agent)) for agent in members(10)]
    for queues, callers in ((rules, people), ({"q": patient()}, [_for_queue(p) for p in people])):
        World(acd.Acd(queues), Account(), dice=dice_of(1), watch=watch).run(callers, shifts)
    assert waits[: len(people)] == waits[len(people) :]
    assert len(people) > 8000


def _for_queue(arrival):
    return replace(arrival, joined=replace(arrival.joined, queue="q"))


def test_callbacks_are_all_served_and_wait_no_longer_than_others():
    rule = patient(agents=5, callback=acd.CallbackRule())
    stream = Stream(
        queue="q", calls_per_hour=(92.0,), talk_s=TALK_S, patience_s=600.0, takes_callback=0.5
    )
    figures = synthetic(({"q": rule}, {}), [stream], hours=100.0, seed=2)
    [queue] = figures.queues
    assert queue.callbacks_dialled > 1000
    assert queue.answered + queue.abandoned == queue.offered


def test_missed_offers_cost_time_and_no_caller():
    habits = Habits(answer_s=4.0, misses=0.2)
    queue, _staff = day(patient(agents=10), 5.0, calls=20_000, habits=habits)
    assert queue.answered == queue.offered
    assert 4.0 < queue.asa_s < 15.0


def test_who_is_led_to_another_queue_waits_there():
    rules = {
        "a": patient("a", 1, max_wait_s=30.0, targets={acd.ExpelReason.WAITED_TOO_LONG: "queue:b"}),
        "b": acd.QueueRule(name="b", members=("900",), max_wait_s=inf),
    }
    stream = Stream(queue="a", calls_per_hour=(25.0,), talk_s=TALK_S)
    figures = synthetic((rules, {}), [stream], hours=100.0)
    first, second = figures.queues
    assert sum(first.expelled.values()) == second.offered > 100
    assert second.answered == second.offered


def test_the_same_seed_is_the_same_day():
    one, other = (day(patient(strategy="random"), 5.0, calls=2000, seed=9) for _ in range(2))
    assert one == other
