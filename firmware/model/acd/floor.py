"""What the ACD engine knows at a moment: queues with their waiting callers, agents, due times.

Everything is found without looking at everybody: a queue keeps its callers sorted by rank and
its free agents sorted by its strategy; whatever falls due lies in one heap. Entries of the heap
that were overtaken are recognised when they come up, because their owner's due time differs.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from firmware.model.acd.actions import Action, AgentChanged
from firmware.model.acd.estimate import Measured
from firmware.model.acd.memory import Memory
from firmware.model.acd.rules import Absence, AgentRule, Need, QueueRule, Strategy
from firmware.model.agent import AGENT_TABLE, AgentEvent, AgentState
from firmware.model.table import Impossible

Due = tuple[float, int, "Agent | Waiting | Queue"]
Free = tuple[int, float, int, "Member"]
Place = tuple[float, int, "Waiting"]

_AVAILABLE, _TALKING = AgentState.AVAILABLE, AgentState.TALKING
_OFF_DUTY = (AgentState.LOGGED_OUT, AgentState.PAUSED)
_BUSY = {Absence.ENGAGED, Absence.OFFERED, Absence.TALKING, Absence.WRAP_UP}
_NEXT = AGENT_TABLE.rules


@dataclass(slots=True, eq=False)
class Member:
    """An agent's place in one queue. ``calls`` and ``talk_s`` count since the day began."""

    queue: Queue
    agent: Agent
    order: int
    tier: int
    weight: int
    calls: int = 0
    talk_s: float = 0.0
    is_on: bool = True  # they take calls from this queue, when they take any
    entry: Free | None = None  # while among the queue's free agents

    @property
    def is_on_duty(self) -> bool:
        """Whether the queue's callers may hope for them."""
        return self.is_on and self.agent.is_on_duty


@dataclass(slots=True, eq=False)
class Talk:
    """A caller with an agent. The queue may have been removed meanwhile."""

    call: str
    queue: Queue
    offered_at: float
    began: float


@dataclass(slots=True, eq=False)
class Agent:
    """What the engine remembers of one agent. ``call`` is what is offered to them, else their
    latest talk."""

    number: str
    rule: AgentRule
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0  # of the state
    idle_since: float = 0.0  # end of the last call from a queue, or log-in
    call: str = ""
    queue: str = ""
    calls_taken: int = 0
    talk_s: float = 0.0
    members: list[Member] = field(default_factory=list)
    scope: frozenset[str] | None = None  # the queues they logged in for; none: all
    telephone: str = ""
    confirm: bool | None = None  # of the telephone; none: as their rule says
    by: str = ""  # who logged them in
    paused_in: set[str] = field(default_factory=set)
    pause_reason: str = ""
    will_pause: bool = False  # when nothing holds them any more
    will_leave: bool = False
    engaged: bool = False  # their telephone has a leg, of a queue's call or of another
    dnd: bool = False
    reachable: bool = True
    passed_over_until: float = -inf
    due: float = inf  # of the offer or the wrap-up
    misses: int = 0  # in a row
    offer: Waiting | None = None
    offered_at: float = 0.0
    is_rung: bool = False  # for the offer; not while a callback is dialled
    must_confirm: bool = False
    is_confirming: bool = False
    talks: dict[str, Talk] = field(default_factory=dict)
    wraps_for: Queue | None = None
    handling_began: float = 0.0
    is_listed: bool = False  # among the free agents of their queues

    @property
    def is_on_duty(self) -> bool:
        """Logged in, not paused, and their telephone can ring."""
        return self.state not in _OFF_DUTY and self.reachable and not self.dnd

    def is_free(self, now: float) -> bool:
        """Whether an offer may be made to them."""
        if self.state is not _AVAILABLE and (
            self.state is not _TALKING
            or len(self.talks) >= self.rule.capacity
            or self.will_leave
            or self.will_pause
        ):
            return False
        return self.passed_over_until <= now and self.reachable and not self.dnd


