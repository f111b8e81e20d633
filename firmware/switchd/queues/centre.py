"""The queues of the running exchange: carries out what the ACD engine decides.

Offers become legs to agents' telephones; answers, refusals and hang-ups become events for the
engine. Every engine call is in one thread and synchronous, so what it knows is what is. Nothing
on this path waits: events go to the store's writer, rows are made after the turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from firmware.model import acd
from firmware.model.calendar import CalendarState
from firmware.model.cause import Cause
from firmware.model.queue_event import QueueEventName
from firmware.store.queue_events import CUT_OFF
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.queues.around import Around
from firmware.switchd.queues.journal import Journal
from firmware.switchd.queues.memory import Kept, Memory
from firmware.switchd.queues.offers import Offers
from firmware.switchd.queues.outcomes import Outcomes
from firmware.switchd.queues.plan import AgentPlace, CentrePlan, QueuePlace
from firmware.switchd.queues.reach import Reach
from firmware.switchd.queues.shown import Shown
from firmware.switchd.queues.staff import Staff
from firmware.switchd.queues.supervision import Supervision
from firmware.switchd.queues.visit import Expelled, Promised, Served, Visit

log = logging.getLogger(__name__)

CALENDAR_LOOK_S = 20.0
HELD_BACK_S = 30.0
_NO_PLACE = QueuePlace(title="")


class Queues:
    """All queues and agents."""

    def __init__(self, plan: CentrePlan, around: Around) -> None:
        self._loop = asyncio.get_running_loop()
        self._plan = plan
        self._around = around
        self._epoch = 0.0  # the wall clock when the loop's begins: one instant is shown as one time
        self._visits: dict[str, Visit] = {}
        self._callbacks: dict[str, Callable[[], None]] = {}  # what hangs up a callback's call
        self._dialled: dict[str, acd.Dial] = {}  # the callbacks that are to be dialled now
        self._events: deque[acd.Event] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = count(1)
        dice = random.Random()  # noqa: S311 - nothing secret
        self._engine = acd.Acd(plan.rules, plan.agent_rules, dice=dice, tells_states=True)
        self.reach = Reach(around.plan, around.outside)
        self._journal = Journal(around.ledger, around.clock, self._loop.time)
        self._offers = Offers(self, self.reach, self._journal)
        self.supervision = Supervision(
            self._engine, self._visits, self.tell, self._journal, around.plan
        )
        self.staff = Staff(self._engine, lambda: self._plan, self.tell, self)
        self.outcomes = Outcomes(self._engine, lambda: self._plan, self._journal, around)
        self._memory = Memory(
            around.ledger, around.clock, lambda: self._engine.snapshot(self._loop.time())
        )
        self._shown = Shown(
            around.board, self._engine, lambda: self._plan, self._visits, self._wall
        )

    def restore(self, kept: Kept | None) -> None:
        """Begin, with what was kept of agents, callbacks and places before the last stop."""
        known: set[str] = set()
        if kept is not None and self._can_be_read(kept):
            data, saved_at = kept
            known = set(data.get("agents", ()))
            away_s = max(0.0, self._around.clock() - saved_at)
            actions = self._engine.restore(data, self._loop.time(), away_s)
            self._loop.call_soon(self._carry_out_all, actions)
        self._memory.is_open = True
        for agent in self._plan.agents.values():
            if agent.number not in known and agent.logs_in and not agent.calendar:
                self.tell(acd.AgentLoggedIn(agent.number, by="new"))
        for number in known & set(self._plan.agents):
            self._told_again(number)
        self._shown.touch_all()
        self.tell(acd.Tick())

    def _can_be_read(self, kept: Kept) -> bool:
        """Whether the engine can take over what was kept; tried on another one, because a
        memory that cannot be read must not keep the exchange from starting."""
        try:
            acd.Acd(self._plan.rules, self._plan.agent_rules).restore(kept[0], 0.0, 0.0)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.error("the call centre's memory cannot be read, it starts anew: %r", error)
            return False
        return True

    def _told_again(self, agent: str) -> None:
        """Events of the time before the stop end with it: say again what each agent is."""
        state = self._engine.agents[agent]
        change = acd.AgentChanged(agent, state.state, state.pause_reason)
        self._journal.agent_changed(change, None)

    def retune(self, plan: CentrePlan) -> None:
        """Take a new configuration while calls wait."""
        known = set(self._plan.agents)
        self._plan = plan
        now = self._loop.time()
        self._carry_out_all(self._engine.retune(plan.rules, plan.agent_rules, now))
        for agent in plan.agents.values():
            if agent.number not in known and agent.logs_in and not agent.calendar:
                self.tell(acd.AgentLoggedIn(agent.number, by="new"))
        self._shown.touch_all()
        self.tell(acd.Tick())

    async def run(self) -> None:
        """Follow the calendars of agents and the office's days, for ever."""
        day = self._around.today()
        while True:
            self.staff.look_at_calendars(self._calendar_state)
            await asyncio.sleep(CALENDAR_LOOK_S)
            if (today := self._around.today()) != day:
                day = today
                self.tell(acd.DayBegan())

    def _calendar_state(self, name: str) -> CalendarState:
        return self._around.outside().calendars.state(name)

    def close(self) -> None:
        """Keep what is to be remembered, callers' places too: what ends from now on is cut off."""
        self._memory.save()
        self._memory.is_open = False

    # -- for scripts ----------------------------------------------------------------------

    def enter(self, call: Call, queue: str) -> Visit:
        """Let the lead of ``call`` wait in ``queue``; ``leave`` must follow."""
        wish, place = call.wish, self.queue_place(queue)
        visit = self._add(f"{call.id}/{next(self._numbers)}", call, queue, call.origin.caller)
        priority = wish.priority
        if place.vip_priority and (wish.is_vip or self._around.is_vip(visit.number)):
            priority = max(priority, place.vip_priority)
        event = acd.CallerJoined(
            queue,
            visit.id,
            visit.number,
            priority=priority,
            language=call.language,
            needs=tuple(acd.Need(skill=s, at_least=n) for s, n in wish.skills.items()),
            prefer=(wish.agent,) if wish.agent else (),
        )
        ahead = self._engine.queues.get(queue)
        self._journal.joined(visit, event, place, len(ahead.line) if ahead else 0)
        self.tell(event)
        return visit

    def enter_called_back(self, call: Call, order: acd.Dial) -> Visit:
        """Let a person who has been called back wait for the agent who is kept for them."""
        visit = self._add(order.call, call, order.queue, order.number)
        self._journal.callback(
            QueueEventName.CALLBACK_REACHED,
            visit=order.call,
            queue=order.queue,
            caller=order.number,
            call=call.id,
        )
        self.tell(acd.CallbackAnswered(order.call))
        return visit

    def _add(self, ident: str, call: Call, queue: str, number: str) -> Visit:
        served: asyncio.Future[Served] = self._loop.create_future()
        visit = Visit(ident, call, queue, number, self._loop.time(), served)
        self._visits[ident] = visit
        return visit

    async def outcome(self, visit: Visit) -> Served:
        """Wait until an agent has the caller, or they are taken out.

        Raises:
            LegGone: the caller left.
        """
        try:
            return await visit.call.lead.unless_gone(_result(visit.served))
        except LegGone:
            if visit.served.done() and isinstance(leg := visit.served.result(), Leg):
                leg.hang_up()
            raise

    def leave(self, visit: Visit, *, abandoned: bool) -> None:
        """The caller waits no more."""
        was_waiting = not visit.served.done() and not self._is_held(visit)
        visit.served.cancel()
        if was_waiting:
            waited_s = self._loop.time() - visit.since
            if abandoned and self._memory.is_open:
                self._journal.abandoned(visit, waited_s)
            elif abandoned:
                self._journal.left(visit, CUT_OFF, "", waited_s)
            else:
                self._journal.left(visit, "led_away", "", waited_s)
        self.tell(acd.CallerLeft(visit.id, abandoned))
        if visit.served.cancelled() or not isinstance(visit.served.result(), Leg):
            self.forget(visit)

    def _is_held(self, visit: Visit) -> bool:
        """Whether the place is kept for a callback; who hangs up then gives nothing up."""
        return any(one.call == visit.id and not one.is_on_line for one in self._engine.waiting)

    def forget(self, visit: Visit) -> None:
        """Neither a caller nor a talk has to do with the visit any more."""
        if self._visits.get(visit.id) is visit:
            del self._visits[visit.id]

    async def promise(self, visit: Visit, number: str) -> bool:
        """The caller hangs up and is called back: their wait ends as soon as that is stored.
        False: nobody would; an agent has taken them meanwhile, or they were called back already."""
        place = self.queue_place(visit.queue)
        self.tell(acd.CallbackAsked(visit.id, place.callback_prefix + number))
        if not self._is_held(visit):
            return False
        self._memory.save()
        stored = await self._around.kept()
        visit.call.note("callback_promised", number)
        visit.end(Promised(number, stored))
        return True

    async def ask_back(self, call: Call, queue: str, number: str) -> bool:
        """A flow has agreed on a callback with the caller; whether it may be promised."""
        place = self.queue_place(queue)
        if not self.reach.may_call(place.callback_prefix + number, place.callback_permission):
            return False  # before an agent's telephone rings for it
        visit = self.enter(call, queue)
        try:
            if not self.may_call_back(queue, number) or visit.served.done():
                return False
            await self.promise(visit, number)
            return isinstance(visit.served.result(), Promised)
        finally:
            self.leave(visit, abandoned=False)

    def may_call_back(self, queue: str, number: str) -> bool:
        """Whether a caller of ``queue`` can be called back at ``number``."""
        rule, place = self._plan.rules.get(queue), self.queue_place(queue)
        if rule is None or rule.callback is None or not _NUMBER.fullmatch(number):
            return False
        whole = place.callback_prefix + number
        held = [one.callback for one in self._engine.waiting_in(queue) if one.callback]
        if len(held) >= rule.max_length or any(one == whole or _same(one, whole) for one in held):
            return False  # a stranger can keep neither the lines busy nor a third party awake
        return self.reach.may_call(whole, place.callback_permission)

    def is_wanted(self, order: acd.Dial) -> bool:
        """Whether a callback is still to be dialled: it may be withdrawn before it begins."""
        return self._dialled.get(order.call) is order

    def language_of(self, visit: str) -> str:
        """The language of somebody who waits, "" when nobody knows it."""
        return next((one.language for one in self._engine.waiting if one.call == visit), "")

    def callback_failed(self, order: acd.Dial, why: str) -> None:
        """The person was not reached this time."""
        self._journal.callback(
            QueueEventName.CALLBACK_MISSED,
            visit=order.call,
            queue=order.queue,
            caller=order.number,
            reason=why,
            position=order.attempt,
        )
        self.tell(acd.CallbackFailed(order.call))

    def callback_runs(self, order: acd.Dial, stop: Callable[[], None] | None) -> None:
        """What ends the call of a callback that is not wanted any more; None: it is over."""
        if stop is None:
            self._callbacks.pop(order.call, None)
            if self.is_wanted(order):
                del self._dialled[order.call]
        else:
            self._callbacks[order.call] = stop

    # -- what others report ---------------------------------------------------------------

    def tell(self, event: acd.Event) -> None:
        """Report ``event`` to the engine and carry out what follows; one after the other, also
        where carrying out makes the next thing happen."""
        self._events.append(event)
        if len(self._events) > 1:
            return
        while self._events:
            happened = self._events[0]
            with self._guarded(happened):
                self._carry_out_all(self._engine.handle(happened, self._loop.time()))
            self._events.popleft()
            self._shown.touch(getattr(happened, "agent", ""))
        self._schedule()
        self._memory.touch()

    @contextlib.contextmanager
    def _guarded(self, what: object) -> Iterator[None]:
        """A fault in one event or order is told, and the call centre goes on with the next."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - nobody is served any more otherwise
            told = {"message": f"bug in the call centre at {what}", "exception": error}
            self._loop.call_exception_handler(told)

    def leg_added(self, leg: Leg) -> None:
        """A party has a leg more. What follows waits for the end of this turn: nothing may be
        dialled within the stack's own report."""
        if not self._offers.is_dialling(leg.party):
            self._loop.call_soon(self.staff.telephone_changed, leg.party)

    def leg_gone(self, leg: Leg) -> None:
        """A party has a leg less; they may have left it to another."""
        self._loop.call_soon(self._left, leg, leg.party)

    def _left(self, leg: Leg, party: str) -> None:
        self._offers.left(leg)
        self.staff.telephone_changed(party)

    def party_of(self, call: Call, agent: str) -> str:
        """What an agent's leg in a talk stands for."""
        return self._offers.party_of(call, agent)

    def leg_held(self, leg: Leg, held: bool) -> None:
        """A party holds another, or takes them back."""
        self._offers.held(leg, held)

    def talks(self, call: Call, other: Leg) -> None:
        """A talk begins: whoever is outside has been reached, and is neither missed nor to be
        called back any more."""
        number = ""
        if call.lead.way and call.lead.direction == "inbound":
            number = call.origin.caller
        elif other.way and other.direction == "outbound":
            number = call.origin.called
        if not number:
            return
        waiting = {caller.callback for caller in self._engine.waiting}
        known = {*self._engine.missed, *waiting}
        for one in {number, *filter(partial(_same, number), known)}:
            self._journal.reached(one, call)
            self.tell(acd.NumberReached(one))

    def queue_place(self, queue: str) -> QueuePlace:
        """A queue as it is heard; one that was taken out is silent."""
        return self._plan.queues.get(queue, _NO_PLACE)

    def offer_timeout_s(self, queue: str) -> float:
        """How long an agent's telephone rings for a queue."""
        rule = self._plan.rules.get(queue)
        return rule.offer_timeout_s if rule else 0.0

    def agent_place(self, agent: str) -> AgentPlace:
        """Where an agent is reached."""
        return self._plan.agents.get(agent) or AgentPlace(number=agent, name=agent)

    def knows(self, agent: str) -> bool:
        """Whether somebody is an agent."""
        return self.staff.knows(agent)

    @property
    def plan(self) -> CentrePlan:
        """The newest configuration."""
        return self._plan

    # -- orders of the engine -------------------------------------------------------------

    def _carry_out_all(self, actions: list[acd.Action]) -> None:
        if actions:
            self._shown.touch("")
        taken = {action.call for action in actions if isinstance(action, acd.Connect)}
        for action in actions:
            if isinstance(action, acd.Withdraw):
                elsewhere = action.call in taken
                cause = Cause.ANSWERED_ELSEWHERE if elsewhere else Cause.NORMAL_CLEARING
                self._offers.withdraw(action.call, action.agent, cause)
            else:
                with self._guarded(action):
                    self._carry_out(action)

    def _carry_out(self, action: acd.Action) -> None:
        visit = self._visits.get(getattr(action, "call", ""))
        match action:
            case acd.Dial() if self._around.drains():
                self.tell(acd.CallbackHeldBack(action.call, HELD_BACK_S))
            case acd.Dial():
                self._journal.callback(
                    QueueEventName.CALLBACK_TRIED,
                    visit=action.call,
                    queue=action.queue,
                    caller=action.number,
                    agent=action.agent,
                    position=action.attempt,
                )
                self._dialled[action.call] = action
                self._around.begin_callback(action)
            case acd.StopDialling(call):
                self._dialled.pop(call, None)
                if (stop := self._callbacks.get(call)) is not None:
                    stop()
            case acd.AgentChanged():
                self._shown.touch(action.agent)
                self._journal.agent_changed(action, visit)
            case acd.CallbackTaken() | acd.CallbackEnded():
                self._tell_of_callback(action, visit)
            case _ if visit is not None:
                self._carry_out_for(action, visit)
            case acd.Offer(call, agent):  # of a caller who is gone: the engine hears it soon
                self.tell(acd.OfferMissed(call, agent))

    def _carry_out_for(self, action: acd.Action, visit: Visit) -> None:
        match action:
            case acd.Offer():
                self._offers.make(action, visit)
            case acd.AskConfirmation(call, agent):
                self._offers.ask(call, agent)
            case acd.Connect(call, agent, _queue, waited_s):
                self._journal.served(visit, agent, waited_s)
                self._offers.connect(call, agent)
            case acd.Expel(_call, _queue, reason, target):
                waited_s = self._loop.time() - visit.since
                self._journal.left(visit, reason, target, waited_s)
                visit.end(Expelled(reason, target))
            case acd.Announce() | acd.PlayMessage():
                visit.hear(action)
            case acd.PlaceRegained(call, _queue, was_call):
                visit.call.note("place_regained", was_call)
                self._journal.position(visit, self._engine.position(call), was_call)

    def _tell_of_callback(
        self, action: acd.CallbackTaken | acd.CallbackEnded, visit: Visit | None
    ) -> None:
        taken = isinstance(action, acd.CallbackTaken)
        self._journal.callback(
            QueueEventName.CALLBACK_TAKEN if taken else QueueEventName.CALLBACK_ENDED,
            visit=action.call,
            queue=action.queue,
            caller=action.number,
            call=visit.call.id if visit else "",
            reason="" if isinstance(action, acd.CallbackTaken) else str(action.why),
        )

    # -- within ---------------------------------------------------------------------------

    def own_legs(self, party: str) -> int:
        """How many legs ``party`` has that no queue gave them."""
        return self._around.legs_of(party) - self._offers.count_of(party)

    def is_dnd(self, number: str) -> bool:
        """Whether a person does not want to be disturbed."""
        return self._around.is_dnd(number)

    def desk_of(self, number: str) -> str:
        """The extension whose telephone a person uses now."""
        return self._around.desk_of(number)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._engine.next_due(self._loop.time())
        if due is not None:
            self._timer = self._loop.call_at(due + _EARLY_S, self.tell, acd.Tick())

    def _wall(self, loop_time: float) -> float:
        """Unix seconds. The same moment is always the same number, unless the clock was set."""
        epoch = self._around.clock() - self._loop.time()
        if abs(epoch - self._epoch) > _JUMP_S:
            self._epoch = epoch
        return round(self._epoch + loop_time, 3)


_JUMP_S = 1.0

_EARLY_S = 1e-6
"""asyncio calls timers up to a nanosecond before their time: the engine would find nothing due,
and the next timer would be the same again."""

_NUMBER = re.compile(r"\+?[0-9]{2,20}")
"""A subscriber's number: a star or a hash would be an order to the provider ("*72" forwards)."""

_SAME_DIGITS = 8


def _same(number: str, other: str) -> bool:
    """Whether two numbers are one subscriber's, dialled with and without a prefix."""
    shortest = min(len(number), len(other))
    return shortest >= _SAME_DIGITS and number[-_SAME_DIGITS:] == other[-_SAME_DIGITS:]


async def _result(future: asyncio.Future[Served]) -> Served:
    return await asyncio.shield(future)  # who stops waiting for it leaves it as it is
