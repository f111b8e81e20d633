"""A day that was: its recorded events as callers and shifts for the simulator.

What was recorded is taken as it was: who came when, for which queue, how long they talked, who gave
up after how long, which agents were there. What another configuration would have shown and this
one did not is drawn: the patience of callers who were served (as long as they did wait, and then
like those who gave up), the talks of callers who were not (like those of that queue).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import msgspec

from firmware.model import acd
from firmware.model.agent import AgentState
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.simulate.people import Arrival, Habits

_AWAY = frozenset({AgentState.LOGGED_OUT, "down"})
_FALLBACK_TALK_S = 180.0
"""Of a queue that nobody has ever talked in."""


class BadRecord(ValueError):
    """A line of a file of events is not one; says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the simulator needs of a recorded day. Times are seconds since it began."""

    arrivals: tuple[Arrival, ...]
    shifts: tuple[tuple[float, acd.Event], ...]
    habits: Habits
    length_s: float


def read_lines(lines: Iterable[str]) -> list[QueueEvent]:
    """Events of a file with one JSON object a line, in the fields of ``QueueEvent``.

    Raises:
        BadRecord: a line is not an event.
    """
    events = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                events.append(msgspec.json.decode(line, type=QueueEvent))
            except msgspec.DecodeError as error:
                raise BadRecord(f"line {number} is no event of a queue: {error}") from error
    return sorted(events, key=lambda event: event.at)


def day_of(events: Sequence[QueueEvent], begin: float, dice: random.Random) -> Day:
    """What happened, from ``begin`` (Unix seconds) on."""
    visits = _visits(events)
    talks: dict[str, list[float]] = defaultdict(list)
    for visit in visits.values():
        if visit.talk_s:
            talks[visit.joined.queue].append(visit.talk_s)
    waited = sum(visit.waited_s for visit in visits.values())
    gave_up = sum(visit.gave_up for visit in visits.values())
    arrivals = tuple(
        _arrival(visit, begin, talks, (waited / gave_up if gave_up else inf), dice)
        for visit in sorted(visits.values(), key=lambda one: one.joined.at)
    )
    return Day(
        arrivals=arrivals,
        shifts=tuple(_shifts(events, begin)),
        habits=_habits(events),
        length_s=(events[-1].at - begin) if events else 0.0,
    )


@dataclass(slots=True)
class _Visit:
    joined: QueueEvent
    waited_s: float = 0.0
    talk_s: float = 0.0
    gave_up: bool = False
    took_callback: bool = False


def _visits(events: Iterable[QueueEvent]) -> Mapping[str, _Visit]:
    visits: dict[str, _Visit] = {}
    for event in events:
        if event.name is QueueEventName.CALLER_JOINED:
            visits[event.visit] = _Visit(event)
            continue
        visit = visits.get(event.visit)
        if visit is None:
            continue  # began before this day
        match event.name:
            case QueueEventName.CALLER_SERVED | QueueEventName.CALLER_LEFT:
                visit.waited_s = event.seconds
            case QueueEventName.CALLER_ABANDONED:
                visit.waited_s, visit.gave_up = event.seconds, True
            case QueueEventName.TALK_ENDED:
                visit.talk_s = event.seconds
            case QueueEventName.CALLBACK_TAKEN:
                visit.took_callback = True
            case _:
                pass
    return visits


def _arrival(
    visit: _Visit,
    begin: float,
    talks: Mapping[str, Sequence[float]],
    patience_s: float,
    dice: random.Random,
) -> Arrival:
    joined = visit.joined
    patience = visit.waited_s
    if not visit.gave_up:
        patience += inf if patience_s == inf else dice.expovariate(1 / patience_s)
    talk_s = visit.talk_s or dice.choice(talks.get(joined.queue) or [_FALLBACK_TALK_S])
    event = acd.CallerJoined(
        joined.queue,
        joined.visit,
        joined.caller,
        joined.priority,
        "",
        tuple(_needs(joined.needs)),
    )
    return Arrival(joined.at - begin, event, talk_s, patience, visit.took_callback)


def _needs(text: str) -> Iterable[acd.Need]:
    for word in text.split():
        skill, _, weight = word.rpartition(":")
        yield acd.Need(skill=skill, at_least=int(weight))


def _shifts(events: Iterable[QueueEvent], begin: float) -> Iterable[tuple[float, acd.Event]]:
    """Log-ins, pauses and own calls. An agent who was there before the day's first event of theirs
    is there from its beginning."""
    states: dict[str, str] = {}
    for event in events:
        if event.name is not QueueEventName.AGENT_CHANGED:
            continue
        agent, at = event.agent, event.at - begin
        before = states.get(agent)
        if before is None:
            before = AgentState.LOGGED_OUT
            if event.state != AgentState.AVAILABLE or event.reason:
                yield 0.0, acd.AgentLoggedIn(agent)
                before = AgentState.AVAILABLE
        states[agent] = event.state
        yield from ((at, told) for told in _told(agent, before, event))


def _told(agent: str, before: str, event: QueueEvent) -> Iterable[acd.Event]:
    state = event.state
    if before in _AWAY and state not in _AWAY:
        yield acd.AgentLoggedIn(agent)
    elif state in _AWAY and before not in _AWAY:
        yield acd.AgentLoggedOut(agent)
    if (before == AgentState.ENGAGED) != (state == AgentState.ENGAGED):
        yield acd.AgentEngaged(agent, state == AgentState.ENGAGED)
    if state == AgentState.PAUSED:
        yield acd.AgentPaused(agent, event.reason)
    elif before == AgentState.PAUSED:
        yield acd.AgentUnpaused(agent)


def _habits(events: Sequence[QueueEvent]) -> Habits:
    """How the agents behaved, on average."""
    offered = {}
    answers, wrap_ups, misses, made = [], [], 0, 0
    for event in events:
        match event.name:
            case QueueEventName.OFFER_MADE:
                made += 1
                offered[event.visit, event.agent] = event.at
            case QueueEventName.OFFER_MISSED:
                misses += 1
            case QueueEventName.CALLER_SERVED if (event.visit, event.agent) in offered:
                answers.append(event.at - offered[event.visit, event.agent])
            case QueueEventName.WRAP_UP_ENDED:
                wrap_ups.append(event.seconds)
            case _:
                pass
    return Habits(
        answer_s=_mean(answers),
        misses=misses / made if made else 0.0,
        wrap_up_s=_mean(wrap_ups),
    )


def _mean(lengths: Sequence[float]) -> float:
    return sum(lengths) / len(lengths) if lengths else 0.0
