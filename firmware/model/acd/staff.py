"""What agents and their telephones do: log in and out, pause, move, wrap up, are engaged."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from firmware.model.acd.actions import AgentChanged, AutoPaused
from firmware.model.acd.desk import Desk
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.events import (
    AgentDnd,
    AgentEngaged,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentMoved,
    AgentPaused,
    AgentReachable,
    AgentUnpaused,
    DayBegan,
    TalkEnded,
    WrapUpDone,
    WrapUpExtended,
)
from firmware.model.acd.floor import Agent, Floor, Queue
from firmware.model.acd.rules import MissKind
from firmware.model.agent import AgentEvent, AgentState

_BOUND = (AgentState.OFFERED, AgentState.TALKING)


class Staff:
    """All agents of ``floor``. Events about agents who are none are ignored."""

    def __init__(self, floor: Floor, desk: Desk, dispatch: Dispatch) -> None:
        self._floor = floor
        self._desk = desk
        self._dispatch = dispatch
        self._agents: Mapping[str, Agent] = floor.agents

    # -- coming and going -----------------------------------------------------------------

    def log_in(self, event: AgentLoggedIn, now: float) -> None:
        """Also when they are logged in: for other queues, at another telephone."""
        agent = self._agents.get(event.agent)
        if agent is None:
            return
        agent.will_leave = False
        agent.scope = frozenset(event.queues) or None
        agent.telephone, agent.confirm, agent.by = event.telephone, event.confirm, event.by
        if agent.state is AgentState.LOGGED_OUT:
            agent.idle_since, agent.misses, agent.passed_over_until = now, 0, -inf
            _catch_up(agent)
        self._floor.step(agent, AgentEvent.LOGGED_IN, now)
        self._desk.rest(agent, now)
        self._desk.duty_changed(agent, now)

    def log_out(self, event: AgentLoggedOut, now: float) -> None:
        """Their offer goes to somebody else; a talk goes on, and they leave after it."""
        agent = self._agents.get(event.agent)
        if agent is None or agent.state is AgentState.LOGGED_OUT:
            return
        agent.by = event.by
        agent.will_leave = True
        self._let_go(agent, now)
        if agent.will_leave and agent.state not in _BOUND:
            self._desk.leave(agent, now)

    def pause(self, event: AgentPaused, now: float) -> None:
        """In all queues, or in one; there, a telephone that rings goes on ringing."""
        agent = self._agents.get(event.agent)
        if agent is None or agent.state is AgentState.LOGGED_OUT:
            return
        if event.queue:
            agent.paused_in.add(event.queue)
            self._desk.duty_changed(agent, now)
            return
        agent.pause_reason = event.reason
        if agent.state is AgentState.PAUSED:
            agent.since = now  # another reason: its time is counted apart
            if self._floor.tells_states:
                self._floor.out.append(AgentChanged(agent.number, agent.state, event.reason))
            return
        agent.will_pause = True
        self._let_go(agent, now)
        if agent.will_pause and agent.state not in _BOUND:
            self._pause_now(agent, now)

    def _pause_now(self, agent: Agent, now: float) -> None:
        if agent.state is AgentState.WRAP_UP:
            self._desk.finish(agent, now)
        agent.will_pause = False
        self._floor.step(agent, AgentEvent.PAUSED, now)
        self._desk.duty_changed(agent, now)

    def _let_go(self, agent: Agent, now: float) -> None:
        """The caller who rings for the agent is not to wait for them."""
        if agent.offer is not None:
            self._dispatch.withdraw(agent.offer, agent, now)
        if agent.state is AgentState.TALKING:
            self._desk.refresh(agent, now)  # they may have been free for a second call

    def unpause(self, event: AgentUnpaused, now: float) -> None:
        """In one queue, or everywhere."""
        agent = self._agents.get(event.agent)
        if agent is None:
            return
        if event.queue:
            agent.paused_in.discard(event.queue)
        else:
            agent.paused_in.clear()
            agent.will_pause = False
            agent.pause_reason = ""
            agent.misses = 0
            self._floor.step(agent, AgentEvent.UNPAUSED, now)
            self._desk.rest(agent, now)
        self._desk.duty_changed(agent, now)

    def count_miss(self, agent: Agent, queue: Queue, kind: MissKind, now: float) -> None:
        """Who misses too many offers is paused; to be told before the offer ends."""
        rule = queue.rule.auto_pause
        if rule is None or kind not in rule.kinds:
            return
        agent.misses += 1
        if agent.misses < rule.after or now - agent.idle_since < rule.grace_s:
            return
        agent.misses = 0
        where = "" if rule.everywhere else queue.name
        self._floor.out.append(AutoPaused(agent.number, rule.reason, where))
        if where:
            agent.paused_in.add(where)
            self._desk.duty_changed(agent, now)
        else:
            agent.pause_reason, agent.will_pause = rule.reason, True

    # -- telephones -----------------------------------------------------------------------

    def move(self, event: AgentMoved, now: float) -> None:
        """From the next offer on."""
        agent = self._agents.get(event.agent)
        if agent is not None:
            agent.telephone, agent.confirm = event.telephone, event.confirm
            agent.passed_over_until = -inf  # it was the other telephone that was missed
            self._desk.refresh(agent, now)

    def engage(self, event: AgentEngaged, now: float) -> None:
        """A call of their own does not end a wrap-up; and when it ends, they are free."""
        agent = self._agents.get(event.agent)
        if agent is None:
            return
        agent.engaged = event.engaged
        if agent.state is AgentState.WRAP_UP:
            return
        self._floor.step(agent, AgentEvent.ENGAGED if event.engaged else AgentEvent.FREED, now)
        self._desk.refresh(agent, now)

    def set_dnd(self, event: AgentDnd, now: float) -> None:
        """Takes effect at the next offer."""
        agent = self._agents.get(event.agent)
        if agent is not None and agent.dnd is not event.dnd:
            agent.dnd = event.dnd
            self._desk.duty_changed(agent, now)

    def set_reachable(self, event: AgentReachable, now: float) -> None:
        """Takes effect at the next offer."""
        agent = self._agents.get(event.agent)
        if agent is not None and agent.reachable is not event.reachable:
            agent.reachable = event.reachable
            self._desk.duty_changed(agent, now)

    # -- talks ----------------------------------------------------------------------------

    def end_talk(self, event: TalkEnded, now: float) -> None:
        """A talk that is not known is overtaken."""
        agent = self._agents.get(event.agent)
        if agent is None or not agent.talks:
            return
        talk = agent.talks.pop(event.call or next(iter(agent.talks)), None)
        if talk is not None:
            self._desk.end_talk(agent, talk, now)
            self._dispatch.reopen(talk.queue)

    def end_wrap_up(self, event: WrapUpDone, now: float) -> None:
        """Also one with a fixed length."""
        agent = self._agents.get(event.agent)
        if agent is not None and agent.state is AgentState.WRAP_UP:
            self._desk.end_wrap_up(agent, now)

    def extend_wrap_up(self, event: WrapUpExtended, now: float) -> None:
        """By so much, but not beyond the rule's limit."""
        agent = self._agents.get(event.agent)
        if agent is None or agent.state is not AgentState.WRAP_UP or agent.wraps_for is None:
            return
        most = agent.since + agent.wraps_for.rule.wrap_up_most_s
        self._floor.remind(agent, max(agent.due, min(max(agent.due, now) + event.by_s, most)))

    def begin_day(self, _event: DayBegan, _now: float) -> None:
        """Free agents are sorted by what is now zero: sort them anew."""
        for queue in self._floor.queues.values():
            for member in queue.members.values():
                member.calls, member.talk_s = 0, 0.0
        listed = [agent for agent in self._agents.values() if agent.is_listed]
        for agent in self._agents.values():
            agent.calls_taken, agent.talk_s = 0, 0.0
        for agent in listed:
            self._desk.hide(agent)
        for agent in listed:
            self._desk.show(agent, _now)


def _catch_up(agent: Agent) -> None:
    """Who comes late is not given everything until they have caught up with the others."""
    for member in agent.members:
        others = [m for m in member.queue.members.values() if m.is_on_duty and m is not member]
        if others:
            member.calls = max(member.calls, min(other.calls for other in others))
            member.talk_s = max(member.talk_s, min(other.talk_s for other in others))
