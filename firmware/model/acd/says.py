"""What waiting callers are told, and when: position, honest waiting time, messages in turn.

Nothing here delays an offer: a saying is an action beside others, and whoever plays it stops when
the caller is connected. A waiting time that is said never rises without a cause that is said with
it; when it only goes slower than it did on average, the last number stands.
"""

from __future__ import annotations

from math import ceil, inf

from firmware.model.acd import estimate
from firmware.model.acd.actions import Announce, PlayMessage, WaitCause
from firmware.model.acd.floor import Floor, Queue, Said, Waiting
from firmware.model.acd.rules import AnnounceRule, Say

_LONGER = 1.05
"""Calls that take this much longer than when it was last said are a cause."""


class Says:
    """The sayings to all callers on ``floor``."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def begin(self, caller: Waiting, now: float) -> None:
        """The caller is on the line from now on."""
        rule, messages = caller.at.rule.announce, caller.at.rule.messages
        caller.say_at = inf if rule.first_s is None else now + rule.first_s
        caller.message_at = now + messages.first_s if messages.names else inf

    def end(self, caller: Waiting) -> None:
        """The caller is not on the line any more."""
        caller.say_at = caller.message_at = inf

    def fall_due(self, caller: Waiting, now: float) -> None:
        """Say what it is time for, unless an agent rings; two sayings keep their distance."""
        rule = caller.at.rule.announce
        if caller.say_at <= now:
            if caller.offered and not rule.while_offered:
                caller.say_at = now + max(rule.gap_s, 1.0)
            elif now < caller.last_saying + rule.gap_s:
                caller.say_at = caller.last_saying + rule.gap_s
            else:
                self._announce(caller, rule, now)
        if caller.message_at <= now:
            if caller.offered:
                caller.message_at = now + max(rule.gap_s, 1.0)
            elif now < caller.last_saying + rule.gap_s:
                caller.message_at = caller.last_saying + rule.gap_s
            else:
                self._play(caller, now)

    def _play(self, caller: Waiting, now: float) -> None:
        rule = caller.at.rule.messages
        caller.message_at = now + rule.every_s if rule.names and rule.every_s > 0 else inf
        if not rule.names:
            return
        turn = self._floor.dice.randrange(len(rule.names)) if rule.shuffled else caller.message
        caller.message += 1
        caller.last_saying = now
        message = rule.names[turn % len(rule.names)]
        self._floor.out.append(PlayMessage(caller.call, caller.queue, message))

    def _announce(self, caller: Waiting, rule: AnnounceRule, now: float) -> None:
        caller.say_at = now + rule.every_s if rule.every_s > 0 else inf
        position, more_than = _position(caller, rule)
        wait_s, most_s, cause = self._wait(caller, rule, now)
        if not position and wait_s is None:
            return
        caller.last_saying = now
        self._floor.out.append(
            Announce(
                call=caller.call,
                queue=caller.queue,
                position=position,
                more_than=more_than,
                wait_s=wait_s,
                at_most_s=most_s,
                cause=cause,
            )
        )

    def _wait(
        self, caller: Waiting, rule: AnnounceRule, now: float
    ) -> tuple[float | None, float | None, WaitCause]:
        queue, said = caller.at, caller.said
        place, staff = place_in_line(caller), staff_for(queue)
        handling_s = queue.measured.handling_s
        estimated = estimated_wait(queue, place, staff)
        is_silent = rule.wait is Say.NEVER or (rule.wait is Say.ONCE and said is not None)
        wait_s = most_s = None
        cause = WaitCause.NONE
        if estimated is not None and not is_silent:
            wait_s, most_s = (_rounded(seconds, rule.wait_step_s) for seconds in estimated)
            if said is not None and said.wait_s is not None and wait_s > said.wait_s:
                cause = _cause(said, place, staff, handling_s)
                wait_s = wait_s if cause else said.wait_s
        kept = said.wait_s if said is not None and wait_s is None else wait_s
        caller.said = Said(at=now, position=place, wait_s=kept, staff=staff, handling_s=handling_s)
        return wait_s, most_s, cause


def _position(caller: Waiting, rule: AnnounceRule) -> tuple[int, bool]:
    position, said = caller.at.index(caller) + 1, caller.said
    if rule.only_if_nearer and said is not None and place_in_line(caller) >= said.position:
        return 0, False
    match rule.position:
        case Say.ALWAYS:
            return position, False
        case Say.ONCE:
            return (0 if said is not None else position), False
        case Say.UP_TO_LIMIT:
            return (position if position <= rule.limit else 0), False
        case Say.MORE_THAN:
            return min(position, rule.limit), position > rule.limit
        case Say.NEVER:
            return 0, False


def _cause(said: Said, place: int, staff: float, handling_s: float) -> WaitCause:
    """Why it is longer than was said, if anything happened that callers may be told."""
    if place > said.position:
        return WaitCause.OVERTAKEN
    if staff < said.staff - 1e-9:
        return WaitCause.FEWER_AGENTS
    if handling_s > said.handling_s * _LONGER:
        return WaitCause.LONGER_CALLS
    return WaitCause.NONE


def _rounded(seconds: float, step_s: float) -> float:
    return ceil(seconds / step_s - 1e-9) * step_s if step_s > 0 else seconds


def place_in_line(caller: Waiting) -> int:
    """How many agents must become free until the caller's: those who ring for others are."""
    line = caller.at.line[: caller.at.index(caller)]
    return 1 + sum(not other.offered for _rank, _number, other in line)


def staff_for(queue: Queue) -> float:
    """How many agents on duty the queue has; who serves other queues with callers, too, counts in
    part."""
    total = 0.0
    for member in queue.members.values():
        if member.is_on_duty:
            shares = sum(
                other.queue is queue or (other.is_on and bool(other.queue.line))
                for other in member.agent.members
            )
            total += member.agent.rule.capacity / shares
    return total


def estimated_wait(queue: Queue, place: int, staff: float) -> tuple[float, float] | None:
    """The mean wait of who is ``place`` in line and what nine of ten stay under, in seconds; none
    when nobody is on duty."""
    if staff <= 0:
        return None
    if len(queue.free) >= place:
        return 0.0, 0.0
    return estimate.wait(place, staff, queue.measured)
