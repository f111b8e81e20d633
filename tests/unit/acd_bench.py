"""What the tests of the ACD engine share: short rules, and a witness of everything it orders.

The witness keeps its own account of who rings, talks, waits and is away, from the events told and
the actions ordered alone, and objects to whatever must not happen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from firmware.model import acd
from firmware.model.acd.match import asks
from firmware.model.agent import AgentState

FORGIVING = ("ring_all", "progressive")


def rule(name="support", members=("101", "102"), **changes):
    """A queue's rule that says nothing else."""
    return acd.QueueRule(name=name, members=tuple(members), **changes)


def engine(*rules, logged_in=None, at=0.0, agents=(), **settings):
    """An engine whose agents have logged in one after the other."""
    rules = rules or (rule(),)
    made = acd.Acd(
        rules={one.name: one for one in rules},
        agent_rules={one.number: one for one in agents},
        **settings,
    )
    everybody = dict.fromkeys(number for one in rules for number in one.members)
    for step, agent in enumerate(everybody if logged_in is None else logged_in):
        made.handle(acd.AgentLoggedIn(agent), at + step * 0.001)
    return made


def offers(actions):
    """Who is offered to whom."""
    return [(a.call, a.agent) for a in actions if isinstance(a, acd.Offer)]


def only(actions, kind):
    """The actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


@dataclass
class Witness:
    """Drives an engine and checks every answer."""

    engine: acd.Acd
    now: float = 0.0
    ringing: set[tuple[str, str]] = field(default_factory=set)
    reserved: dict[str, str] = field(default_factory=dict)  # call to agent, while it is dialled
    talking: set[tuple[str, str]] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)  # call to queue
    held: set[str] = field(default_factory=set)
    gone: Counter[str] = field(default_factory=Counter)
    said: dict[str, float] = field(default_factory=dict)
    accepted: tuple[str, str] | None = None
    connected: int = 0
    dialled: int = 0

    def tell(self, event, after=0.0):
        """Let time pass and something happen; all actions meanwhile."""
        then, passed = self.now + after, []
        while (due := self.engine.next_due(self.now)) is not None and due < then:
            self.now = max(self.now, due)
            actions = self.engine.handle(acd.Tick(), self.now)
            self._carry_out(actions)
            passed += actions
        self.now = then
        actions = self.engine.handle(event, self.now)
        self._carry_out(actions)
        return passed + actions

    def retune(self, rules, agents=None):
        """Change the rules."""
        self._carry_out(self.engine.retune(rules, agents, self.now))

    def join(self, queue, call, **more):
        """A caller comes."""
        self.waiting[call] = queue
        return self.tell(acd.CallerJoined(queue, call, **more))

    def leave(self, call):
        """The caller hangs up."""
        if call in self.held:
            return self.tell(acd.CallerLeft(call))
        del self.waiting[call]
        self.gone[call] += 1
        return self.tell(acd.CallerLeft(call))

    def accept(self, call, agent):
        """The agent's telephone is answered."""
        self.accepted = (call, agent)
        actions = self.tell(acd.OfferAccepted(call, agent))
        if only(actions, acd.AskConfirmation):
            actions = self.tell(acd.OfferConfirmed(call, agent))
        assert only(actions, acd.Connect)
        self.accepted = None
        return actions

    def miss(self, call, agent, kind=acd.MissKind.NO_ANSWER):
        """The agent's telephone rings in vain."""
        self.ringing.remove((call, agent))
        return self.tell(acd.OfferMissed(call, agent, kind))

    def end_talk(self, call, agent):
        """They hang up."""
        self.talking.remove((call, agent))
        return self.tell(acd.TalkEnded(agent, call))

    # -- what must hold -------------------------------------------------------------------

    def _carry_out(self, actions):
        for action in actions:
            match action:
                case acd.Offer(call, agent):
                    self._offer(call, agent)
                case acd.Withdraw(call, agent):
                    self.ringing.remove((call, agent))
                case acd.Connect(call, agent):
                    assert (call, agent) == self.accepted
                    self.ringing.remove((call, agent))
                    del self.waiting[call]
                    self.held.discard(call)
                    self.talking.add((call, agent))
                    self.connected += 1
                case acd.Expel(call):
                    del self.waiting[call]
                    self.gone[call] += 1
                case acd.CallbackTaken(call):
                    self.held.add(call)
                case acd.Dial(call, _queue, _number, agent):
                    self._is_kept_free(call, agent)
                    self.reserved[call] = agent
                    self.dialled += 1
                case acd.StopDialling(call):
                    del self.reserved[call]
                case acd.CallbackEnded(call, _queue, _number, why):
                    self.held.discard(call)
                    if why is not acd.CallbackEnd.HUNG_UP:
                        self.reserved.pop(call, None)
                        del self.waiting[call]
                        self.gone[call] += 1
                case acd.Announce():
                    self._announced(action)
        self.check()

    def _offer(self, call, agent):
        assert call in self.waiting
        assert call not in self.held
        self._is_kept_free(call, agent)
        self.ringing.add((call, agent))
        strategy = self.engine.queues[self.waiting[call]].rule.strategy
        if strategy not in FORGIVING:
            assert sum(one == call for one, _agent in self.ringing) == 1

    def _is_kept_free(self, _call, agent):
        assert agent not in {one for _c, one in self.ringing}
        assert agent not in self.reserved.values()
        talks = sum(one == agent for _c, one in self.talking)
        record = self.engine.agents[agent]
        assert talks < record.rule.capacity
        assert not record.dnd
        assert record.reachable
        assert talks or not record.engaged

    def _announced(self, action):
        assert action.call in self.waiting
        assert action.call not in self.held
        before = self.said.get(action.call)
        if action.wait_s is not None:
            assert before is None or action.wait_s <= before or action.cause
            self.said[action.call] = action.wait_s

    def check(self):
        """Nobody lost, nobody in two calls, nobody free who could serve, books that agree."""
        engine = self.engine
        assert {one.call for one in engine.waiting} == set(self.waiting)
        assert all(count == 1 for count in self.gone.values())
        calls_of = Counter(agent for _call, agent in self.talking)
        for agent in engine.agents.values():
            assert set(agent.talks) == {call for call, one in self.talking if one == agent.number}
            assert calls_of[agent.number] <= agent.rule.capacity
        for number, record in engine.agents.items():
            rung = {call for call, one in self.ringing if one == number}
            kept = {call for call, one in self.reserved.items() if one == number}
            assert len(rung | kept) <= 1
            assert (record.offer is not None) == bool(rung | kept)
        for queue in engine.queues.values():
            self._check_queue(queue)
        due = engine.next_due(self.now)
        assert due is None or due > self.now

    def _check_queue(self, queue):
        callers = queue.callers()
        assert queue.line == sorted(queue.line, key=lambda place: place[:2])
        assert queue.hungry == sum(caller.hungry for caller in callers)
        assert queue.held == sum(not caller.is_on_line for caller in callers)
        assert queue.ringing == sum(bool(caller.offered) for caller in callers)
        served = [talk for a in self.engine.agents.values() for talk in a.talks.values()]
        assert queue.served == sum(talk.queue is queue for talk in served)
        free = {
            number
            for number, member in queue.members.items()
            if member.is_on and member.agent.is_free(self.now)
        }
        assert {entry[3].agent.number for entry in queue.free} == free
        due = self.engine.next_due(self.now)
        is_quiet = due is None or due > self.now + 1e-6  # else it will be asked this very moment
        if queue.is_open and is_quiet:
            for caller in callers:
                if caller.hungry:
                    wanted = asks(caller, self.now)
                    assert not any(wanted.fit(entry[3]) for entry in queue.free)

    def is_idle(self, agent):
        """Whether nothing holds the agent."""
        return self.engine.agents[agent].state is AgentState.AVAILABLE
