"""Who is offered to whom: the one place where a caller and an agent come together.

Two calls for one agent are impossible by construction: an offer is made only to an agent who is
free, and making it is the transition after which they are not. After every event no free agent is
left whom a hungry caller may have, so only two questions are ever asked: who for this caller, and
whom for this agent.
"""

from __future__ import annotations

from heapq import merge
from math import inf

from firmware.model.acd.actions import Dial, Offer, StopDialling, Withdraw
from firmware.model.acd.desk import Desk
from firmware.model.acd.floor import Agent, Callback, Floor, Member, Queue, Waiting
from firmware.model.acd.match import ANYBODY, Asks, asks, next_change
from firmware.model.acd.strategies import ORDERS, breadth, candidates
from firmware.model.agent import AgentEvent

_OFFERED = AgentEvent.OFFERED


class Dispatch:
    """Makes and withdraws offers on ``floor``."""

    def __init__(self, floor: Floor, desk: Desk) -> None:
        self._floor = floor
        self._desk = desk

    # -- the two questions ----------------------------------------------------------------

    def settle(self, now: float) -> None:
        """Answer all that the event has left open."""
        floor = self._floor
        freed, asking = floor.freed, floor.asking
        if len(freed) == 1 and not asking:
            self._seek_caller(freed.pop(), now)
        elif len(asking) == 1 and not freed:
            self.seek_agents(asking.pop(), now)
        else:
            floor.freed, floor.asking = [], []
            self._settle_many(freed, asking, now)

    def _settle_many(self, freed: list[Agent], asking: list[Waiting], now: float) -> None:
        """Whoever is free is listed first, then callers choose, the first first."""
        queues: dict[str, Queue] = {}
        for agent in freed:
            self._desk.show(agent, now)
            for member in agent.members:
                if member.is_on and member.queue.hungry:
                    queues[member.queue.name] = member.queue
        places = [
            sorted(caller.place for caller in asking if caller.place is not None),
            *([c.place for c in queue.hungry_callers() if c.place] for queue in queues.values()),
        ]
        for _rank, _number, caller in merge(*places):
            if caller.hungry:
                self.seek_agents(caller, now)

    def seek_agents(self, caller: Waiting, now: float) -> None:
        """Offer the caller to free agents, as many as the strategy lets ring."""
        queue = caller.at
        while caller.hungry and queue.free and queue.is_open:
            member = self._choose(queue, caller, now)
            if member is None:
                return
            self._offer(caller, member, now)

    def _choose(self, queue: Queue, caller: Waiting, now: float) -> Member | None:
        wanted = asks(caller, now)
        if wanted is ANYBODY and queue.rule.strategy not in ORDERS:
            return queue.free[0][3]
        for agent in caller.prefer:
            member = queue.members.get(agent)
            if member is not None and member.entry is not None and wanted.fit(member):
                return member
        fitting = filter(wanted.fit, candidates(queue, wanted.needs, self._floor.dice))
        return next(fitting, None)

    def _seek_caller(self, agent: Agent, now: float) -> None:
        """Offer the free agent to the first caller of all their queues whom they will do for."""
        if not agent.is_free(now) or agent.is_listed:
            return
        best: Waiting | None = None
        choice: Member | None = None
        for member in agent.members:
            queue = member.queue
            if not queue.hungry or not member.is_on or not queue.is_open:
                continue
            caller = _first_for(member, now)
            if caller is not None and (best is None or _is_before(caller, best)):
                best, choice = caller, member
        if best is None or choice is None:
            self._desk.show(agent, now)
        else:
            self._offer(best, choice, now)

    # -- offers ---------------------------------------------------------------------------

    def _offer(self, caller: Waiting, member: Member, now: float) -> None:
        floor, agent, queue = self._floor, member.agent, caller.at
        if agent.is_listed:
            self._desk.hide(agent)
        agent.call, agent.queue = caller.call, queue.name
        floor.step(agent, _OFFERED, now)
        agent.offer, agent.offered_at = caller, now
        if not caller.offered:
            queue.ringing += 1
        caller.offered.append(agent)
        queue.turn = member.order
        if caller.ring_began == inf:
            caller.ring_began = now
        if not queue.is_broad or caller.hold is not None:
            caller.hungry = False
            queue.hungry -= 1
        else:
            self.rehunger(caller, now)
        if caller.hold is None or caller.hold.is_answered:
            self.ring(caller, agent, now)
        else:
            self._dial(caller, caller.hold, agent, now)

    def ring(self, caller: Waiting, agent: Agent, now: float) -> None:
        """Let the agent's telephone ring for the caller whom they are kept free for."""
        agent.is_rung = True
        confirm = agent.rule.confirm if agent.confirm is None else agent.confirm
        agent.must_confirm, agent.is_confirming = confirm, False
        self._floor.remind(agent, now + caller.at.rule.offer_timeout_s)
        self._floor.out.append(
            Offer(caller.call, agent.number, caller.queue, agent.telephone, confirm)
        )

    def _dial(self, caller: Waiting, hold: Callback, agent: Agent, now: float) -> None:
        rule = caller.at.rule.callback
        hold.attempts += 1
        hold.retry_at = inf
        agent.is_rung = False
        self._floor.remind(agent, now + (rule.dial_timeout_s if rule else 60.0))
        self._floor.out.append(
            Dial(caller.call, caller.queue, hold.number, agent.number, hold.attempts)
        )

    def withdraw(self, caller: Waiting, agent: Agent, now: float) -> None:
        """The agent is not to have the caller: stop ringing, or dialling for them."""
        if agent.is_rung:
            self._floor.out.append(Withdraw(caller.call, agent.number))
        elif caller.hold is not None and caller.hold.is_dialled:
            self.stop_dialling(caller, caller.hold, now)
        self.part(caller, agent, now)

    def part(self, caller: Waiting, agent: Agent, now: float) -> None:
        """End the offer. The caller is hungry again if they still wait."""
        caller.release(agent)
        self._desk.release(agent, now)
        if caller.place is None:
            return
        if caller.is_overdue and not caller.offered:
            caller.leave_at = now
            self._floor.remind(caller, now)
            return
        self.rehunger(caller, now)
        if caller.hungry:
            self._floor.asking.append(caller)

    def stop_dialling(self, caller: Waiting, hold: Callback, now: float) -> None:
        """No agent is kept free for the callback any more: the attempt does not count."""
        rule = caller.at.rule.callback
        hold.attempts -= 1
        hold.retry_at = now + (rule.first_after_s if rule else 0.0)
        if caller.place is not None:  # it may have expired while it was dialled
            caller.leave_at = hold.expire_at
            self._floor.remind(caller, min(caller.due, caller.leave_at))
        self._floor.out.append(StopDialling(caller.call))

    def reopen(self, queue: Queue) -> None:
        """A queue that serves only so many at once may serve another."""
        if queue.rule.most_served:
            self._floor.asking.extend(queue.hungry_callers())

    def rehunger(self, caller: Waiting, now: float) -> None:
        """Decide anew whether the caller wants (more) agents, and when to look again."""
        queue, hold = caller.at, caller.hold
        if hold is not None and not hold.is_answered:
            hungry = not caller.offered and hold.retry_at <= now
        else:
            ringing_s = now - caller.ring_began if caller.ring_began < inf else 0.0
            hungry = len(caller.offered) < (breadth(queue, ringing_s) if queue.is_broad else 1)
        if hungry is not caller.hungry:
            queue.hungry += 1 if hungry else -1
            caller.hungry = hungry
        caller.ask_at = next_change(caller, now)
        if hold is not None and now < hold.retry_at < caller.ask_at:
            caller.ask_at = hold.retry_at
        if caller.ask_at < caller.due:
            self._floor.remind(caller, caller.ask_at)


def _first_for(member: Member, now: float) -> Waiting | None:
    """The first hungry caller of the member's queue for whom they will do."""
    return next((c for c in member.queue.hungry_callers() if _fits(c, member, now)), None)


def _fits(caller: Waiting, member: Member, now: float) -> bool:
    wanted: Asks = asks(caller, now)
    return wanted is ANYBODY or wanted.fit(member)


def _is_before(caller: Waiting, other: Waiting) -> bool:
    return (caller.rank, caller.number) < (other.rank, other.number)
