"""What the call centre has written down: read by reports, and by switchd when it starts."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from firmware.model.acd_piece import AcdPiece
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.store import rows
from firmware.store.sqlite import writing

CUT_OFF = "cut_off"
"""The reason of events that a repair writes: the box stopped."""

LOOK_BACK_S = 2 * 86400.0
"""How long before the stop something may have begun that it left open."""

DOWN = "down"
"""The state of an agent while the box did not run."""


def between(db: Database, begin: float, end: float) -> list[QueueEvent]:
    """The events from ``begin`` until before ``end``, in the order they happened."""
    found = db.query(
        "SELECT * FROM queue_events WHERE at >= ? AND at < ? ORDER BY at, seq", [begin, end]
    )
    return [_event(row) for row in found]


def acd_memory(db: Database) -> list[AcdPiece]:
    """What the engine remembered last."""
    return [AcdPiece(**row) for row in db.query("SELECT * FROM acd_memory WHERE piece <> ''")]


def cut_off(db: Database, now: float) -> list[QueueEvent]:
    """Close what a stop of the box left open, as of the last moment it is known to have run:
    visits that never ended, and the spans of agents. Callers who wait for a callback still do.

    Returns:
        The callers who were cut off: their visits' ends, with number and place, so that they
        keep it when they call again.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        db.execute("DELETE FROM acd_memory WHERE piece = ''")
        died_at = min(now, _last_moment(db) or now)
        since = died_at - LOOK_BACK_S
        lost = [_end_of(row, died_at) for row in db.query(_OPEN_VISITS, [since])]
        for event in lost:
            rows.save(db, event)
        for row in list(db.query(_OPEN_SPANS, [since, DOWN])):
            rows.save(
                db,
                QueueEvent(
                    at=died_at,
                    name=QueueEventName.AGENT_CHANGED,
                    agent=row["agent"],
                    state=DOWN,
                    reason=CUT_OFF,
                ),
            )
    return lost


def _last_moment(db: Database) -> float | None:
    [(at,)] = db.execute(
        "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM queue_events "
        "UNION ALL SELECT MAX(started_at) FROM calls)"
    ).fetchall()
    return None if at is None else float(at)


_OPEN_VISITS = (
    "SELECT j.* FROM queue_events AS j "
    "WHERE j.name = 'caller.joined' AND j.at >= ? AND j.visit <> '' "
    "AND NOT EXISTS (SELECT 1 FROM queue_events AS e WHERE e.visit = j.visit AND e.visit <> '' "
    "AND e.name IN ('caller.served', 'caller.abandoned', 'caller.left')) "
    "AND NOT EXISTS (SELECT 1 FROM queue_events AS b WHERE b.visit = j.visit "
    "AND b.visit <> '' AND b.name = 'callback.taken') "
    "ORDER BY j.at"
)

_OPEN_SPANS = (
    "SELECT agent FROM (SELECT agent, state, MAX(seq) FROM queue_events "
    "WHERE name = 'agent.changed' AND at >= ? GROUP BY agent) WHERE state NOT IN ('logged_out', ?)"
)


def _end_of(row: dict[str, object], at: float) -> QueueEvent:
    joined = _event(row)
    return QueueEvent(
        at=at,
        name=QueueEventName.CALLER_LEFT,
        queue=joined.queue,
        visit=joined.visit,
        call=joined.call,
        caller=joined.caller,
        called=joined.called,
        line=joined.line,
        priority=joined.priority,
        reason=CUT_OFF,
        seconds=max(0.0, at - joined.at),
    )


def _event(row: dict[str, object]) -> QueueEvent:
    known = {name: value for name, value in row.items() if name != "seq"}
    known["name"] = QueueEventName(str(row["name"]))
    return QueueEvent(**known)  # type: ignore[arg-type]


def visits_of(db: Database, call: str, since: float, until: float) -> list[dict[str, Any]]:
    """A call's stays in queues, as rows of the view ``queue_visits``, in order. The times are
    those of the call: by them the events are found."""
    return list(
        db.query(
            "SELECT * FROM queue_visits WHERE call = ? AND joined_at BETWEEN ? AND ? "
            "ORDER BY joined_at",
            [call, since, until],
        )
    )
