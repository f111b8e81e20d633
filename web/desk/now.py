"""What an agent's desk shows at one moment, out of the picture of all and of the store."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.config.schema import Site
from firmware.config.sections.queues import Queue
from firmware.link.rows import AgentRow, CallerRow, CallRow, QueueRow
from firmware.model.agent import AgentState
from firmware.store import outcomes, search
from firmware.store.search import Wanted
from firmware.store.unreturned import Unreturned
from web.desk.book import phonebook
from web.desk.caller import Caller, caller_of
from web.desk.day import Work, today
from web.live.board import Picture, rows_of
from web.system import language

LOOK_BACK_S = 900.0
"""For so long after it a call may still be given its outcome and notes."""

MOST_OWED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The call at the desk: the one that goes on, or the last one, which wants its wrap-up."""

    id: str
    queue: str
    is_over: bool
    caller: Caller
    outcome: str  # chosen already, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All of it. ``agent`` is None for somebody who is in no queue."""

    agent: AgentRow | None
    current: Current | None
    waiting: tuple[tuple[QueueRow, CallerRow], ...]  # callers of the agent's queues
    owed: tuple[Unreturned, ...]  # callers of theirs who gave up and were not called back
    day: Work | None


def agent_of(picture: Picture, number: str) -> AgentRow | None:
    """The agent's row; None while the exchange is away, and for who is none."""
    return rows_of(picture, AgentRow, "agent").get(number)


def now(picture: Picture, db: Database, site: Site, number: str) -> Now:
    """The desk of the agent ``number``.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    agent = agent_of(picture, number)
    if agent is None:
        return Now(agent=None, current=None, waiting=(), owed=(), day=None)
    day = today(db, site)
    queues = rows_of(picture, QueueRow, "queue")
    mine = [queues[name] for name in agent.queues if name in queues]
    return Now(
        agent=agent,
        current=current(picture, db, agent),
        waiting=tuple((queue, caller) for queue in mine for caller in queue.waiting),
        owed=tuple(one for one in day.owed if one.queue in agent.queues)[:MOST_OWED],
        day=day.work.get(number),
    )


def queue_named(site: Site, name: str) -> Queue | None:
    """A queue's configuration."""
    return next((one for one in site.queue if one.name == name), None)


def lacks_outcome(site: Site, db: Database, agent: AgentRow, call_id: str, queue: str) -> bool:
    """Whether the wrap-up of a call may not be ended yet: its queue wants an outcome."""
    plan = queue_named(site, queue)
    if plan is None or not plan.outcome_required or not plan.outcome:
        return False
    in_wrap_up = agent.state == AgentState.WRAP_UP
    return in_wrap_up and not outcomes.last_of(db, call_id, agent.id)


def current(picture: Picture, db: Database, agent: AgentRow) -> Current | None:
    """The call at an agent's desk.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    row = rows_of(picture, CallRow, "call").get(agent.call)
    if row is not None:
        queue = row.place.removeprefix("queue:") if row.place.startswith("queue:") else ""
        return _at_desk(db, agent, row.id, queue, (row.caller, row.caller_name), is_over=False)
    last = search.search(db, Wanted(agent=agent.id, since=time.time() - LOOK_BACK_S), limit=1)
    if not last:
        return None
    (call,) = last
    who = (call.caller, call.caller_name)
    return _at_desk(db, agent, call.id, call.queue, who, is_over=True)


def _at_desk(
    db: Database, agent: AgentRow, call_id: str, queue: str, who: tuple[str, str], *, is_over: bool
) -> Current:
    number, name = who
    book = phonebook(db, language.site().office.country)
    return Current(
        id=call_id,
        queue=queue,
        is_over=is_over,
        caller=caller_of(db, book, number=number, name=name, call_id=call_id),
        outcome=outcomes.last_of(db, call_id, agent.id),
    )
