"""The ACD engine: takes events with the time, answers with actions.

It has no clock: ``next_due`` says when it must be asked again if nothing happens until then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from heapq import heappop
from math import inf
from typing import Any

from firmware.model.acd import events as ev
from firmware.model.acd import snapshot
from firmware.model.acd.actions import Action
from firmware.model.acd.desk import Desk
from firmware.model.acd.dispatch import Dispatch
from firmware.model.acd.door import Door
from firmware.model.acd.floor import Agent, Due, Floor, Queue, Waiting
from firmware.model.acd.holds import Holds
from firmware.model.acd.memory import Missed
from firmware.model.acd.offers import Offers
from firmware.model.acd.retune import Tuning
from firmware.model.acd.rules import AgentRule, QueueRule
from firmware.model.acd.says import Says, estimated_wait, staff_for
from firmware.model.acd.staff import Staff
from firmware.model.agent import AgentState

Handler = Callable[[Any, float], None]


class Acd:
    """All queues and agents of one exchange.

    ``dice`` decides what strategies leave to chance; the same dice and events give the same
    actions. ``tells_states`` adds ``AgentChanged`` to the actions.
    """

    def __init__(
        self,
        rules: Mapping[str, QueueRule],
        agent_rules: Mapping[str, AgentRule] | None = None,
        *,
        dice: random.Random | None = None,
        tells_states: bool = False,
    ) -> None:
        chance = dice or random.Random(0)  # noqa: S311 - nothing secret
        self._floor = floor = Floor(dice=chance, tells_states=tells_states)
        self._desk = Desk(floor)
        self._dispatch = Dispatch(floor, self._desk)
        self._says = Says(floor)
        self._door = Door(floor, self._dispatch, self._says)
        self._staff = Staff(floor, self._desk, self._dispatch)
        self._offers = Offers(floor, self._desk, self._dispatch, self._staff)
        self._holds = Holds(floor, self._dispatch, self._door, self._says)
        self._tuning = Tuning(floor, self._desk, self._dispatch, self._door, self._says)
        self._handlers = self._wired()
        self._agent_rules: Mapping[str, AgentRule] = {}
        self.retune(rules, agent_rules, 0.0)

    def _wired(self) -> Mapping[type[ev.Event], Handler]:
        door, staff, offers, holds = self._door, self._staff, self._offers, self._holds
        return {
            ev.CallerJoined: door.join,
            ev.CallerLeft: door.leave,
            ev.CallerPressed: door.press,
            ev.PriorityChanged: door.change_priority,
            ev.CallerWithdrawn: door.withdraw,
            ev.CallbackAsked: holds.ask,
            ev.CallbackAnswered: holds.answer,
            ev.CallbackFailed: holds.fail,
            ev.CallbackHeldBack: holds.hold_back,
            ev.NumberReached: holds.reach,
            ev.OfferAccepted: offers.accept,
            ev.OfferConfirmed: offers.confirm,
            ev.OfferMissed: offers.miss,
            ev.TalkEnded: staff.end_talk,
            ev.WrapUpDone: staff.end_wrap_up,
            ev.WrapUpExtended: staff.extend_wrap_up,
            ev.AgentLoggedIn: staff.log_in,
            ev.AgentLoggedOut: staff.log_out,
            ev.AgentMoved: staff.move,
            ev.AgentPaused: staff.pause,
            ev.AgentUnpaused: staff.unpause,
            ev.AgentEngaged: staff.engage,
            ev.AgentDnd: staff.set_dnd,
            ev.AgentReachable: staff.set_reachable,
            ev.DayBegan: staff.begin_day,
            ev.Tick: _nothing,
        }

    # -- the two calls --------------------------------------------------------------------

    def handle(self, event: ev.Event, now: float) -> list[Action]:
        """What must be done because ``event`` happened at ``now``, and because it is ``now``."""
        floor = self._floor
        out: list[Action] = []
        floor.out = out
        self._handlers[type(event)](event, now)
        dues = floor.dues
        if dues and dues[0][0] <= now:
            self._expire(dues, now)
        if floor.freed or floor.asking or floor.restaffed:
            self._settle(now)
        for queue in floor.watched:
            self._door.look_if_empty(queue, now)
        return out

    def next_due(self, now: float) -> float | None:  # noqa: ARG002 - whoever asks knows the time
        """When ``handle(Tick())`` must be called at the latest, if nothing else happens."""
        return self._floor.next_due()

    def _settle(self, now: float) -> None:
        floor = self._floor
        while floor.freed or floor.asking or floor.restaffed:
            if floor.restaffed:
                self._look_at_staff(now)
            if floor.freed or floor.asking:
                self._dispatch.settle(now)

    def _look_at_staff(self, now: float) -> None:
        floor = self._floor
        queues, floor.restaffed = floor.restaffed, {}
        for queue in queues.values():
            if queue.varies and queue.hungry:
                floor.asking.extend(queue.hungry_callers())
            if queue.rule.leave_empty:
                self._door.look_if_empty(queue, now)

    def _expire(self, dues: list[Due], now: float) -> None:
        while dues and dues[0][0] <= now:
            due, _ordinal, owner = heappop(dues)
            if isinstance(owner, Agent):
                self._agent_due(owner, due, now)
            elif owner.due == due:
                if isinstance(owner, Waiting):
                    self._door.fall_due(owner, now)
                else:
                    self._door.empty(owner, now)

    def _agent_due(self, agent: Agent, due: float, now: float) -> None:
        if agent.due == due:
            agent.due = inf
            if agent.state is AgentState.WRAP_UP:
                self._desk.end_wrap_up(agent, now)
            elif agent.is_rung:
                self._offers.time_out(agent, now)
            elif agent.offer is not None:
                self._holds.time_out(agent, now)
        elif agent.passed_over_until == due:
            agent.passed_over_until = -inf
            self._desk.refresh(agent, now)

    # -- other rules ----------------------------------------------------------------------

    def retune(
        self,
        rules: Mapping[str, QueueRule],
        agent_rules: Mapping[str, AgentRule] | None = None,
        now: float = 0.0,
    ) -> list[Action]:
        """Take new rules while calls wait; ``agent_rules`` none: they stay as they are.

        Agents keep their state; new ones are logged out. Agents who are in no queue any more
        leave when their call is over, callers of a removed queue are expelled to its target.
        """
        out: list[Action] = []
        self._floor.out = out
        if agent_rules is not None:
            self._agent_rules = agent_rules
        self._tuning.retune(rules, self._agent_rules, now)
        self._settle(now)
        return out

    def snapshot(self, now: float) -> dict[str, Any]:
        """All that must survive a restart, as data for ``json.dumps``; see ``restore``."""
        return snapshot.take(self._floor, now)

    def restore(self, data: Mapping[str, Any], now: float, away_s: float) -> list[Action]:
        """Take over what an engine left ``away_s`` ago, before the first event.

        Agents are logged in and paused as they were (who talked is free), callbacks have their
        places, and so have callers who waited and call again.

        Raises:
            KeyError, TypeError, ValueError: ``data`` is not what ``snapshot`` gave.
        """
        out: list[Action] = []
        self._floor.out = out
        snapshot.put(self._floor, data, now, away_s)
        for agent in self._floor.agents.values():
            self._desk.duty_changed(agent, now)
        for caller in self._floor.callers.values():
            self._dispatch.rehunger(caller, now)
            self._door.remind(caller)
            self._floor.asking.append(caller)
        self._settle(now)
        return out

    # -- to look at -----------------------------------------------------------------------

    @property
    def agents(self) -> Mapping[str, Agent]:
        """By number."""
        return self._floor.agents

    @property
    def queues(self) -> Mapping[str, Queue]:
        """By name."""
        return self._floor.queues

    @property
    def waiting(self) -> list[Waiting]:
        """Callers and callbacks of all queues, the first first."""
        return sorted(self._floor.callers.values(), key=lambda one: (one.rank, one.number))

    @property
    def missed(self) -> Mapping[str, Missed]:
        """Unreturned calls by the caller's number, the oldest first."""
        return self._floor.memory.missed

    def waits(self, call: str) -> bool:
        """Whether the call, or its callback, is in a queue."""
        return call in self._floor.callers

    def waiting_in(self, queue: str) -> list[Waiting]:
        """Callers and callbacks of one queue, the first first."""
        return self._floor.queues[queue].callers()

    def queues_of(self, agent: str) -> tuple[str, ...]:
        """The queues an agent is a member of."""
        return tuple(member.queue.name for member in self._floor.agents[agent].members)

    def position(self, call: str) -> int:
        """How far from the front the call is: 1 is first; 0 if it does not wait."""
        caller = self._floor.callers.get(call)
        return caller.at.index(caller) + 1 if caller is not None else 0

    def estimate(self, queue: str, place: int) -> tuple[float, float] | None:
        """The mean wait of who needs the ``place``-th agent to become free, and what nine of ten
        such waits stay under, in seconds; none when nobody is on duty."""
        found = self._floor.queues[queue]
        return estimated_wait(found, place, staff_for(found))


def _nothing(_event: ev.Tick, _now: float) -> None:
    pass
