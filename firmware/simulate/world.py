"""The simulated world around the ACD engine: telephones that ring, people who talk and hang up.

One loop takes whatever is next: a caller who comes, something that somebody does, or what falls due
in the engine. A million calls are an ordinary test, so the loop makes no objects it does not need.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from math import inf
from typing import Any

from firmware.model import acd
from firmware.simulate.figures import Account
from firmware.simulate.people import PROMPT, Arrival, Habits, lengths

_TICK = acd.Tick()
_CALLBACK_RINGS_S = 8.0
_ASKED_AFTER_S = 20.0
"""When a caller who takes a callback has understood that there is one."""

Happening = tuple[float, int, acd.Event, str]


class World:
    """Callers and agents around ``engine``; what comes of it is in ``account``.

    ``watch`` is told every event and its answer, for whoever wants to know more than figures.
    """

    def __init__(
        self,
        engine: acd.Acd,
        account: Account,
        *,
        habits: Habits = PROMPT,
        dice: random.Random,
        watch: Callable[[float, acd.Event, Sequence[acd.Action]], None] | None = None,
    ) -> None:
        self._engine = engine
        self._account = account
        self._habits = habits
        self._dice = dice
        self._watch = watch
        self._answer_s = lengths(habits.answer_s, dice)
        self._wrap_up_s = lengths(habits.wrap_up_s, dice)
        self._coming: list[Happening] = []
        self._ordinal = 0
        self._waiting: dict[str, Arrival] = {}
        self._until_done = {
            name for name, queue in engine.queues.items() if queue.rule.wrap_up_until_done
        }
        self._orders: dict[type[acd.Action], Callable[[Any, float], None]] = {
            acd.Offer: self._ring,
            acd.Connect: self._talk,
            acd.Expel: self._expel,
            acd.Dial: self._dial,
            acd.CallbackEnded: self._end_callback,
            acd.AskConfirmation: self._confirm,
            acd.AgentChanged: account.changed,
        }

    def run(
        self, arrivals: Iterable[Arrival], shifts: Sequence[tuple[float, acd.Event]] = ()
    ) -> float:
        """Let everybody come, and the last one go; when that was, in seconds."""
        for at, event in shifts:
            self._later(at, event)
        coming, next_due = self._coming, self._engine.next_due
        now = 0.0
        people = iter(arrivals)
        arrival = next(people, None)
        while arrival is not None or self._waiting or coming:
            due = next_due(now)
            arrives = arrival.at if arrival is not None else inf
            happens = coming[0][0] if coming else inf
            if due is not None and due < arrives and due < happens:
                now = due
                self._tell(_TICK, now)
            elif arrival is not None and arrives <= happens:
                now = arrives
                self._join(arrival, now)
                arrival = next(people, None)
            elif coming:
                now, _ordinal, event, call = heappop(coming)
                if not call or call in self._waiting:
                    self._tell(event, now)
            else:
                break  # callers are left for whom nothing will ever happen
        return now

    # -- what the engine is told ----------------------------------------------------------

    def _tell(self, event: acd.Event, now: float) -> None:
        actions = self._engine.handle(event, now)
        if self._watch is not None:
            self._watch(now, event, actions)
        kind = type(event)
        if kind is acd.CallerLeft:
            self._gave_up(event, now)
        elif kind is acd.TalkEnded:
            self._wrap_up(event, now)
        if actions:
            orders = self._orders
            for action in actions:
                carry_out = orders.get(type(action))
                if carry_out is not None:
                    carry_out(action, now)

    def _later(self, at: float, event: acd.Event, only_while_waiting: str = "") -> None:
        self._ordinal += 1
        heappush(self._coming, (at, self._ordinal, event, only_while_waiting))

    def _join(self, arrival: Arrival, now: float) -> None:
        joined = arrival.joined
        call = joined.call
        self._waiting[call] = arrival
        self._account.offered(joined.queue)
        self._tell(joined, now)
        if call not in self._waiting:
            return
        if arrival.takes_callback:
            asked_at = now + min(_ASKED_AFTER_S, arrival.patience_s)
            self._later(asked_at, acd.CallbackAsked(call, joined.caller or call), call)
        if arrival.patience_s < inf:
            self._later(now + arrival.patience_s, acd.CallerLeft(call), call)

    def _gave_up(self, event: Any, now: float) -> None:
        """The engine keeps those who hung up to be called back."""
        call = event.call
        if not self._engine.waits(call):
            arrival = self._waiting.pop(call, None)
            if arrival is not None:
                self._account.abandoned(arrival.joined.queue, now - arrival.at)

    def _wrap_up(self, event: Any, now: float) -> None:
        agent = self._engine.agents.get(event.agent)
        if agent is not None and agent.queue in self._until_done:
            self._later(now + self._wrap_up_s(), acd.WrapUpDone(event.agent))

    # -- what the engine orders -----------------------------------------------------------

    def _ring(self, offer: acd.Offer, now: float) -> None:
        if self._habits.misses and self._dice.random() < self._habits.misses:
            return  # the engine ends what rings too long
        accepted = acd.OfferAccepted(offer.call, offer.agent)
        answer_s = self._answer_s()
        if answer_s:
            self._later(now + answer_s, accepted, offer.call)
        else:
            self._tell(accepted, now)

    def _confirm(self, asked: acd.AskConfirmation, now: float) -> None:
        self._later(now + 2.0, acd.OfferConfirmed(asked.call, asked.agent), asked.call)

    def _talk(self, connect: acd.Connect, now: float) -> None:
        arrival = self._waiting.pop(connect.call)
        talk_s = arrival.talk_s
        self._account.answered(connect, talk_s)
        self._ordinal += 1
        ended = acd.TalkEnded(connect.agent, connect.call)
        heappush(self._coming, (now + talk_s, self._ordinal, ended, ""))

    def _expel(self, expel: acd.Expel, now: float) -> None:
        """Another queue of the site takes the caller in; all other targets are outside."""
        arrival = self._waiting.pop(expel.call)
        self._account.expelled(expel.queue, expel.reason, now - arrival.at)
        kind, _, name = expel.target.partition(":")
        if kind == "queue" and name in self._engine.queues:
            joined = replace(arrival.joined, queue=name)
            self._waiting[expel.call] = replace(arrival, joined=joined, at=now)
            self._account.offered(name)
            self._tell(joined, now)

    def _dial(self, dial: acd.Dial, now: float) -> None:
        is_reached = self._dice.random() < self._habits.reached
        told = acd.CallbackAnswered(dial.call) if is_reached else acd.CallbackFailed(dial.call)
        self._later(now + _CALLBACK_RINGS_S, told, dial.call)
        self._account.dialled(dial.queue)

    def _end_callback(self, ended: acd.CallbackEnded, now: float) -> None:
        arrival = self._waiting.pop(ended.call, None)
        if arrival is not None:
            self._account.abandoned(ended.queue, now - arrival.at)
