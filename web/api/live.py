"""Operations on what is now: queues and agents, as the exchange shows them."""

from __future__ import annotations

from dataclasses import asdict

from flask import current_app

from firmware.link.api import SwitchApi
from firmware.link.rows import AgentRow, QueueRow
from web.api import shapes
from web.api.calls import order
from web.api.operation import operation
from web.api.problem import Refusal
from web.desk.views import owes_outcome
from web.live.board import Board, rows_of
from web.system import access
from web.system.permission import Permission


@operation("GET", "/queues", needed=Permission.SEE_LIVE, answer=shapes.Queues)
def list_queues() -> shapes.Queues:
    """Queues and who waits in them, now."""
    found = rows_of(_board().picture(), QueueRow, "queue").values()
    return shapes.Queues(
        queues=[
            shapes.Queue(
                id=row.id, title=row.title, waiting=[asdict(caller) for caller in row.waiting]
            )
            for row in sorted(found, key=lambda row: row.id)
            if access.may(Permission.SEE_LIVE, queue=row.id)
        ]
    )


@operation("GET", "/agents", needed=Permission.SEE_LIVE, answer=shapes.Agents)
def list_agents() -> shapes.Agents:
    """Agents and what they do, now."""
    found = rows_of(_board().picture(), AgentRow, "agent").values()
    return shapes.Agents(
        agents=[
            shapes.Agent(
                id=row.id,
                name=row.name,
                state=row.state,
                reason=row.reason,
                queues=list(row.queues),
                call=row.call,
                since=row.since,
            )
            for row in sorted(found, key=lambda row: row.id)
            if access.may(Permission.SEE_LIVE, queue=row.queues, extension=row.id)
        ]
    )


@operation(
    "POST", "/agents/{ident}/pause", needed=Permission.ORDER_CALLS, body=shapes.Pause, status=204
)
def pause_agent(ident: str, body: shapes.Pause) -> None:
    """Give an agent no calls for a while."""
    _reached(ident, body.queue)
    order("pause", SwitchApi.pause_agent, ident, body.reason, body.queue)


@operation(
    "POST", "/agents/{ident}/resume", needed=Permission.ORDER_CALLS, body=shapes.Pause, status=204
)
def resume_agent(ident: str, body: shapes.Pause) -> None:
    """End an agent's pause, or wrap-up."""
    _reached(ident, body.queue)
    order("resume", SwitchApi.resume_agent, ident, body.queue)


def _reached(ident: str, queue: str) -> None:
    row = rows_of(_board().picture(), AgentRow, "agent").get(ident)
    if row is None:
        raise Refusal(404, "there is no such agent")
    queues = (queue,) if queue else row.queues
    if not access.may(Permission.ORDER_CALLS, queue=queues, extension=ident):
        raise Refusal(403, "the token's user does not reach this agent")
    if access.person().extension == ident and owes_outcome(ident):
        raise Refusal(409, "their queue wants to know first what came of the call")


def _board() -> Board:
    board: Board = current_app.extensions["markaz-board"]
    return board
