"""Callers come, wait and go: the doors of the queues."""

from __future__ import annotations

from math import inf

from firmware.model.acd.actions import (
    CallbackEnd,
    CallbackEnded,
    CallMissed,
    Expel,
    PlaceRegained,
)
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.events import (
    CallerJoined,
    CallerLeft,
    CallerPressed,
    CallerWithdrawn,
    PriorityChanged,
)
from firmware.model.acd.floor import Callback, Floor, Member, Queue, Waiting
from firmware.model.acd.match import count_on_duty, next_change
from firmware.model.acd.memory import Kept
from firmware.model.acd.rules import Absence, ExpelReason, QueueRule
from firmware.model.acd.says import Says, estimated_wait, staff_for
from firmware.model.agent import AgentState

_WHOLE_NUMBER = 7
"""So many digits are a subscriber's number, which is the same behind any prefix."""

_LED_ELSEWHERE = (ExpelReason.EXIT_KEY, ExpelReason.WITHDRAWN)

_ABSENCES = {
    AgentState.LOGGED_OUT: Absence.LOGGED_OUT,
    AgentState.PAUSED: Absence.PAUSED,
    AgentState.ENGAGED: Absence.ENGAGED,
    AgentState.OFFERED: Absence.OFFERED,
    AgentState.TALKING: Absence.TALKING,
    AgentState.WRAP_UP: Absence.WRAP_UP,
}


