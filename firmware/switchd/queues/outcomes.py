"""What came of calls, as agents say it at a telephone, and who may not go on before they have.

At the desk's page the console writes outcomes into the store; here they come by codes. Whether a
call has its outcome is asked of both: of the store, and of what was said here and may not be there
yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.model import acd
from firmware.model.agent import AgentState
from firmware.model.record import CallOutcome
from firmware.store import outcomes
from firmware.switchd.disk import DiskFault
from firmware.switchd.queues.around import Around
from firmware.switchd.queues.journal import Journal
from firmware.switchd.queues.plan import CentrePlan, OutcomePlace, QueuePlace

log = logging.getLogger(__name__)

LOOK_BACK_S = 900.0
"""For so long after it a call may still be given its outcome; the desk's page says the same."""


class Outcomes:
    """``plan`` gives the newest."""

    def __init__(
        self,
        engine: acd.Acd,
        plan: Callable[[], CentrePlan],
        journal: Journal,
        around: Around,
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._journal = journal
        self._around = around
        self._said: dict[str, str] = {}  # by agent: the call they said something of last

    def of_last_call(self, agent: str) -> tuple[OutcomePlace, ...]:
        """What the agent's last call may have come to, in the queue's order; none without a call
        that may still be given one."""
        return place.outcomes if (place := self._queue(agent)) else ()

    def choose(self, agent: str, outcome: OutcomePlace) -> None:
        """Say what came of the agent's last call, instead of what they said before."""
        call = self._journal.last_talk(agent, LOOK_BACK_S).call
        self._said[agent] = call
        at = round(self._around.clock(), 3)
        self._around.ledger.put(CallOutcome(call_id=call, agent=agent, outcome=outcome.name, at=at))
        log.info("call %s: agent %s says %s", call, agent, outcome.name)

    async def is_owed(self, agent: str) -> bool:
        """Whether the agent's wrap-up may not be ended yet: their queue wants an outcome."""
        known, place = self._engine.agents.get(agent), self._queue(agent)
        if known is None or known.state is not AgentState.WRAP_UP or place is None:
            return False
        if not place.outcome_required or not place.outcomes:
            return False
        call = self._journal.last_talk(agent, LOOK_BACK_S).call
        return self._said.get(agent) != call and not await self._is_stored(call, agent)

    async def _is_stored(self, call: str, agent: str) -> bool:
        try:
            return bool(await self._around.disk.do(lambda db: outcomes.last_of(db, call, agent)))
        except DiskFault as error:
            log.error("whether call %s has its outcome cannot be read: %s", call, error)
            return False

    def _queue(self, agent: str) -> QueuePlace | None:
        return self._plan().queues.get(self._journal.last_talk(agent, LOOK_BACK_S).queue)
