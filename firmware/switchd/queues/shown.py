"""What is shown of queues and agents: their rows on the board.

Rows are made after the turn in which something changed, once, however much changed in it: a
call never waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from firmware.link.rows import AgentRow, CallerRow, QueueRow
from firmware.link.server import Board
from firmware.model import acd
from firmware.switchd.queues.plan import CentrePlan
from firmware.switchd.queues.visit import Visit


class Shown:
    """``visits`` are those that wait, by id; ``wall`` turns the engine's time into Unix seconds."""

    def __init__(
        self,
        board: Board,
        engine: acd.Acd,
        plan: Callable[[], CentrePlan],
        visits: Mapping[str, Visit],
        wall: Callable[[float], float],
    ) -> None:
        self._board = board
        self._engine = engine
        self._plan = plan
        self._visits = visits
        self._wall = wall
        self._rows: dict[str, QueueRow | AgentRow] = {}
        self._touched: set[str] = set()
        self._queues_touched = False
        self._soon: asyncio.Handle | None = None

    def touch(self, agent: str) -> None:
        """Something has changed about an agent, or ("") about who waits."""
        if agent:
            self._touched.add(agent)
        else:
            self._queues_touched = True
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._show)

    def touch_all(self) -> None:
        """Anything may have changed."""
        self._touched.update(self._engine.agents)
        self.touch("")

    def _show(self) -> None:
        self._soon = None
        touched, self._touched = self._touched, set()
        for number in touched:
            if (agent := self._engine.agents.get(number)) is not None:
                self._post(f"agent {number}", self._agent_row(agent))
        if self._queues_touched:
            self._queues_touched = False
            self._show_queues()
        for key in [key for key in self._rows if not self._is_there(*key.split(" ", 1))]:
            self._board.post(f"{key.partition(' ')[0]}.removed", self._rows.pop(key))

    def _show_queues(self) -> None:
        waiting: dict[str, list[acd.Waiting]] = {name: [] for name in self._plan().queues}
        for caller in self._engine.waiting:
            waiting.setdefault(caller.queue, []).append(caller)
        for name, place in self._plan().queues.items():
            self._post(f"queue {name}", self._queue_row(name, place.title, waiting[name]))

    def _post(self, key: str, row: QueueRow | AgentRow) -> None:
        if self._rows.get(key) != row:
            self._rows[key] = row
            what = "changed" if isinstance(row, QueueRow) else row.state
            self._board.post(f"{key.partition(' ')[0]}.{what}", row)

    def _is_there(self, kind: str, name: str) -> bool:
        return name in (self._plan().queues if kind == "queue" else self._engine.agents)

    def _queue_row(self, name: str, title: str, waiting: Iterable[acd.Waiting]) -> QueueRow:
        return QueueRow(
            id=name, title=title, waiting=tuple(self._caller_row(caller) for caller in waiting)
        )

    def _caller_row(self, caller: acd.Waiting) -> CallerRow:
        visit = self._visits.get(caller.call)
        return CallerRow(
            call=visit.call.id if visit else caller.call,
            caller=visit.number if visit else caller.caller,
            since=self._wall(caller.since),
            visit=caller.call,
            priority=caller.priority,
            callback=caller.callback,
        )

    def _agent_row(self, agent: acd.Agent) -> AgentRow:
        place = self._plan().agents.get(agent.number)
        visit = self._visits.get(agent.call)
        return AgentRow(
            id=agent.number,
            name=place.name if place else agent.number,
            state=agent.state,
            queues=self._engine.queues_of(agent.number),
            call=visit.call.id if visit else agent.call.partition("/")[0],
            since=self._wall(agent.since),
            reason=agent.pause_reason,
            telephone=agent.telephone,
        )
