"""An agent at their desk: free or not, and what they do when an offer, a talk or a wrap-up ends."""

from __future__ import annotations

from bisect import bisect_left, insort
from math import inf

from firmware.model.acd.floor import Agent, Floor, Queue, Talk
from firmware.model.acd.strategies import RANKS
from firmware.model.agent import AgentEvent, AgentState

_AVAILABLE = AgentState.AVAILABLE
_MISSED, _TALK_ENDED, _WRAPPED_UP = (
    AgentEvent.MISSED,
    AgentEvent.TALK_ENDED,
    AgentEvent.WRAPPED_UP,
)


class Desk:
    """The desks of all agents on ``floor``."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    # -- free agents ----------------------------------------------------------------------

    def refresh(self, agent: Agent, now: float) -> None:
        """What decides whether the agent is free may have changed."""
        if agent.is_listed:
            self.hide(agent)
        if agent.is_free(now):
            self._floor.freed.append(agent)

    def show(self, agent: Agent, now: float) -> None:
        """List the agent, if free, among the free ones of all their queues."""
        if agent.is_listed or not agent.is_free(now):
            return
        agent.is_listed = True
        for member in agent.members:
            if member.is_on:
                queue = member.queue
                rank = RANKS[queue.rule.strategy](member)
                member.entry = (member.tier, rank, member.order, member)
                insort(queue.free, member.entry)

    def hide(self, agent: Agent) -> None:
        """The agent is not among the free ones any more."""
        agent.is_listed = False
        for member in agent.members:
            if member.entry is not None:
                free = member.queue.free
                del free[bisect_left(free, member.entry)]
                member.entry = None

    def pass_over(self, agent: Agent, until: float, now: float) -> None:
        """Make no offer to the agent until then."""
        if until > now:
            agent.passed_over_until = until
            self._floor.push(agent, until)
        self.refresh(agent, now)

    def duty_changed(self, agent: Agent, now: float) -> None:
        """The agent came, went, or takes calls from other queues than before."""
        for member in agent.members:
            queue = member.queue
            in_scope = agent.scope is None or queue.name in agent.scope
            member.is_on = in_scope and queue.name not in agent.paused_in
            queue.forget_duty()
            self._floor.restaffed[queue.name] = queue
        self.refresh(agent, now)

    # -- what ends ------------------------------------------------------------------------

    def release(self, agent: Agent, now: float) -> None:
        """The offer to the agent came to nothing."""
        agent.offer = None
        agent.is_rung = agent.is_confirming = False
        agent.due = inf
        if agent.talks:
            self._go_on_talking(agent, now)
        elif agent.wraps_for is not None:  # their other talk ended while this one was offered
            self._floor.step(agent, AgentEvent.MISSED_IN_TALK, now)
            self.wrap_up(agent, agent.wraps_for, now)
        else:
            agent.call = agent.queue = ""
            self._floor.step(agent, _MISSED, now)
            self.rest(agent, now)

    def _go_on_talking(self, agent: Agent, now: float) -> None:
        talk = next(reversed(agent.talks.values()))
        agent.call, agent.queue = talk.call, talk.queue.name
        self._floor.step(agent, AgentEvent.MISSED_IN_TALK, now)
        self.refresh(agent, now)

    def end_talk(self, agent: Agent, talk: Talk, now: float) -> None:
        """One of the agent's talks is over."""
        queue, length_s = talk.queue, now - talk.began
        queue.served -= 1
        agent.talk_s += length_s
        for member in agent.members:
            if member.queue is queue:
                member.talk_s += length_s
        agent.idle_since = now
        agent.handling_began = talk.offered_at
        agent.wraps_for = queue
        if agent.state is AgentState.OFFERED:
            return  # another call rings: they wrap up after it
        if agent.talks:
            queue.measured.handled_one(now - talk.offered_at)
            latest = next(reversed(agent.talks.values()))
            agent.call, agent.queue = latest.call, latest.queue.name
            agent.wraps_for = None
            self.refresh(agent, now)
        else:
            self.wrap_up(agent, queue, now)

    def wrap_up(self, agent: Agent, queue: Queue, now: float) -> None:
        """The agent's last talk is over: the time after it begins."""
        agent.call = ""
        agent.wraps_for = queue
        if agent.is_listed:  # they were free for a second call
            self.hide(agent)
        self._floor.step(agent, _TALK_ENDED, now)
        rule = queue.rule
        if agent.will_leave and not rule.leavers_wrap_up:
            self.leave(agent, now)
            return
        length_s = rule.wrap_up_s if agent.rule.wrap_up_s is None else agent.rule.wrap_up_s
        if rule.wrap_up_until_done:
            length_s = max(length_s, rule.wrap_up_most_s)
        if length_s > 0:
            self._floor.remind(agent, now + length_s)
        else:
            self.end_wrap_up(agent, now)

    def end_wrap_up(self, agent: Agent, now: float) -> None:
        """The agent is done with the call."""
        self.finish(agent, now)
        self._floor.step(agent, _WRAPPED_UP, now)
        self.rest(agent, now)

    def finish(self, agent: Agent, now: float) -> None:
        """Count what the call took, and forget it."""
        if agent.wraps_for is not None:
            agent.wraps_for.measured.handled_one(now - agent.handling_began)
            agent.wraps_for = None
        agent.queue = ""
        agent.due = inf

    def rest(self, agent: Agent, now: float) -> None:
        """Nothing holds the agent any more: what was wished meanwhile happens."""
        if agent.state is not _AVAILABLE:
            return
        if agent.will_leave:
            self.leave(agent, now)
        elif agent.will_pause:
            agent.will_pause = False
            self._floor.step(agent, AgentEvent.PAUSED, now)
            self.duty_changed(agent, now)
        elif agent.engaged:
            self._floor.step(agent, AgentEvent.ENGAGED, now)
            self.refresh(agent, now)
        else:
            self.refresh(agent, now)

    def leave(self, agent: Agent, now: float) -> None:
        """The agent logs out, from any state but an offer or a talk."""
        if agent.state is AgentState.WRAP_UP:
            self.finish(agent, now)
        agent.will_leave = agent.will_pause = False
        agent.pause_reason = ""
        agent.paused_in.clear()
        self._floor.step(agent, AgentEvent.LOGGED_OUT, now)
        self.duty_changed(agent, now)