@dataclass(slots=True, eq=False)
class Callback:
    """The virtual hold of a caller who is not on the line. ``retry_at`` infinite: being dialled."""

    number: str
    expire_at: float
    attempts: int = 0
    retry_at: float = -inf
    is_answered: bool = False

    @property
    def is_dialled(self) -> bool:
        """Whether the person's telephone rings now; an agent is kept free meanwhile."""
        return self.retry_at == inf and not self.is_answered


@dataclass(slots=True, eq=False)
class Said:
    """What a caller was last told, and on what grounds."""

    at: float
    position: int
    wait_s: float | None
    staff: float
    handling_s: float


@dataclass(slots=True, eq=False)
class Waiting:
    """A caller in a queue, or a callback's kept place.

    ``since`` is when they joined, ``rank`` decides who is first. A *hungry* caller wants to be
    offered to (more) agents.
    """

    call: str
    at: Queue
    since: float
    caller: str = ""
    rank: float = 0.0
    number: int = 0  # of arrival: among equal ranks, the earlier
    priority: int = 0
    language: str = ""
    needs: tuple[Need, ...] = ()
    prefer: tuple[str, ...] = ()
    place: Place | None = None
    offered: list[Agent] = field(default_factory=list)
    hungry: bool = False
    due: float = inf  # the first of the four:
    leave_at: float = inf
    ask_at: float = inf  # more agents may be eligible then
    say_at: float = inf
    message_at: float = inf
    entered: float = 0.0  # when they were on the line last
    sticky_until: float = -inf
    ring_began: float = inf
    message: int = 0  # the next one
    said: Said | None = None
    last_saying: float = -inf
    is_overdue: bool = False  # leaves when nobody rings for them any more
    hold: Callback | None = None

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return self.at.name

    @property
    def offered_to(self) -> tuple[str, ...]:
        """The agents who ring for the caller, or are kept free for them."""
        return tuple(agent.number for agent in self.offered)

    @property
    def callback(self) -> str:
        """The number to be called back, "" for a caller on the line."""
        return self.hold.number if self.hold is not None else ""

    @property
    def is_on_line(self) -> bool:
        """Whether there is a person who listens."""
        return self.hold is None or self.hold.is_answered

    def release(self, agent: Agent) -> None:
        """``agent`` does not ring for the caller any more."""
        self.offered.remove(agent)
        self.at.ringing -= not self.offered


