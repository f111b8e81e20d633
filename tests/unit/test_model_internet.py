"""Whether there is an internet: what one look says, and what it takes to believe it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.internet import (
    BAD_LOOKS,
    GOOD_S,
    Internet,
    InternetCause,
    InternetState,
    Look,
    Memory,
    Sign,
    seen,
    verdict,
)

YES, NO, NONE = Sign.YES, Sign.NO, Sign.NONE


def look(
    gateway: Sign = YES, names: Sign = YES, providers: Sign = YES, *, has_route: bool = True
) -> Look:
    return Look(has_route=has_route, gateway=gateway, names=names, providers=providers)


GOOD, BAD = look(), look(YES, NO, NO)


@pytest.mark.parametrize(
    ("seen_now", "state", "cause"),
    [
        (look(), "up", ""),
        (look(NONE, YES, NONE), "up", ""),
        (look(NONE, NONE, YES), "up", ""),
        (look(NO, YES, NONE), "up", ""),  # a router that answers no ping
        (look(YES, NO, YES), "limited", "names"),
        (look(YES, YES, NO), "limited", "providers"),
        (look(YES, NO, NO), "down", "beyond"),
        (look(YES, NO, NONE), "down", "beyond"),
        (look(NO, NO, NO), "down", "gateway"),
        (look(NO, NONE, NONE), "down", "gateway"),
        (look(NONE, NO, NO, has_route=False), "down", "no_route"),
        (look(NONE, NONE, NONE), "unknown", ""),
        (look(YES, NONE, NONE), "unknown", ""),
    ],
)
def test_one_look(seen_now: Look, state: str, cause: str) -> None:
    assert verdict(seen_now) == (state, cause)


def after(*looks: Look, memory: Memory | None = None, every_s: float = 2.0) -> Memory:
    known = memory or Memory()
    for number, one in enumerate(looks):
        known = seen(known, one, now=number * every_s, wall=1000.0 + number * every_s)
    return known


def test_the_first_good_look_is_believed() -> None:
    assert after(GOOD).internet == Internet(state=InternetState.UP, since=1000.0)


def test_one_bad_look_is_chance_and_two_are_an_outage() -> None:
    once = after(GOOD, BAD)
    assert (once.internet.state, once.in_doubt) == (InternetState.UP, True)
    twice = after(GOOD, BAD, BAD)
    assert twice.internet.state is InternetState.DOWN
    assert (twice.internet.cause, twice.internet.since) == (InternetCause.BEYOND, 1004.0)
    assert not twice.in_doubt
    assert after(GOOD, BAD, GOOD, BAD).internet.state is InternetState.UP


def test_it_is_back_only_when_it_stays() -> None:
    down = after(GOOD, BAD, BAD)
    assert after(GOOD, GOOD, GOOD, memory=down).internet.state is InternetState.DOWN
    assert after(GOOD, GOOD, BAD, GOOD, GOOD, memory=down).internet.state is InternetState.DOWN
    back = after(GOOD, GOOD, GOOD, GOOD, memory=down)
    assert back.internet == Internet(state=InternetState.UP, since=1000.0 + GOOD_S)


def test_another_cause_is_not_another_outage() -> None:
    down = after(GOOD, BAD, BAD)
    nearer = after(look(NO, NO, NO), memory=down).internet
    assert (nearer.cause, nearer.since) == (InternetCause.GATEWAY, down.internet.since)


signs = st.sampled_from(Sign)
looks = st.builds(Look, has_route=st.booleans(), gateway=signs, names=signs, providers=signs)


@given(st.lists(looks, max_size=40))
def test_it_never_flutters(many: list[Look]) -> None:
    """Whatever is seen: down needs two looks in a row, and lasts the hysteresis at least."""
    memory, now = Memory(), 0.0
    states: list[tuple[float, InternetState]] = []
    for one in many:
        memory = seen(memory, one, now=now, wall=now)
        states.append((now, memory.internet.state))
        now += 2.0
    for number, ((_, before), (_, this)) in enumerate(itertools.pairwise(states), start=1):
        if this is InternetState.DOWN and before is not InternetState.DOWN:
            last = [verdict(one)[0] for one in many[number - BAD_LOOKS + 1 : number + 1]]
            assert last == [InternetState.DOWN] * BAD_LOOKS
    fell = [at for number, (at, s) in enumerate(states) if s is InternetState.DOWN
            and (number == 0 or states[number - 1][1] is not InternetState.DOWN)]  # fmt: skip
    for at in fell:
        for when, state in states:
            assert not (at < when < at + GOOD_S) or state is InternetState.DOWN
