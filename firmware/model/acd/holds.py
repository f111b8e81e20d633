"""Virtual hold: a caller hangs up, keeps the place, and is called back when it is reached.

A callback waits in the line like everybody else, so it is never ahead of those before. It is
dialled only with an agent kept free for it, so there are never more callbacks than free agents.
"""

from __future__ import annotations

from math import inf

from firmware.model.acd.actions import (
    CallbackEnd,
    CallbackTaken,
    MissedReturned,
    StopDialling,
)
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.door import Door
from firmware.model.acd.events import (
    CallbackAnswered,
    CallbackAsked,
    CallbackFailed,
    CallbackHeldBack,
    NumberReached,
)
from firmware.model.acd.floor import Agent, Callback, Floor, Waiting
from firmware.model.acd.says import Says


class Holds:
    """All callbacks on ``floor``."""

    def __init__(self, floor: Floor, dispatch: Dispatch, door: Door, says: Says) -> None:
        self._floor = floor
        self._dispatch = dispatch
        self._door = door
        self._says = says

    def ask(self, event: CallbackAsked, now: float) -> None:
        """Ignored where the queue calls nobody back."""
        caller = self._floor.callers.get(event.call)
        if caller is None or caller.hold is not None or caller.at.rule.callback is None:
            return
        rule = caller.at.rule.callback
        for agent in tuple(caller.offered):
            self._dispatch.withdraw(caller, agent, now)
        caller.hold = Callback(
            number=event.number,
            expire_at=now + rule.expire_s,
            retry_at=now + rule.first_after_s,
        )
        caller.at.held += 1
        caller.leave_at, caller.is_overdue = caller.hold.expire_at, False
        self._says.end(caller)
        self._floor.out.append(CallbackTaken(caller.call, caller.queue, event.number))
        self._look_again(caller, now)

    def _look_again(self, caller: Waiting, now: float) -> None:
        caller.due = inf
        self._dispatch.rehunger(caller, now)
        self._door.remind(caller)
        if caller.hungry:
            self._floor.asking.append(caller)

    def answer(self, event: CallbackAnswered, now: float) -> None:
        """The person is on the line: the agent's telephone rings, or another's."""
        caller, hold = self._dialled(event.call)
        if caller is None or hold is None:
            return
        hold.is_answered = True
        caller.at.held -= 1
        self._door.wait(caller, now)
        [agent] = caller.offered  # kept free while it was dialled
        if agent.is_on_duty and not agent.engaged:
            self._dispatch.ring(caller, agent, now)
        else:
            self._dispatch.part(caller, agent, now)
            self._look_again(caller, now)

    def fail(self, event: CallbackFailed, now: float) -> None:
        """Try again later, or give up."""
        caller, hold = self._dialled(event.call)
        if caller is not None and hold is not None:
            self._failed(caller, hold, now)

    def hold_back(self, event: CallbackHeldBack, now: float) -> None:
        """The attempt was not made: the agent is free again, and the person's turn comes later."""
        caller, hold = self._dialled(event.call)
        if caller is None or hold is None:
            return
        hold.attempts -= 1
        hold.expire_at += event.after_s
        caller.leave_at = hold.expire_at
        hold.retry_at = now + event.after_s
        self._free(caller, now)
        self._look_again(caller, now)

    def time_out(self, agent: Agent, now: float) -> None:
        """Nobody has said what became of the attempt."""
        caller = agent.offer
        if caller is not None and caller.hold is not None:
            self._floor.out.append(StopDialling(caller.call))
            self._failed(caller, caller.hold, now)

    def _dialled(self, call: str) -> tuple[Waiting | None, Callback | None]:
        caller = self._floor.callers.get(call)
        hold = caller.hold if caller is not None else None
        if hold is None or not hold.is_dialled:
            return None, None  # withdrawn meanwhile
        return caller, hold

    def _failed(self, caller: Waiting, hold: Callback, now: float) -> None:
        rule = caller.at.rule.callback
        delays = rule.retry_s if rule is not None else ()
        hold.retry_at = -inf
        if hold.attempts > len(delays):
            self._give_up(caller, hold, CallbackEnd.NOT_REACHED, now)
        elif now >= hold.expire_at:
            self._give_up(caller, hold, CallbackEnd.EXPIRED, now)
        else:
            hold.retry_at = now + delays[hold.attempts - 1]
            self._free(caller, now)
            self._look_again(caller, now)

    def _give_up(self, caller: Waiting, hold: Callback, why: CallbackEnd, now: float) -> None:
        self._free(caller, now)
        self._door.end_callback(caller, hold, why, now)

    def _free(self, caller: Waiting, now: float) -> None:
        for agent in tuple(caller.offered):
            self._dispatch.part(caller, agent, now)

    def reach(self, event: NumberReached, now: float) -> None:
        """Somebody talks with them: there is nothing to return."""
        floor = self._floor
        if floor.memory.reach(event.number):
            floor.out.append(MissedReturned(event.number))
        for queue in floor.queues.values():
            for caller in queue.callers() if queue.held else ():
                hold = caller.hold
                if hold is not None and not hold.is_answered and hold.number == event.number:
                    self._door.end_callback(caller, hold, CallbackEnd.REACHED_OTHERWISE, now)
