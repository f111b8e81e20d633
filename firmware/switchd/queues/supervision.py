"""Orders about waiting callers: who goes first, who goes elsewhere, who goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from firmware.model import acd
from firmware.model.dialplan import Destination, Dialplan
from firmware.switchd.queues.journal import Journal
from firmware.switchd.queues.visit import Expelled, Visit


class Supervision:
    """``visits`` are callers on the line, by id; ``tell`` reports to the engine. A caller is
    named by their call, or by their visit."""

    def __init__(
        self,
        engine: acd.Acd,
        visits: Mapping[str, Visit],
        tell: Callable[[acd.Event], None],
        journal: Journal,
        plan: Callable[[], Dialplan],
    ) -> None:
        self._engine = engine
        self._visits = visits
        self._tell = tell
        self._journal = journal
        self._plan = plan

    def prioritise(self, caller: str, priority: int) -> None:
        """Another priority for who waits.

        Raises:
            KeyError: nobody of that name waits.
        """
        ident = self.visit_of(caller)
        self._tell(acd.PriorityChanged(ident, priority))
        if (visit := self._visits.get(ident)) is not None:
            self._journal.moved(visit, self._engine.position(ident), priority)

    def withdraw(self, caller: str) -> None:
        """Take who waits out of their queue.

        Raises:
            KeyError: nobody of that name waits.
        """
        self._tell(acd.CallerWithdrawn(self.visit_of(caller)))

    def move(self, caller: str, to: Destination) -> None:
        """Lead who waits elsewhere.

        Raises:
            KeyError: nobody of that name waits.
            ValueError: there is no such place, or nobody is on the line.
        """
        visit = self._visits.get(self.visit_of(caller))
        if visit is None or visit.served.done():
            raise ValueError(f"{caller} is not on the line")
        if not self._plan().has(to):
            raise ValueError(f"there is no {to}")
        waited_s = asyncio.get_running_loop().time() - visit.since
        self._journal.left(visit, acd.ExpelReason.WITHDRAWN, str(to), waited_s)
        visit.end(Expelled(acd.ExpelReason.WITHDRAWN, str(to)))
        self._tell(acd.CallerLeft(visit.id, abandoned=False))

    def visit_of(self, name: str) -> str:
        """The visit that a call's id, or a visit's own, names.

        Raises:
            KeyError: nobody of that name waits.
        """
        for caller in self._engine.waiting:
            visit = self._visits.get(caller.call)
            if name == caller.call or (visit is not None and name == visit.call.id):
                return caller.call
        raise KeyError(f"{name} waits in no queue")
