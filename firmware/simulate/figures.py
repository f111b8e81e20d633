"""What comes of a simulated day, in the figures of the trade.

Definitions: *offered* are all callers who came; *service level* is the share of answered callers,
and of those who gave up after the threshold, who were answered within it (short abandons do not
count); *ASA*, the average speed of answer, is over answered callers; *abandonment* is the share of
offered callers who hung up; *AHT* is talk and wrap-up of an answered call; *occupancy* the share of
an agent's time on duty in offers, talks and wrap-up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.model.acd import AgentChanged, Connect, ExpelReason
from firmware.model.agent import AgentState

_BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})
_HANDLING = frozenset({AgentState.TALKING, AgentState.WRAP_UP})
_OFF_DUTY = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


@dataclass(slots=True)
class QueueAccount:
    """Counts and sums of one queue, in seconds."""

    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    waited_s: float = 0.0  # of the answered
    longest_s: float = 0.0
    talk_s: float = 0.0
    handling_s: float = 0.0  # talk and wrap-up, if the agents' states are told
    abandoned: int = 0
    abandoned_early: int = 0  # within the threshold
    abandoned_s: float = 0.0
    expelled: Counter[str] = field(default_factory=Counter)
    expelled_s: float = 0.0
    callbacks_dialled: int = 0


@dataclass(slots=True)
class AgentAccount:
    """What one agent did."""

    calls: int = 0
    talk_s: float = 0.0
    state: str = AgentState.LOGGED_OUT
    since: float = 0.0
    queue: str = ""
    busy_s: float = 0.0
    on_duty_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """One queue's day. Shares are 0–1, times seconds."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    expelled: Mapping[str, int]
    service_level: float
    asa_s: float
    longest_wait_s: float
    mean_wait_s: float  # over all who came
    abandonment: float
    aht_s: float
    callbacks_dialled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """One agent's day."""

    agent: str
    calls: int
    talk_s: float
    on_duty_s: float
    occupancy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A whole day."""

    length_s: float
    threshold_s: float
    queues: tuple[QueueFigures, ...]
    agents: tuple[AgentFigures, ...]


class Account:
    """Keeps count while a day is simulated."""

    def __init__(self, threshold_s: float = 20.0) -> None:
        self.threshold_s = threshold_s
        self.queues: dict[str, QueueAccount] = {}
        self.agents: dict[str, AgentAccount] = {}

    def _of(self, queue: str) -> QueueAccount:
        account = self.queues.get(queue)
        if account is None:
            account = self.queues[queue] = QueueAccount()
        return account

    def offered(self, queue: str) -> None:
        """A caller came."""
        self._of(queue).offered += 1

    def answered(self, connect: Connect, talk_s: float) -> None:
        """An agent took a call."""
        queue, waited_s = self._of(connect.queue), connect.waited_s
        queue.answered += 1
        queue.waited_s += waited_s
        queue.talk_s += talk_s
        if waited_s <= self.threshold_s:
            queue.answered_within += 1
        queue.longest_s = max(queue.longest_s, waited_s)
        agent = self._who(connect.agent)
        agent.calls += 1
        agent.talk_s += talk_s

    def _who(self, number: str) -> AgentAccount:
        agent = self.agents.get(number)
        if agent is None:
            agent = self.agents[number] = AgentAccount()
        return agent

    def changed(self, change: AgentChanged, now: float) -> None:
        """An agent's state ended, another began."""
        agent = self._who(change.agent)
        self._spent(agent, now)
        agent.state, agent.since, agent.queue = change.state, now, change.queue

    def _spent(self, agent: AgentAccount, now: float) -> None:
        length_s = now - agent.since
        if agent.state not in _OFF_DUTY:
            agent.on_duty_s += length_s
        if agent.state in _BUSY:
            agent.busy_s += length_s
        if agent.state in _HANDLING:
            self._of(agent.queue).handling_s += length_s

    def abandoned(self, queue: str, waited_s: float) -> None:
        """A caller hung up."""
        account = self._of(queue)
        account.abandoned += 1
        account.abandoned_early += waited_s <= self.threshold_s
        account.abandoned_s += waited_s

    def expelled(self, queue: str, reason: ExpelReason, waited_s: float) -> None:
        """A caller was led elsewhere."""
        account = self._of(queue)
        account.expelled[reason] += 1
        account.expelled_s += waited_s

    def dialled(self, queue: str) -> None:
        """A callback was tried."""
        self._of(queue).callbacks_dialled += 1

    def figures(self, length_s: float) -> Figures:
        """The figures of a day that has ended after ``length_s``."""
        for agent in self.agents.values():
            self._spent(agent, length_s)
            agent.since = length_s
        return Figures(
            length_s=length_s,
            threshold_s=self.threshold_s,
            queues=tuple(_queue_figures(name, one) for name, one in sorted(self.queues.items())),
            agents=tuple(
                AgentFigures(
                    agent=number,
                    calls=one.calls,
                    talk_s=one.talk_s,
                    on_duty_s=one.on_duty_s,
                    occupancy=share(one.busy_s, one.on_duty_s),
                )
                for number, one in sorted(self.agents.items())
            ),
        )


def _queue_figures(name: str, one: QueueAccount) -> QueueFigures:
    counted = one.answered + one.abandoned - one.abandoned_early
    waited_s = one.waited_s + one.abandoned_s + one.expelled_s
    return QueueFigures(
        queue=name,
        offered=one.offered,
        answered=one.answered,
        abandoned=one.abandoned,
        expelled=dict(one.expelled),
        service_level=share(one.answered_within, counted),
        asa_s=share(one.waited_s, one.answered),
        longest_wait_s=one.longest_s,
        mean_wait_s=share(waited_s, one.offered),
        abandonment=share(one.abandoned, one.offered),
        aht_s=share(one.handling_s or one.talk_s, one.answered),
        callbacks_dialled=one.callbacks_dialled,
    )


def share(part: float, whole: float) -> float:
    """``part / whole``; 0 of nothing."""
    return part / whole if whole else 0.0
