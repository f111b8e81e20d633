"""The ACD: which waiting caller is offered to which agent, and when.

Pure: events and the time go in, actions come out. It knows no legs; switchd carries the
actions out and reports what became of them. Two calls for one agent are impossible by
construction: an offer is made only to an agent who is ``available``, and making it is the
transition that leaves that state.

Times are seconds of any monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from firmware.model.agent import AGENT_TABLE, AgentEvent, AgentState

MISSED_PAUSE_S = 5.0
"""How long an agent who missed an offer is passed over, so that the caller reaches another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """How one queue treats its callers. ``members`` are agents in their linear order."""

    name: str
    members: tuple[str, ...]
    strategy: str
    offer_timeout_s: float
    wrap_up_s: float
    max_wait_s: float
    max_length: int


@dataclass(frozen=True, slots=True)
class CallerJoined:
    queue: str
    call: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up or was led elsewhere, at any point before the talk ended."""

    call: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferMissed:
    """The agent's telephone was busy, unreachable, refused, or stopped ringing."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class TalkEnded:
    agent: str


@dataclass(frozen=True, slots=True)
class AgentLoggedIn:
    agent: str


@dataclass(frozen=True, slots=True)
class AgentLoggedOut:
    agent: str


@dataclass(frozen=True, slots=True)
class AgentEngaged:
    """The agent's telephone is (or is no longer) on a call of its own."""

    agent: str
    engaged: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; see ``Acd.next_due``."""


Event = (
    CallerJoined
    | CallerLeft
    | OfferAccepted
    | OfferMissed
    | TalkEnded
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentEngaged
    | Tick
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this caller."""

    call: str
    agent: str
    queue: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing this agent."""

    call: str
    agent: str


class ExpelReason(StrEnum):
    FULL = "full"
    WAITED_TOO_LONG = "waited_too_long"


@dataclass(frozen=True, slots=True)
class Expel:
    """Take this caller out of the queue."""

    call: str
    queue: str
    reason: ExpelReason


Action = Offer | Withdraw | Expel


@dataclass(slots=True)
class Waiting:
    """A caller in a queue. ``offered_to`` is the agent whose telephone rings for them."""

    call: str
    queue: str
    since: float
    offered_to: str = ""


@dataclass(slots=True)
class Agent:
    """What the ACD remembers of one agent."""

    number: str
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0  # of the state
    idle_since: float = 0.0  # end of the last call from a queue, or log-in
    call: str = ""
    queue: str = ""
    calls_taken: int = 0
    passed_over_until: float = 0.0
    due: float | None = None  # of the offer or the wrap-up
    leaving: bool = False  # log out when the call is over
    engaged: bool = False  # their telephone has a leg, of a queue's call or of another


_Rank = Callable[[QueueRule, Agent], tuple[float, ...]]

STRATEGIES: Mapping[str, _Rank] = {
    "longest_idle": lambda rule, agent: (agent.idle_since, rule.members.index(agent.number)),
    "linear": lambda rule, agent: (rule.members.index(agent.number),),
    "fewest_calls": lambda rule, agent: (agent.calls_taken, agent.idle_since),
}
"""Strategy names of the schema to what ranks the available agents; the lowest is offered."""


@dataclass(slots=True)
class Acd:
    """All queues and agents of one exchange."""

    rules: Mapping[str, QueueRule]
    waiting: list[Waiting] = field(default_factory=list)
    agents: dict[str, Agent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.retune(self.rules)

    def retune(self, rules: Mapping[str, QueueRule]) -> None:
        """Take new rules while calls wait; agents keep their state, unknown ones are added."""
        self.rules = rules
        for rule in rules.values():
            for number in rule.members:
                self.agents.setdefault(number, Agent(number=number))

    def handle(self, event: Event, now: float) -> list[Action]:
        """What must be done because ``event`` happened at ``now``."""
        actions = list(self._take(event, now))
        actions += self._expire(now)
        actions += self._assign(now)
        return actions

    def next_due(self, now: float) -> float | None:
        """When ``handle(Tick())`` must be called at the latest, if nothing else happens."""
        dues = [agent.due for agent in self.agents.values() if agent.due is not None]
        for caller in self.waiting:
            rule = self.rules.get(caller.queue)
            if rule is not None:
                dues.append(caller.since + rule.max_wait_s)
        if any(not caller.offered_to for caller in self.waiting):
            dues += [
                agent.passed_over_until
                for agent in self.agents.values()
                if agent.state is AgentState.AVAILABLE and agent.passed_over_until > now
            ]
        return min(dues, default=None)

    def queues_of(self, agent: str) -> tuple[str, ...]:
        """The queues an agent is a member of."""
        return tuple(rule.name for rule in self.rules.values() if agent in rule.members)

    # -- events ---------------------------------------------------------------------------

    def _take(self, event: Event, now: float) -> Iterable[Action]:
        match event:
            case CallerJoined(queue, call):
                return self._join(queue, call, now)
            case CallerLeft(call):
                return self._leave(call, now)
            case OfferAccepted(call, agent):
                self._accept(call, self.agents[agent], now)
            case OfferMissed(call, agent):
                self._miss(call, self.agents[agent], now)
            case TalkEnded(agent):
                self._end_talk(self.agents[agent], now)
            case AgentLoggedIn(agent):
                self._log_in(self.agents[agent], now)
            case AgentLoggedOut(agent):
                return self._log_out(self.agents[agent], now)
            case AgentEngaged(agent, engaged):
                self._engage(self.agents.get(agent), engaged, now)
            case Tick():
                pass
        return ()

    def _join(self, queue: str, call: str, now: float) -> Iterable[Action]:
        rule = self.rules[queue]
        if sum(caller.queue == queue for caller in self.waiting) >= rule.max_length:
            yield Expel(call, queue, ExpelReason.FULL)
            return
        self.waiting.append(Waiting(call=call, queue=queue, since=now))

    def _leave(self, call: str, now: float) -> Iterable[Action]:
        for caller in [c for c in self.waiting if c.call == call]:
            self.waiting.remove(caller)
            if caller.offered_to:
                yield self._withdraw(caller, now)

    def _withdraw(self, caller: Waiting, now: float) -> Withdraw:
        agent = self.agents[caller.offered_to]
        self._step(agent, AgentEvent.MISSED, now)
        self._clear(agent)
        caller.offered_to = ""
        return Withdraw(caller.call, agent.number)

    def _accept(self, call: str, agent: Agent, now: float) -> None:
        if agent.call != call or agent.state is not AgentState.OFFERED:
            return  # crossed a withdrawal: switchd sees the same and ends the agent's leg
        self.waiting = [caller for caller in self.waiting if caller.call != call]
        agent.calls_taken += 1
        agent.due = None
        self._step(agent, AgentEvent.ACCEPTED, now)

    def _miss(self, call: str, agent: Agent, now: float) -> None:
        if agent.call != call or agent.state is not AgentState.OFFERED:
            return
        for caller in self.waiting:
            if caller.call == call:
                caller.offered_to = ""
        agent.passed_over_until = now + MISSED_PAUSE_S
        self._step(agent, AgentEvent.MISSED, now)
        self._clear(agent)

    def _end_talk(self, agent: Agent, now: float) -> None:
        rule = self.rules.get(agent.queue)
        self._step(agent, AgentEvent.TALK_ENDED, now)
        self._clear(agent)
        agent.idle_since = now
        agent.due = now + (rule.wrap_up_s if rule else 0.0)
        if agent.leaving:
            self._step(agent, AgentEvent.LOGGED_OUT, now)
            self._clear(agent)
            agent.leaving = False

    def _log_in(self, agent: Agent, now: float) -> None:
        agent.leaving = False
        if agent.state is AgentState.LOGGED_OUT:
            agent.idle_since = now
        self._step(agent, AgentEvent.LOGGED_IN, now)

    def _log_out(self, agent: Agent, now: float) -> Iterable[Action]:
        agent.leaving = agent.state is AgentState.TALKING
        if agent.state is AgentState.OFFERED:
            for caller in self.waiting:
                if caller.offered_to == agent.number:
                    yield self._withdraw(caller, now)
        if not agent.leaving:
            self._step(agent, AgentEvent.LOGGED_OUT, now)
            self._clear(agent)

    def _engage(self, agent: Agent | None, engaged: bool, now: float) -> None:
        if agent is None:
            return
        agent.engaged = engaged
        event = AgentEvent.ENGAGED if engaged else AgentEvent.FREED
        was = agent.state
        self._step(agent, event, now)
        if engaged and was is AgentState.WRAP_UP:
            agent.due = None

    # -- time -----------------------------------------------------------------------------

    def _expire(self, now: float) -> Iterable[Action]:
        for agent in self.agents.values():
            if agent.due is None or agent.due > now:
                continue
            if agent.state is AgentState.WRAP_UP:
                agent.due = None
                self._step(agent, AgentEvent.WRAPPED_UP, now)
            elif agent.state is AgentState.OFFERED:
                yield Withdraw(agent.call, agent.number)
                self._miss(agent.call, agent, now)
        for caller in list(self.waiting):
            rule = self.rules.get(caller.queue)
            if rule is not None and now >= caller.since + rule.max_wait_s:
                yield from self._leave(caller.call, now)
                yield Expel(caller.call, caller.queue, ExpelReason.WAITED_TOO_LONG)

    def _assign(self, now: float) -> Iterable[Action]:
        for caller in self.waiting:  # in the order they came, over all queues
            rule = self.rules.get(caller.queue)
            if caller.offered_to or rule is None:
                continue
            free = [
                agent
                for number in rule.members
                if (agent := self.agents[number]).state is AgentState.AVAILABLE
                and agent.passed_over_until <= now
            ]
            if not free:
                continue
            agent = min(free, key=partial(STRATEGIES[rule.strategy], rule))
            self._step(agent, AgentEvent.OFFERED, now)
            agent.call, agent.queue = caller.call, caller.queue
            agent.due = now + rule.offer_timeout_s
            caller.offered_to = agent.number
            yield Offer(caller.call, agent.number, caller.queue)

    def _step(self, agent: Agent, event: AgentEvent, now: float) -> None:
        state = AGENT_TABLE.step(agent.state, event)
        if state is not agent.state:
            agent.state, agent.since = state, now
        if agent.state is AgentState.AVAILABLE and agent.engaged:
            self._step(agent, AgentEvent.ENGAGED, now)

    def _clear(self, agent: Agent) -> None:
        agent.call = agent.queue = ""
        agent.due = None