@dataclass(slots=True, eq=False)
class Queue:
    """One queue: its rule, members, waiting callers by rank and free agents by strategy."""

    name: str
    rule: QueueRule
    members: dict[str, Member] = field(default_factory=dict)
    line: list[Place] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)
    hungry: int = 0
    held: int = 0  # callbacks whose person is not on the line
    served: int = 0  # callers with agents
    ringing: int = 0  # callers for whom agents ring or are kept free
    turn: int = -1  # ``order`` of the member who was offered last
    measured: Measured = field(default_factory=Measured)
    empty_since: float = inf
    due: float = inf  # of leaving because nobody is there
    counts: dict[tuple[Need, ...], int] = field(default_factory=dict)  # on duty, by what they can
    duty_tiers: tuple[int, ...] | None = None
    # what of the rule decides how dear a decision is
    has_tiers: bool = False
    is_plain: bool = True  # any free agent will do for any caller
    varies: bool = False  # who will do for a caller depends on who is on duty
    is_broad: bool = False  # a caller may be offered to several agents
    watches_states: bool = False  # callers leave when all agents are busy

    def take(self, rule: QueueRule) -> None:
        """Follow ``rule`` from now on."""
        self.rule = rule
        self.has_tiers = bool(rule.tiers)
        self.is_plain = not (rule.skill_steps or rule.tier_steps)
        self.varies = not self.is_plain or rule.sticky_wait_s > 0
        self.is_broad = rule.strategy in (Strategy.RING_ALL, Strategy.PROGRESSIVE)
        self.watches_states = bool(rule.leave_empty & _BUSY)
        self.measured.expected_s = rule.handling_s
        self.forget_duty()

    def forget_duty(self) -> None:
        """Who is on duty has changed."""
        self.counts.clear()
        self.duty_tiers = None

    @property
    def is_open(self) -> bool:
        """Whether another caller may be offered; see ``QueueRule.most_served``."""
        most = self.rule.most_served
        return not most or self.served + self.ringing < most

    def insert(self, caller: Waiting) -> None:
        """Let the caller wait by their rank."""
        place = (caller.rank, caller.number, caller)
        caller.place = place
        line = self.line
        if line and place < line[-1]:
            insort(line, place)
        else:
            line.append(place)
        caller.hungry = True
        self.hungry += 1
        if caller.needs:
            self.varies = True

    def remove(self, caller: Waiting) -> None:
        """Take the caller out."""
        del self.line[self.index(caller)]
        caller.place = None
        self.held -= not caller.is_on_line
        if caller.hungry:
            caller.hungry = False
            self.hungry -= 1

    def index(self, caller: Waiting) -> int:
        """How many are before the caller."""
        line, place = self.line, caller.place
        assert place is not None
        return 0 if line[0] is place else bisect_left(line, place)

    def callers(self) -> list[Waiting]:
        """Who waits, the first first."""
        return [place[2] for place in self.line]

    def hungry_callers(self) -> Iterable[Waiting]:
        """Who wants an agent, the first first."""
        left = self.hungry
        for _rank, _number, caller in self.line:
            if not left:
                return
            if caller.hungry:
                left -= 1
                yield caller


@dataclass(slots=True, eq=False)
class Floor:
    """All queues and agents of one exchange, and the answer to the event at hand."""

    dice: random.Random
    tells_states: bool = False
    queues: dict[str, Queue] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    callers: dict[str, Waiting] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    out: list[Action] = field(default_factory=list)
    freed: list[Agent] = field(default_factory=list)  # may be free: to be looked at
    asking: list[Waiting] = field(default_factory=list)  # may be offered now: to be looked at
    restaffed: dict[str, Queue] = field(default_factory=dict)  # who is on duty changed
    watched: list[Queue] = field(default_factory=list)  # ``watches_states``
    dues: list[Due] = field(default_factory=list)
    ordinal: int = 0
    arrivals: int = 0

    def step(self, agent: Agent, event: AgentEvent, now: float) -> None:
        """Move an agent by their table.

        Raises:
            Impossible: a bug of the engine.
        """
        before = agent.state
        state = _NEXT.get((before, event))
        if state is None:
            if (before, event) not in AGENT_TABLE.late:
                raise Impossible(f"agent {agent.number}: {event} cannot happen while {before}")
            return
        agent.state, agent.since = state, now
        if self.tells_states:
            reason = agent.pause_reason if state is AgentState.PAUSED else ""
            self.out.append(
                AgentChanged(agent.number, state, reason, call=agent.call, queue=agent.queue)
            )

    def remind(self, owner: Agent | Waiting | Queue, due: float) -> None:
        """Make ``owner`` fall due; the one before, if any, is overtaken."""
        owner.due = due
        if due < inf:
            self.push(owner, due)

    def push(self, owner: Agent | Waiting | Queue, due: float) -> None:
        """Look at ``owner`` at ``due``."""
        self.ordinal += 1
        heappush(self.dues, (due, self.ordinal, owner))

    def next_due(self) -> float | None:
        """When something falls due; overtaken ones are thrown away."""
        dues = self.dues
        while dues:
            due, _ordinal, owner = dues[0]
            if owner.due == due or (type(owner) is Agent and owner.passed_over_until == due):
                return due
            heappop(dues)
        return None
