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
        self._soon: asyncio.Handle | None = None

    def touch(self) -> None:
        """Something has changed."""
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._show)

    def _show(self) -> None:
        self._soon = None
        waiting: dict[str, list[acd.Waiting]] = {name: [] for name in self._plan().queues}
        for caller in self._engine.waiting:
            waiting.setdefault(caller.queue, []).append(caller)
        rows: dict[str, QueueRow | AgentRow] = {}
        for name, place in self._plan().queues.items():
            rows[f"queue {name}"] = self._queue_row(name, place.title, waiting[name])
        for agent in self._engine.agents.values():
            rows[f"agent {agent.number}"] = self._agent_row(agent)
        for key, row in rows.items():
            if self._rows.get(key) != row:
                what = "changed" if isinstance(row, QueueRow) else row.state
                self._board.post(f"{key.partition(' ')[0]}.{what}", row)
        for key in self._rows.keys() - rows.keys():
            self._board.post(f"{key.partition(' ')[0]}.removed", self._rows[key])
        self._rows = rows

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
