"""What becomes of offers: accepted, confirmed, missed, timed out."""

from __future__ import annotations

from math import inf

from firmware.model.acd.actions import AskConfirmation, Connect, MissedReturned, Withdraw
from firmware.model.acd.desk import Desk
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.events import OfferAccepted, OfferConfirmed, OfferMissed
from firmware.model.acd.floor import Agent, Floor, Talk, Waiting
from firmware.model.acd.rules import MissDelays, MissKind
from firmware.model.acd.staff import Staff
from firmware.model.agent import AgentEvent

_ACCEPTED = AgentEvent.ACCEPTED


class Offers:
    """All offers on ``floor``. Answers that crossed a withdrawal are ignored."""

    def __init__(self, floor: Floor, desk: Desk, dispatch: Dispatch, staff: Staff) -> None:
        self._floor = floor
        self._desk = desk
        self._dispatch = dispatch
        self._staff = staff

    def accept(self, event: OfferAccepted, now: float) -> None:
        """The agent's telephone was answered."""
        agent = self._rung(event.agent, event.call)
        if agent is None or agent.offer is None or agent.is_confirming:
            return
        if agent.must_confirm:
            agent.is_confirming = True
            self._floor.remind(agent, now + agent.offer.at.rule.confirm_timeout_s)
            self._floor.out.append(AskConfirmation(event.call, event.agent))
        else:
            self._connect(agent, agent.offer, now)

    def confirm(self, event: OfferConfirmed, now: float) -> None:
        """The agent, not a mailbox, has answered."""
        agent = self._rung(event.agent, event.call)
        if agent is not None and agent.offer is not None and agent.is_confirming:
            self._connect(agent, agent.offer, now)

    def miss(self, event: OfferMissed, now: float) -> None:
        """The agent did not take the call."""
        agent = self._rung(event.agent, event.call)
        if agent is not None and agent.offer is not None:
            kind = MissKind.UNCONFIRMED if agent.is_confirming else event.kind
            self._end(agent, agent.offer, kind, now)

    def time_out(self, agent: Agent, now: float) -> None:
        """The agent's telephone has rung, or asked for the digit, long enough."""
        caller = agent.offer
        if caller is not None and agent.is_rung:
            self._floor.out.append(Withdraw(caller.call, agent.number))
            kind = MissKind.UNCONFIRMED if agent.is_confirming else MissKind.NO_ANSWER
            self._end(agent, caller, kind, now)

    def _rung(self, number: str, call: str) -> Agent | None:
        """The agent, if their telephone rings for this call."""
        agent = self._floor.agents.get(number)
        if agent is None or agent.offer is None or not agent.is_rung:
            return None
        return agent if agent.offer.call == call else None

    def _end(self, agent: Agent, caller: Waiting, kind: MissKind, now: float) -> None:
        queue = caller.at
        self._staff.count_miss(agent, queue, kind, now)
        self._dispatch.part(caller, agent, now)
        self._desk.pass_over(agent, now + _delay_s(queue.rule.miss_delays, kind), now)

    def _connect(self, agent: Agent, caller: Waiting, now: float) -> None:
        floor, queue = self._floor, caller.at
        queue.remove(caller)
        queue.served += 1
        del floor.callers[caller.call]
        caller.due = inf
        floor.out.append(Connect(caller.call, agent.number, queue.name, now - caller.since))
        caller.release(agent)
        agent.offer, agent.is_rung, agent.is_confirming = None, False, False
        agent.wraps_for, agent.due = None, inf
        for other in tuple(caller.offered):
            self._dispatch.withdraw(caller, other, now)
        agent.talks[caller.call] = Talk(caller.call, queue, agent.offered_at, now)
        agent.calls_taken += 1
        agent.misses = 0
        member = queue.members.get(agent.number)
        if member is not None:
            member.calls += 1
        floor.step(agent, _ACCEPTED, now)
        queue.measured.left(now - caller.since, gave_up=False)
        if agent.rule.capacity > 1:
            self._desk.refresh(agent, now)
        if caller.caller:
            self._remember(caller, agent)

    def _remember(self, caller: Waiting, agent: Agent) -> None:
        memory = self._floor.memory
        memory.talked(caller.caller, agent.number)
        if memory.reach(caller.caller):
            self._floor.out.append(MissedReturned(caller.caller))


def _delay_s(delays: MissDelays, kind: MissKind) -> float:
    match kind:
        case MissKind.REJECTED:
            return delays.rejected_s
        case MissKind.BUSY:
            return delays.busy_s
        case MissKind.UNREACHABLE:
            return delays.unreachable_s
        case MissKind.NO_ANSWER | MissKind.UNCONFIRMED:
            return delays.no_answer_s
