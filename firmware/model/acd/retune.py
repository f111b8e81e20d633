"""Rules are exchanged while calls wait: nobody is lost, and the next decision follows them."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from firmware.model.acd.desk import Desk
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.door import Door, credit_s
from firmware.model.acd.floor import Agent, Floor, Member, Queue, Waiting
from firmware.model.acd.rules import AgentRule, ExpelReason, QueueRule
from firmware.model.acd.says import Says
from firmware.model.agent import AgentState

_BOUND = (AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP)


class Tuning:
    """Makes ``floor`` follow other rules."""

    def __init__(
        self, floor: Floor, desk: Desk, dispatch: Dispatch, door: Door, says: Says
    ) -> None:
        self._floor = floor
        self._desk = desk
        self._dispatch = dispatch
        self._door = door
        self._says = says

    def retune(
        self, rules: Mapping[str, QueueRule], agents: Mapping[str, AgentRule], now: float
    ) -> None:
        """Leaves who may be offered now to be settled."""
        floor = self._floor
        for agent in floor.agents.values():
            if agent.is_listed:
                self._desk.hide(agent)
        for name in [name for name in floor.queues if name not in rules]:
            self._remove(floor.queues[name], now)
        for agent in floor.agents.values():
            agent.members = []
            agent.rule = agents.get(agent.number) or AgentRule(number=agent.number)
        for rule in rules.values():
            queue = floor.queues.get(rule.name)
            if queue is None:
                queue = floor.queues[rule.name] = Queue(name=rule.name, rule=rule)
            self._take(queue, rule, agents, now)
        floor.watched = [queue for queue in floor.queues.values() if queue.watches_states]
        for agent in list(floor.agents.values()):
            self._look_at(agent, now)

    def _remove(self, queue: Queue, now: float) -> None:
        for caller in queue.callers():
            self._door.expel(caller, ExpelReason.QUEUE_REMOVED, now)
        del self._floor.queues[queue.name]
        queue.due = inf

    def _take(
        self, queue: Queue, rule: QueueRule, agents: Mapping[str, AgentRule], now: float
    ) -> None:
        before = queue.rule
        queue.take(rule)
        known, queue.members = queue.members, {}
        for order, number in enumerate(rule.members):
            agent = self._floor.agents.get(number)
            if agent is None:
                found = agents.get(number) or AgentRule(number=number)
                agent = self._floor.agents[number] = Agent(number=number, rule=found)
            member = known.get(number) or Member(
                queue=queue, agent=agent, order=order, tier=0, weight=1
            )
            member.order = order
            member.agent = agent
            member.tier, member.weight = rule.tiers.get(number, 0), rule.weights.get(number, 1)
            queue.members[number] = member
            agent.members.append(member)
        for caller in queue.callers():
            self._follow(caller, before, now)

    def _follow(self, caller: Waiting, before: QueueRule, now: float) -> None:
        rule = caller.at.rule
        caller.rank += credit_s(before, caller.priority) - credit_s(rule, caller.priority)
        self._door.move(caller, now)
        if caller.is_on_line:
            caller.leave_at = caller.entered + rule.max_wait_s
            if (before.announce, before.messages) != (rule.announce, rule.messages):
                self._says.begin(caller, now)
        self._door.remind(caller)

    def _look_at(self, agent: Agent, now: float) -> None:
        if agent.members:
            self._desk.duty_changed(agent, now)
        elif agent.state in _BOUND:
            agent.will_leave = True
        else:
            if agent.state is not AgentState.LOGGED_OUT:
                self._desk.leave(agent, now)
            del self._floor.agents[agent.number]
