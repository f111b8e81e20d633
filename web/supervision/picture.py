"""What a supervisor sees at one moment: queues with their figures, callers and agents, as far as
whoever looks may see. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.config.schema import Site
from firmware.link.agents import ListenerRow, QueueAlertRow
from firmware.link.rows import AgentRow, CallRow, QueueRow
from firmware.model.agent import AgentState
from firmware.model.queue_alert import Figure, Grade, Rule, grade
from web.live.board import Picture, rows_of

Values = Mapping[tuple[Figure, str], float]
"""Figures that the store knows, by figure and queue."""

Sees = Callable[[str], bool]
"""Whether whoever looks sees a queue."""

WORST = {Grade.GOOD: 0, Grade.NEAR: 1, Grade.BEYOND: 2}

_SHOWN = (
    Figure.WAITING,
    Figure.LONGEST_WAIT,
    Figure.AGENTS,
    Figure.SERVICE_LEVEL,
    Figure.UNRETURNED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure of a queue; ``value`` None is not known. ``since`` (Unix seconds) is when the
    longest wait began, so that it can run on the page."""

    figure: Figure
    value: float | None
    grade: Grade
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent, the call they are in, and who listens to it."""

    row: AgentRow
    call: CallRow | None
    queue: str  # the call's, "" for one that no queue gave
    listeners: tuple[ListenerRow, ...]

    def heard_by(self, supervisor: str) -> ListenerRow | None:
        """The listening of one supervisor's extension, if they listen."""
        return next((one for one in self.listeners if one.supervisor == supervisor), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue."""

    row: QueueRow
    figures: tuple[Measured, ...]
    agents: tuple[Agent, ...]
    free: int  # agents who could take a call now

    @property
    def worst(self) -> Grade:
        """The worst of its figures."""
        return max((one.grade for one in self.figures), key=lambda one: WORST[one])


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """All of it. ``is_away``: the exchange does not answer, and nothing of this is known."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]  # each once, in the order of their numbers
    alerts: tuple[QueueAlertRow, ...]
    is_away: bool


def room_of(
    picture: Picture, site: Site, counted: Values, sees: Sees, only: frozenset[str] = frozenset()
) -> Room:
    """The queues that ``sees`` lets through, and of those ``only`` the named ones, if any."""
    rows = rows_of(picture, QueueRow, "queue")
    names = [name for name in rows if sees(name) and (not only or name in only)]
    agents = {
        row.id: _agent(picture, row)
        for row in rows_of(picture, AgentRow, "agent").values()
        if set(row.queues) & set(names)
    }
    alerts = rows_of(picture, QueueAlertRow, "queue_alert").values()
    return Room(
        queues=tuple(_queue(rows[name], site, counted, agents) for name in sorted(names)),
        agents=tuple(agents[number] for number in sorted(agents)),
        alerts=tuple(sorted((a for a in alerts if a.queue in names), key=lambda a: a.since)),
        is_away="switchd" in picture.away,
    )


def queue_of(row: CallRow | None) -> str:
    """The queue that a call came by, as far as its row says."""
    return row.place.removeprefix("queue:") if row and row.place.startswith("queue:") else ""


def _agent(picture: Picture, row: AgentRow) -> Agent:
    call = rows_of(picture, CallRow, "call").get(row.call)
    listeners = rows_of(picture, ListenerRow, "listener").values()
    return Agent(
        row=row,
        call=call,
        queue=queue_of(call),
        listeners=tuple(one for one in listeners if one.agent == row.id),
    )


def _queue(row: QueueRow, site: Site, counted: Values, agents: Mapping[str, Agent]) -> Queue:
    members = tuple(one for one in agents.values() if row.id in one.row.queues)
    since = [caller.since for caller in row.waiting if not caller.callback]
    there = [one for one in members if one.row.state != AgentState.LOGGED_OUT]
    values: dict[Figure, float | None] = {
        Figure.WAITING: len(since),
        Figure.LONGEST_WAIT: max(0.0, time.time() - min(since)) if since else 0.0,
        Figure.AGENTS: len(there),
        Figure.SERVICE_LEVEL: counted.get((Figure.SERVICE_LEVEL, row.id)),
        Figure.UNRETURNED: counted.get((Figure.UNRETURNED, row.id)),
    }
    rules = rules_of(site, row.id)
    return Queue(
        row=row,
        figures=tuple(
            Measured(
                figure=one,
                value=values[one],
                grade=_worst(rules.get(one, ()), values[one]),
                since=min(since) if since and one is Figure.LONGEST_WAIT else None,
            )
            for one in _SHOWN
        ),
        agents=members,
        free=sum(one.row.state == AgentState.AVAILABLE for one in members),
    )


def rules_of(site: Site, queue: str) -> dict[Figure, tuple[Rule, ...]]:
    """The limits of a queue's figures: its alerts', else of the wait what the service level
    promises, and of agents that one is there."""
    found: dict[Figure, tuple[Rule, ...]] = {}
    for alert in site.queue_alert:
        if not alert.queue or queue in alert.queue:
            found[alert.figure] = (*found.get(alert.figure, ()), alert.rule)
    plan = next((one for one in site.queue if one.name == queue), None)
    if plan is not None:
        wait = Rule(figure=Figure.LONGEST_WAIT, limit=plan.service_level_s)
        found.setdefault(Figure.LONGEST_WAIT, (wait,))
        if plan.members:
            found.setdefault(Figure.AGENTS, (Rule(figure=Figure.AGENTS, limit=1.0),))
    return found


def _worst(rules: tuple[Rule, ...], value: float | None) -> Grade:
    grades = [grade(rule, value) for rule in rules] if value is not None else []
    return max(grades, key=lambda one: WORST[one], default=Grade.GOOD)