class Door:
    """The doors of all queues on ``floor``. Events about calls that do not wait are ignored."""

    def __init__(self, floor: Floor, dispatch: Dispatch, says: Says) -> None:
        self._floor = floor
        self._dispatch = dispatch
        self._says = says

    # -- coming ---------------------------------------------------------------------------

    def join(self, event: CallerJoined, now: float) -> None:
        """Let a caller wait, or lead them elsewhere at once."""
        queue = self._floor.queues.get(event.queue)
        if queue is None:
            self._floor.out.append(Expel(event.call, event.queue, ExpelReason.QUEUE_REMOVED))
            return
        if event.call in self._floor.callers:
            self.take_out(self._floor.callers[event.call], now)
        kept = self._kept(queue, event, now) if event.caller else None
        refusal = None if kept is not None else self._refusal(queue)
        if refusal is None:
            self._admit(queue, event, kept, now)
        else:
            self._tell_expelled(event.call, queue, refusal, event.caller, now)

    def _admit(self, queue: Queue, event: CallerJoined, kept: Kept | None, now: float) -> None:
        rule, floor = queue.rule, self._floor
        priority = event.priority
        if rule.vips:
            priority = max(priority, rule.vips.get(event.caller, priority))
        floor.arrivals += 1
        caller = Waiting(
            call=event.call,
            at=queue,
            since=now,
            caller=event.caller,
            rank=now - event.waited_s - credit_s(rule, priority),
            number=floor.arrivals,
            priority=priority,
            language=event.language,
            needs=event.needs,
        )
        if kept is not None:
            caller.since, caller.rank = kept.since, min(kept.rank, caller.rank)
            floor.out.append(PlaceRegained(event.call, queue.name, kept.call))
        if event.position:
            caller.rank = _rank_at(queue, event.position, caller.rank)
        if event.prefer or rule.sticky_last:
            self._prefer(caller, event, now)
        floor.callers[event.call] = caller
        queue.insert(caller)
        self.wait(caller, now)
        if rule.leave_empty:
            self.look_if_empty(queue, now)
        floor.asking.append(caller)

    def wait(self, caller: Waiting, now: float) -> None:
        """The caller is on the line from now on: what can happen to them by time."""
        rule = caller.at.rule
        caller.entered = now
        caller.leave_at = now + rule.max_wait_s
        if caller.prefer or not caller.at.is_plain:
            caller.ask_at = next_change(caller, now)
        self._says.begin(caller, now)
        self.remind(caller)

    def remind(self, caller: Waiting) -> None:
        """Look at the caller when the next thing can happen to them by time."""
        due = min(caller.leave_at, caller.ask_at, caller.say_at, caller.message_at)
        self._floor.remind(caller, due)

    def _prefer(self, caller: Waiting, event: CallerJoined, now: float) -> None:
        rule, members = caller.at.rule, caller.at.members
        last = self._floor.memory.last_agents.get(event.caller, "") if rule.sticky_last else ""
        caller.prefer = tuple(agent for agent in (*event.prefer, last) if agent in members)
        if caller.prefer:
            caller.sticky_until = now + rule.sticky_wait_s

    def _kept(self, queue: Queue, event: CallerJoined, now: float) -> Kept | None:
        """The place the caller has already: they hung up, or wait to be called back."""
        if queue.held:
            for other in queue.callers():
                hold = other.hold
                if hold is not None and not hold.is_answered and _calls(event.caller, hold):
                    kept = Kept(call=other.call, since=other.since, rank=other.rank, until=now)
                    self.end_callback(other, hold, CallbackEnd.CALLED_AGAIN, now)
                    return kept
        return self._floor.memory.regain(queue.name, event.caller, now)

    def _refusal(self, queue: Queue) -> ExpelReason | None:
        rule = queue.rule
        if len(queue.line) - queue.held >= rule.max_length:
            return ExpelReason.FULL
        if rule.join_empty and is_empty(queue, rule.join_empty):
            return ExpelReason.NO_AGENTS
        most = rule.max_per_agent
        if most is not None and len(queue.line) + 1 > most * count_on_duty(queue):
            return ExpelReason.TOO_MANY_PER_AGENT
        if rule.max_estimate_s is not None and _estimate_s(queue) > rule.max_estimate_s:
            return ExpelReason.ESTIMATE_TOO_LONG
        return None

    # -- going ----------------------------------------------------------------------------

    def leave(self, event: CallerLeft, now: float) -> None:
        """The caller hung up, or was led elsewhere. A callback's place stays."""
        caller = self._floor.callers.get(event.call)
        if caller is None or not caller.is_on_line:
            return
        hold = caller.hold
        self.take_out(caller, now, gave_up=event.abandoned)
        if hold is not None:
            self._tell_ended(caller, hold, CallbackEnd.HUNG_UP)
        if event.abandoned and caller.caller:
            self._keep(caller, now)
            self._miss(caller.call, caller.queue, caller.caller, now)

    def _keep(self, caller: Waiting, now: float) -> None:
        if caller.at.rule.resume_s > 0:
            until = now + caller.at.rule.resume_s
            kept = Kept(call=caller.call, since=caller.since, rank=caller.rank, until=until)
            self._floor.memory.keep(caller.queue, caller.caller, kept)

    def press(self, event: CallerPressed, now: float) -> None:
        """One of the queue's exit keys; others mean nothing."""
        caller = self._floor.callers.get(event.call)
        if caller is not None and event.digit in caller.at.rule.exits:
            target = caller.at.rule.exits[event.digit]
            self.take_out(caller, now)
            self._floor.out.append(
                Expel(caller.call, caller.queue, ExpelReason.EXIT_KEY, target=target)
            )

    def change_priority(self, event: PriorityChanged, now: float) -> None:
        """The caller moves by the difference in credit."""
        caller = self._floor.callers.get(event.call)
        if caller is None:
            return
        rule = caller.at.rule
        caller.rank += credit_s(rule, caller.priority) - credit_s(rule, event.priority)
        caller.priority = event.priority
        self.move(caller, now)

    def move(self, caller: Waiting, now: float) -> None:
        """The caller's rank changed."""
        queue = caller.at
        queue.remove(caller)
        queue.insert(caller)
        queue.held += not caller.is_on_line
        self._dispatch.rehunger(caller, now)
        self._floor.asking.append(caller)

    def withdraw(self, event: CallerWithdrawn, now: float) -> None:
        """A supervisor takes the caller, or the callback, out."""
        caller = self._floor.callers.get(event.call)
        if caller is not None:
            self.expel(caller, ExpelReason.WITHDRAWN, now)

    def expel(self, caller: Waiting, reason: ExpelReason, now: float) -> None:
        """Lead the caller where the rule says."""
        if caller.hold is not None and not caller.is_on_line:
            removed = reason is ExpelReason.QUEUE_REMOVED
            why = CallbackEnd.QUEUE_REMOVED if removed else CallbackEnd.WITHDRAWN
            self.end_callback(caller, caller.hold, why, now)
        else:
            self.take_out(caller, now)
            self._tell_expelled(caller.call, caller.at, reason, caller.caller, now)

    def take_out(self, caller: Waiting, now: float, *, gave_up: bool = False) -> None:
        """The caller does not wait here any more; whoever rings for them stops."""
        queue = caller.at
        queue.remove(caller)
        if caller.hold is None:
            queue.measured.left(now - caller.since, gave_up=gave_up)
        del self._floor.callers[caller.call]
        caller.due = inf
        for agent in tuple(caller.offered):
            self._dispatch.withdraw(caller, agent, now)
        self._dispatch.reopen(queue)

    def _tell_expelled(
        self, call: str, queue: Queue, reason: ExpelReason, number: str, now: float
    ) -> None:
        target = queue.rule.targets.get(reason, "")
        self._floor.out.append(Expel(call, queue.name, reason, target=target))
        if number and not target and reason not in _LED_ELSEWHERE:
            self._miss(call, queue.name, number, now)

    def _miss(self, call: str, queue: str, number: str, now: float) -> None:
        self._floor.memory.miss(number, queue, now)
        self._floor.out.append(CallMissed(call, queue, number))

    # -- callbacks that end without a talk ------------------------------------------------

    def end_callback(self, caller: Waiting, hold: Callback, why: CallbackEnd, now: float) -> None:
        """Give the kept place up."""
        self.take_out(caller, now)
        self._tell_ended(caller, hold, why)
        if why in (CallbackEnd.NOT_REACHED, CallbackEnd.EXPIRED, CallbackEnd.QUEUE_REMOVED):
            self._miss(caller.call, caller.queue, hold.number, now)

    def _tell_ended(self, caller: Waiting, hold: Callback, why: CallbackEnd) -> None:
        self._floor.out.append(CallbackEnded(caller.call, caller.queue, hold.number, why))

    # -- time -----------------------------------------------------------------------------

    def fall_due(self, caller: Waiting, now: float) -> None:
        """Something can happen to the caller by time."""
        if caller.leave_at <= now and self._over(caller, now):
            return
        if caller.ask_at <= now:
            caller.due = caller.ask_at = inf
            self._dispatch.rehunger(caller, now)
            self._floor.asking.append(caller)
        self._says.fall_due(caller, now)
        self.remind(caller)

    def _over(self, caller: Waiting, now: float) -> bool:
        """The longest wait is over; whether the caller leaves."""
        hold, caller.leave_at = caller.hold, inf
        if hold is not None and not hold.is_answered:
            if hold.is_dialled:  # they are being dialled: let it come to something
                return False
            self.end_callback(caller, hold, CallbackEnd.EXPIRED, now)
            return True
        if caller.offered and not caller.at.rule.max_wait_cuts_offer:
            caller.is_overdue = True
            return False
        self.expel(caller, ExpelReason.WAITED_TOO_LONG, now)
        return True

    def look_if_empty(self, queue: Queue, now: float) -> None:
        """Callers leave when nobody is there for them, by the rule."""
        rule = queue.rule
        if not rule.leave_empty or not queue.line or not is_empty(queue, rule.leave_empty):
            queue.empty_since = queue.due = inf
        elif queue.empty_since == inf:
            queue.empty_since = now
            self._floor.remind(queue, now + rule.leave_empty_after_s)

    def empty(self, queue: Queue, now: float) -> None:
        """Nobody has been there for long enough."""
        queue.empty_since = queue.due = inf
        for caller in queue.callers():
            if caller.is_on_line:
                self.expel(caller, ExpelReason.NO_AGENTS, now)


