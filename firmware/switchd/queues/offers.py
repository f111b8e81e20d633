"""Offers: agents' telephones that ring, are answered, confirm, talk; each is one task.

The engine decides; a task here only carries its offer out and reports what became of it. What
crosses on the wire (an answer and a withdrawal) is settled by the engine: who answered and is not
connected by it is hung up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from firmware.model import acd
from firmware.model.cause import Cause
from firmware.model.speech.parts import Digits
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.queues.journal import Journal
from firmware.switchd.queues.plan import AgentPlace, QueuePlace
from firmware.switchd.queues.reach import OF_THE_WAY, Reach
from firmware.switchd.queues.visit import Visit
from firmware.switchd.target import Target

_CONFIRM_DIGIT = "1"
_CONFIRM_PAUSE_S = 2.0
_EARLY_S = 0.05
"""How far timers may be off."""

_KINDS = {
    Cause.USER_BUSY: acd.MissKind.BUSY,
    Cause.CALL_REJECTED: acd.MissKind.REJECTED,
    Cause.NO_ANSWER: acd.MissKind.NO_ANSWER,
    Cause.NORMAL_CLEARING: acd.MissKind.NO_ANSWER,
}
"""How a telephone's refusal counts; any other cause says that it cannot be reached."""

Key = tuple[str, str]
"""Visit and agent."""


class Floor(Protocol):
    """What offers need of the queues."""

    def tell(self, event: acd.Event) -> None: ...
    def agent_place(self, agent: str) -> AgentPlace: ...
    def queue_place(self, queue: str) -> QueuePlace: ...
    def offer_timeout_s(self, queue: str) -> float: ...
    def forget(self, visit: Visit) -> None: ...


@dataclass(slots=True)
class Attempt:
    """One offer, and the talk that may come of it. ``aside`` is what the agent hears alone: the
    question for the digit, or what the call is about."""

    visit: Visit
    agent: str
    began: float
    leg: Leg | None = None
    is_wanted: bool = True
    is_connected: bool = False
    transfers: int = 0  # of the call, when the talk began
    left: asyncio.Event = field(default_factory=asyncio.Event)
    aside: asyncio.Task[None] | None = None

    @property
    def key(self) -> Key:
        return (self.visit.id, self.agent)

    def stop(self, cause: Cause) -> None:
        """The engine does not want it any more."""
        self.is_wanted = False
        if self.aside is not None:
            self.aside.cancel()
        if self.leg is not None and not self.is_connected:
            self.leg.hang_up(cause)


