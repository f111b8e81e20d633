"""Supervisors who listen in on agents' talks: what they order, and who they are, on the board."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.link.agents import ListenerRow
from firmware.model.dialplan import Dialplan
from firmware.model.listening import Listening
from firmware.switchd.call import Call, Origin, Services
from firmware.switchd.ear import Ear
from firmware.switchd.leg import Leg
from firmware.switchd.queues.plan import QueuePlace
from firmware.switchd.scripts.listen_in import hear, ring_supervisor
from firmware.switchd.talk import Talk

log = logging.getLogger(__name__)

Begin = Callable[[Origin, Callable[[Call], Coroutine[Any, Any, None]]], Call]
"""Begins a call of the exchange's own: its origin, and its script."""


class Floor(Protocol):
    """The queues, as far as listening in needs them."""

    def party_of(self, call: Call, agent: str) -> str:
        """What an agent's leg in a talk of ``call`` stands for."""

    def queue_place(self, queue: str) -> QueuePlace:
        """A queue as its agents hear it."""


@dataclass(slots=True)
class Listener:
    """One supervisor who listens, or whose telephone rings for it."""

    supervisor: str
    agent: str
    party: str  # what the agent's leg stands for
    heard: Call
    how: Listening
    ear: Ear | None = None


class Listeners:
    """Implements the part of ``AgentsApi`` about listening in, with its errors."""

    def __init__(
        self,
        calls: Mapping[str, Call],
        plan: Callable[[], Dialplan],
        begin: Begin,
        services: Services,
        floor: Floor,
    ) -> None:
        self._calls = calls
        self._plan = plan
        self._begin = begin
        self._studio = services.studio
        self._board = services.board
        self._floor = floor
        self._listeners: dict[str, Listener] = {}

    def begin(self, *, supervisor: str, call_id: str, agent: str, how: Listening) -> str:
        """Ring the supervisor's telephone; the new call's id."""
        station = self._plan().stations.get(supervisor)
        if station is None:
            raise KeyError(f"there is no extension {supervisor}")
        if call_id not in self._calls:
            raise KeyError(f"there is no call {call_id}")
        heard = self._calls[call_id]
        party = self._floor.party_of(heard, agent)
        talk = _talk_of(heard, party)
        if talk is None:
            raise ValueError(f"{agent} does not talk in call {call_id}")
        if any(leg.party == supervisor for leg in talk.parties):
            raise ValueError(f"{supervisor} talks there already")
        if any(one.supervisor == supervisor for one in self._listeners.values()):
            raise ValueError(f"{supervisor} listens in already")
        listener = Listener(supervisor, agent, party, heard, how)
        origin = Origin(
            caller=supervisor,
            caller_name=station.name,
            called=agent,
            line="",
            language=station.language,
            telephone="",  # nobody dialled: the last number they called stays what it was
        )

        async def script(call: Call) -> None:
            try:
                leg = await ring_supervisor(call, station)
                if leg is not None:
                    await self._listen(call, leg, listener)
            finally:
                row = self._row(call.id)
                del self._listeners[call.id]
                self._board.post("listener.ended", row)

        ident = self._begin(origin, script).id
        self._listeners[ident] = listener  # at once: a second order finds that they listen already
        self._show(ident, "began")
        return ident

    def change(self, listening: str, how: Listening) -> None:
        """Listen in another way, or take the agent's place."""
        listener = self._listeners.get(listening)
        if listener is None:
            raise KeyError(f"nobody listens in by call {listening}")
        self._change(listening, listener, how)

    # -- within ---------------------------------------------------------------------------

    async def _listen(self, call: Call, leg: Leg, listener: Listener) -> None:
        """From the supervisor's answer on.

        Raises:
            LegGone: the supervisor hung up.
        """
        heard, talk = listener.heard, _talk_of(listener.heard, listener.party)
        if talk is None:  # it was over before they answered
            return
        heard.note("listened", f"{listener.supervisor} to {listener.agent}: {listener.how}")
        listener.ear = call.mix = Ear(self._studio, leg, listener.party, listener.how)
        try:
            if listener.how is Listening.TAKE_OVER:
                self._take_over(listener, talk)
                return
            talk.attend(listener.ear)
            self._show(call.id, "changed")
            async with self._told(heard, _seat_of(talk, listener.party)):
                await hear(leg, listener.ear, lambda how: self._change(call.id, listener, how))
        finally:
            talk.dismiss(listener.ear)
            call.mix = None

    @asynccontextmanager
    async def _told(self, heard: Call, agent: Leg) -> AsyncIterator[None]:
        """The agent hears a tone as it begins, where their queue wants that. It is in no
        recording: those have what people say."""
        queue = heard.place.removeprefix("queue:") if heard.place.startswith("queue:") else ""
        if not self._floor.queue_place(queue).listening_tone:
            yield
            return
        tone = self._studio.beep(agent)
        sounding = asyncio.ensure_future(tone.finished())
        try:
            yield
        finally:
            sounding.cancel()
            tone.stop()

    def _change(self, ident: str, listener: Listener, how: Listening) -> None:
        if how is listener.how:
            return
        ear, talk = listener.ear, _talk_of(listener.heard, listener.party)
        if ear is not None and talk is None:
            raise ValueError(f"{listener.agent} does not talk any more")
        listener.how = how
        if ear is not None and talk is not None:
            listener.heard.note("listened", f"{listener.supervisor} to {listener.agent}: {how}")
            if how is Listening.TAKE_OVER:
                self._take_over(listener, talk)
            else:
                ear.how = how
                talk.renew()
        self._show(ident, "changed")

    def _take_over(self, listener: Listener, talk: Talk) -> None:
        """Let the supervisor and the agent change seats. What the agent's telephone is left with
        is the supervisor's call, which ends as its script does."""
        ear = listener.ear
        seat = _seat_of(talk, listener.party)
        if ear is None or not ear.leg.is_live:
            return
        talk.dismiss(ear)
        listener.heard.note("taken_over", f"{listener.supervisor} from {listener.agent}")
        ear.leg.swap(seat)
        talk.renew()
        log.info("call %s: %s has taken over", listener.heard.id, listener.supervisor)

    def _show(self, ident: str, what: str) -> None:
        self._board.post(f"listener.{what}", self._row(ident))

    def _row(self, ident: str) -> ListenerRow:
        one = self._listeners[ident]
        return ListenerRow(
            id=ident,
            supervisor=one.supervisor,
            agent=one.agent,
            call=one.heard.id,
            how=one.how,
            is_on=one.ear is not None and not one.ear.ended.is_set(),
        )


def _seat_of(talk: Talk, party: str) -> Leg:
    return next(leg for leg in talk.parties if leg.party == party)


def _talk_of(call: Call, party: str) -> Talk | None:
    """The talk of a call, where the party takes part in it."""
    talk = call.talking
    if talk is None or not any(leg.party == party and leg.is_live for leg in talk.parties):
        return None
    return talk