def _calls(caller: str, hold: Callback) -> bool:
    """Whether a callback goes to this caller; a prefix may be dialled before their number."""
    is_whole = len(caller) >= _WHOLE_NUMBER
    return hold.number == caller or (is_whole and hold.number.endswith(caller))


def credit_s(rule: QueueRule, priority: int) -> float:
    """By how much a caller is ahead of those who come at the same time."""
    return priority * rule.priority_credit_s + rule.weight * rule.weight_credit_s


def is_empty(queue: Queue, absent: frozenset[Absence]) -> bool:
    """Whether all members are away, in the sense of ``absent``."""
    return all(_is_away(member, absent) for member in queue.members.values())


def _is_away(member: Member, absent: frozenset[Absence]) -> bool:
    agent = member.agent
    if _ABSENCES.get(agent.state) in absent:
        return True
    if not member.is_on:
        is_paused = member.queue.name in agent.paused_in
        return (Absence.PAUSED if is_paused else Absence.LOGGED_OUT) in absent
    if not agent.reachable:
        return Absence.UNREACHABLE in absent
    return agent.dnd and Absence.DND in absent


def _estimate_s(queue: Queue) -> float:
    """How long who comes now will wait; for ever with nobody on duty."""
    before = sum(not caller.offered for caller in queue.callers())
    estimated = estimated_wait(queue, before + 1, staff_for(queue))
    return estimated[0] if estimated is not None else inf


def _rank_at(queue: Queue, position: int, rank: float) -> float:
    """The rank between those who are now before and at ``position``."""
    line = queue.line
    if position > len(line):
        return rank
    if position <= 1:
        return min(rank, line[0][0] - 1.0)
    return (line[position - 2][0] + line[position - 1][0]) / 2
