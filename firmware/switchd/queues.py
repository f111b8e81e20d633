"""The queues of the running exchange: carries out what the ACD engine decides.

Offers become legs to agents' telephones; answers, refusals and hang-ups become events for
the engine. Every engine call is in one thread and synchronous, so what it knows is what is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from firmware.link.rows import AgentRow, CallerRow, QueueRow
from firmware.link.server import Board
from firmware.model import acd
from firmware.model.agent import AgentState
from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone

log = logging.getLogger(__name__)

Served = Leg | acd.ExpelReason


class Queues:
    """All queues.

    ``stations`` gives an agent's telephone by number; ``wall_clock`` Unix seconds for what is
    shown. The engine's own times are the loop's.
    """

    def __init__(
        self,
        rules: Mapping[str, acd.QueueRule],
        titles: Mapping[str, str],
        stations: Mapping[str, Station],
        board: Board,
        wall_clock: Callable[[], float],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._board = board
        # Fixed once, so that the same instant is always shown as the same time.
        self._epoch = wall_clock() - self._loop.time()
        self._calls: dict[str, Call] = {}
        self._served: dict[str, asyncio.Future[Served]] = {}
        self._offered: dict[tuple[str, str], Leg] = {}
        self._offers: set[asyncio.Task[None]] = set()
        self._shown: dict[str, QueueRow | AgentRow] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._engine = acd.Acd(rules=rules)
        self.retune(rules, titles, stations)
        for agent in self._engine.agents:
            self.tell(acd.AgentLoggedIn(agent))

    def retune(
        self,
        rules: Mapping[str, acd.QueueRule],
        titles: Mapping[str, str],
        stations: Mapping[str, Station],
    ) -> None:
        """Take a new configuration while calls wait."""
        self._titles = titles
        self._stations = stations
        known = set(self._engine.agents)
        self._engine.retune(rules)
        for agent in set(self._engine.agents) - known:
            self.tell(acd.AgentLoggedIn(agent))
        self._show()

    async def serve(self, call: Call, queue: str) -> Served:
        """Let ``call`` wait in ``queue``.

        Returns:
            The answered leg of an agent, or why the caller was taken out.

        Raises:
            LegGone: the caller left.
        """
        served: asyncio.Future[Served] = self._loop.create_future()
        self._served[call.id] = served
        self._calls[call.id] = call
        self.tell(acd.CallerJoined(queue, call.id))
        try:
            return await call.lead.unless_gone(_result(served))
        except LegGone:
            if served.done() and not served.cancelled():
                result = served.result()
                if isinstance(result, Leg):
                    result.hang_up()
            raise
        finally:
            del self._served[call.id]
            del self._calls[call.id]
            self.tell(acd.CallerLeft(call.id))

    def tell(self, event: acd.Event) -> None:
        """Report ``event`` to the engine and carry out what follows."""
        for action in self._engine.handle(event, self._loop.time()):
            self._carry_out(action)
        self._schedule()
        self._show()

    def knows(self, agent: str) -> bool:
        """Whether ``agent`` is a member of any queue."""
        return agent in self._engine.agents

    def is_offered_or_talking(self, leg: Leg) -> bool:
        """Whether a queue gave ``leg`` to its agent."""
        return leg in self._offered.values()

    def _carry_out(self, action: acd.Action) -> None:
        match action:
            case acd.Offer(call, agent, _queue):
                offer = self._loop.create_task(self._offer(self._calls[call], agent))
                self._offers.add(offer)
                offer.add_done_callback(self._offers.discard)
            case acd.Withdraw(call, agent):
                leg = self._offered.get((call, agent))
                if leg is not None and not leg.is_live:
                    leg.hang_up()
            case acd.Expel(call, _queue, reason):
                served = self._served.get(call)
                if served is not None and not served.done():
                    served.set_result(reason)

    async def _offer(self, call: Call, agent: str) -> None:
        """Ring one agent for one caller and report what became of it."""
        station = self._stations.get(agent)
        if station is None:
            self.tell(acd.OfferMissed(call.id, agent))
            return
        call.note("offered", agent)
        try:
            leg = call.dial(call.target_of(station))
        except NoSlot as error:
            log.warning("call %s cannot be offered to %s: %s", call.id, agent, error)
            self.tell(acd.OfferMissed(call.id, agent))
            return
        self._offered[call.id, agent] = leg
        try:
            if not self._holds(call.id, agent):  # withdrawn before the leg was there
                leg.hang_up()
            await leg.answered()
            self._accept(call, agent, leg)
            await leg.gone()
        except LegGone as gone:
            if gone.cause is not Cause.NORMAL_CLEARING:
                call.note("missed", f"{agent} {gone.cause.name.lower()}")
        finally:
            del self._offered[call.id, agent]
            self._after_offer(call.id, agent)

    def _holds(self, call: str, agent: str) -> bool:
        """Whether the engine still has this call with this agent."""
        record = self._engine.agents[agent]
        return record.call == call and record.state in (AgentState.OFFERED, AgentState.TALKING)

    def _accept(self, call: Call, agent: str, leg: Leg) -> None:
        self.tell(acd.OfferAccepted(call.id, agent))
        served = self._served.get(call.id)
        if self._holds(call.id, agent) and served is not None and not served.done():
            call.note("accepted", agent)
            served.set_result(leg)
        else:
            leg.hang_up()

    def _after_offer(self, call: str, agent: str) -> None:
        if not self._holds(call, agent):
            return
        talking = self._engine.agents[agent].state is AgentState.TALKING
        self.tell(acd.TalkEnded(agent) if talking else acd.OfferMissed(call, agent))

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._engine.next_due(self._loop.time())
        if due is not None:
            self._timer = self._loop.call_at(due, self.tell, acd.Tick())

    # -- what is shown --------------------------------------------------------------------

    def _show(self) -> None:
        for name, title in self._titles.items():
            self._post("queue", self._queue_row(name, title), "changed")
        for agent in self._engine.agents.values():
            self._post("agent", self._agent_row(agent), agent.state)

    def _post(self, kind: str, row: QueueRow | AgentRow, what: str) -> None:
        key = f"{kind} {row.id}"
        if self._shown.get(key) != row:
            self._shown[key] = row
            self._board.post(f"{kind}.{what}", row)

    def _queue_row(self, name: str, title: str) -> QueueRow:
        waiting = tuple(
            CallerRow(
                call=caller.call,
                caller=self._calls[caller.call].origin.caller if caller.call in self._calls else "",
                since=self._wall(caller.since),
            )
            for caller in self._engine.waiting
            if caller.queue == name
        )
        return QueueRow(id=name, title=title, waiting=waiting)

    def _agent_row(self, agent: acd.Agent) -> AgentRow:
        station = self._stations.get(agent.number)
        return AgentRow(
            id=agent.number,
            name=station.name if station else agent.number,
            state=agent.state,
            queues=self._engine.queues_of(agent.number),
            call=agent.call,
            since=self._wall(agent.since),
        )

    def _wall(self, loop_time: float) -> float:
        return round(self._epoch + loop_time, 1)


async def _result(future: asyncio.Future[Served]) -> Served:
    return await future