class Offers:
    """All offers that are under way, and the talks that came of them."""

    def __init__(self, floor: Floor, reach: Reach, journal: Journal) -> None:
        self._floor = floor
        self._reach = reach
        self._journal = journal
        self._attempts: dict[Key, Attempt] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dialling = ""

    def is_dialling(self, party: str) -> bool:
        """Whether a leg to ``party`` that appears now is an offer's."""
        return party == self._dialling

    def count_of(self, party: str) -> int:
        """How many legs of ``party`` a queue gave them."""
        return sum(
            one.leg.party == party and not one.leg.is_gone
            for one in self._attempts.values()
            if one.leg is not None
        )

    def party_of(self, call: Call, agent: str) -> str:
        """What an agent's leg in a talk of ``call`` stands for: an agent outside is known there by
        their telephone's number."""
        for attempt in self._attempts.values():
            if attempt.agent == agent and attempt.visit.call is call and attempt.is_connected:
                return attempt.leg.party if attempt.leg is not None else agent
        return agent

    # -- orders of the engine -------------------------------------------------------------

    def make(self, offer: acd.Offer, visit: Visit) -> None:
        """Let an agent's telephone ring."""
        loop = asyncio.get_running_loop()
        attempt = Attempt(visit, offer.agent, loop.time())
        self._attempts[attempt.key] = attempt
        targets = self._targets(attempt, offer.telephone)
        first = self._dial_next(attempt, targets)  # at once: an agent who is free does not wait
        visit.call.note("offered", offer.agent)
        self._journal.offered(visit, offer.agent)
        self._start(self._carry_out(attempt, targets, first))

    def withdraw(self, visit: str, agent: str, cause: Cause) -> None:
        """Stop it; the talk of an agent who has the caller goes on. Where the caller still waits
        and the agent's time was over, the agent has missed it."""
        attempt = self._attempts.get((visit, agent))
        if attempt is None or attempt.is_connected or not attempt.is_wanted:
            return
        if not attempt.visit.served.done() and cause is not Cause.ANSWERED_ELSEWHERE:
            rang_s = asyncio.get_running_loop().time() - attempt.began
            if attempt.aside is not None:
                self._write_missed(attempt, acd.MissKind.UNCONFIRMED, "unconfirmed")
            elif rang_s >= self._floor.offer_timeout_s(attempt.visit.queue) - _EARLY_S:
                self._write_missed(attempt, acd.MissKind.NO_ANSWER, "no_answer")
        attempt.stop(cause)

    def ask(self, visit: str, agent: str) -> None:
        """The telephone was answered: let somebody press the digit."""
        attempt = self._attempts[visit, agent]
        attempt.aside = self._start(self._confirm(attempt))

    def connect(self, visit: str, agent: str) -> None:
        """The agent has the caller."""
        attempt = self._attempts[visit, agent]
        attempt.is_connected, attempt.transfers = True, attempt.visit.call.transfers
        attempt.visit.call.note("accepted", agent)
        whisper = self._floor.queue_place(attempt.visit.queue).whisper
        if whisper:
            attempt.aside = self._start(self._whisper(attempt, whisper))
        else:
            _hand_over(attempt)

    # -- what the exchange reports --------------------------------------------------------

    def left(self, leg: Leg) -> None:
        """Whoever sat in ``leg`` has left it: hung up, or transferred somebody into it."""
        if (attempt := self._talk_of(leg)) is not None:
            self._end_talk(attempt)

    def held(self, leg: Leg, held: bool) -> None:
        """A party of a talk holds the other, or takes them back."""
        if (attempt := self._talk_of(leg)) is not None:
            note = self._journal.held if held else self._journal.resumed
            note(attempt.visit, attempt.agent)

    def _talk_of(self, leg: Leg) -> Attempt | None:
        for attempt in self._attempts.values():
            if attempt.leg is leg and attempt.is_connected:
                return attempt
        return None

    # -- within ---------------------------------------------------------------------------

    def _start(self, script: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(script)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "bug in an offer", "exception": error, "task": task}
            )

    async def _carry_out(
        self, attempt: Attempt, targets: Iterator[Target], first: Leg | Cause
    ) -> None:
        answered = await self._ring(attempt, targets, first)
        try:
            if isinstance(answered, Leg):
                if attempt.is_wanted:  # else it may be offered to them anew under this key
                    self._floor.tell(acd.OfferAccepted(*attempt.key))
                await self._until_left(attempt, answered)
        finally:
            self._drop(attempt)
        if attempt.is_connected:
            self._end_talk(attempt)
        elif attempt.is_wanted:
            kind = acd.MissKind.UNCONFIRMED
            if isinstance(answered, Cause):
                kind = _KINDS.get(answered, acd.MissKind.UNREACHABLE)
            why = kind if isinstance(answered, Leg) else answered.name.lower()
            self._write_missed(attempt, kind, why)
            self._floor.tell(acd.OfferMissed(attempt.visit.id, attempt.agent, kind))

    def _end_talk(self, attempt: Attempt) -> None:
        """The agent has left the caller; told once, by whoever sees it first."""
        if attempt.left.is_set():
            return
        attempt.left.set()
        self._drop(attempt)
        self._journal.talk_ended(attempt.visit, attempt.agent, *_how_it_ended(attempt))
        self._floor.tell(acd.TalkEnded(attempt.agent, attempt.visit.id))
        self._floor.forget(attempt.visit)

    def _drop(self, attempt: Attempt) -> None:
        if attempt.aside is not None:
            attempt.aside.cancel()
        if self._attempts.get(attempt.key) is attempt:
            del self._attempts[attempt.key]

    def _write_missed(self, attempt: Attempt, kind: acd.MissKind, why: str) -> None:
        visit = attempt.visit
        visit.call.note("missed", f"{attempt.agent} {why}")
        rang_s = asyncio.get_running_loop().time() - attempt.began
        self._journal.missed(visit, attempt.agent, kind, rang_s)

    async def _ring(
        self, attempt: Attempt, targets: Iterator[Target], found: Leg | Cause
    ) -> Leg | Cause:
        """The answered leg, or why there is none. ``found`` was dialled first."""
        while isinstance(found, Leg):
            leg = found
            try:
                await leg.answered()
            except LegGone as gone:
                if gone.cause not in OF_THE_WAY or not attempt.is_wanted:
                    return gone.cause
                found = self._dial_next(attempt, targets, gone.cause)
            else:
                return leg
        return found

    def _dial_next(
        self,
        attempt: Attempt,
        targets: Iterator[Target],
        why_not: Cause = Cause.SUBSCRIBER_ABSENT,
    ) -> Leg | Cause:
        """The leg to the next way that can be dialled; else why there is none."""
        for target in targets:
            try:
                return self._dial(attempt, target)
            except NoSlot:
                why_not = Cause.SWITCH_CONGESTION
        return why_not

    def _targets(self, attempt: Attempt, telephone: str) -> Iterator[Target]:
        place = self._floor.agent_place(attempt.agent)
        number = telephone or place.telephone or attempt.agent
        for target in self._reach.targets(attempt.visit.call, number):
            # At whatever telephone inside they sit, the leg stands for the agent.
            yield target if target.way else replace(target, party=attempt.agent)

    def _dial(self, attempt: Attempt, target: Target) -> Leg:
        self._dialling = target.party
        try:
            attempt.leg = attempt.visit.call.dial(target)
        finally:
            self._dialling = ""
        return attempt.leg

    async def _until_left(self, attempt: Attempt, leg: Leg) -> None:
        """Until the agent is gone. One whom the engine did not want any more is hung up."""
        if not attempt.is_connected and attempt.aside is None:
            leg.hang_up(Cause.ANSWERED_ELSEWHERE)
        gone = asyncio.ensure_future(leg.gone())
        left = asyncio.ensure_future(attempt.left.wait())
        try:
            await asyncio.wait((gone, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            left.cancel()

    async def _confirm(self, attempt: Attempt) -> None:
        leg, visit = attempt.leg, attempt.visit
        assert leg is not None
        with contextlib.suppress(LegGone):
            key = ""
            while key != _CONFIRM_DIGIT:
                said = visit.call.tell(leg, "agent_confirm", number=Digits(visit.number))
                key = await leg.collect(said, _CONFIRM_PAUSE_S)
            self._floor.tell(acd.OfferConfirmed(*attempt.key))
            if not attempt.is_connected:
                leg.hang_up(Cause.ANSWERED_ELSEWHERE)

    async def _whisper(self, attempt: Attempt, prompt: str) -> None:
        """Say to the agent what the call is about; meanwhile the caller hears the music."""
        leg = attempt.leg
        assert leg is not None
        with contextlib.suppress(LegGone):
            await leg.listen(attempt.visit.call.tell(leg, prompt))
            _hand_over(attempt)


def _hand_over(attempt: Attempt) -> None:
    """Give the agent's leg to whoever waits for it; a caller who has left needs none."""
    leg = attempt.leg
    if leg is not None and not attempt.visit.end(leg):
        leg.hang_up()


def _how_it_ended(attempt: Attempt) -> tuple[str, str]:
    """Who ended a talk, and where the caller went."""
    leg, call = attempt.leg, attempt.visit.call
    if leg is not None and leg.party != attempt.agent and not leg.way:
        return "transferred", f"extension:{leg.party}"
    if call.lead.party == attempt.agent:  # with consultation: the caller sits elsewhere now
        return "transferred", ""
    if call.transfers > attempt.transfers:
        return "transferred", attempt.visit.led_to
    if leg is not None and leg.is_gone and leg.ended_by_them:
        return "agent", ""
    return "caller", ""
