"""The call centre's figures: sums over the views of ``migrations/0010_callcentre.sql``.

``docs/figures-callcentre.md`` has the definition and the source of each. A ratio whose
denominator is zero is None: nothing can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlite_utils import Database


class By(StrEnum):
    """What figures are told apart by. Times are those of the office's clock."""

    NOTHING = "nothing"
    QUEUE = "queue"
    AGENT = "agent"
    LINE = "line"
    DID = "did"
    QUARTER = "quarter"  # "2026-11-22 08:15"
    HOUR = "hour"  # "08"
    WEEKDAY = "weekday"  # "1" Monday to "7" Sunday
    DAY = "day"  # "2026-11-22"


_COLUMNS = {
    By.NOTHING: "''",
    By.QUEUE: "queue",
    By.AGENT: "agent",
    By.LINE: "line",
    By.DID: "called",
    By.QUARTER: "office_time('quarter', joined_at)",
    By.HOUR: "office_time('hour', joined_at)",
    By.WEEKDAY: "office_time('weekday', joined_at)",
    By.DAY: "office_time('day', joined_at)",
}

_SUMS = (
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "overflowed",
    "turned_away",
    "callbacks",
    "callbacks_reached",
    "waiting",
    "answered_in_target",
    "abandoned_in_target",
    "answered_wait_s",
    "abandoned_wait_s",
    "talks",
    "talk_s",
    "hold_s",
    "wrap_up_s",
    "transferred",
    "offers",
    "missed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """Of the visits that began in a period. ``key`` is what they were told apart by."""

    key: str
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    overflowed: int
    turned_away: int
    callbacks: int
    callbacks_reached: int
    waiting: int
    transferred: int
    offers: int
    missed: int
    talk_s: float
    hold_s: float
    wrap_up_s: float
    longest_wait_s: float
    service_level: float | None
    service_level_gross: float | None
    service_level_of_answered: float | None
    service_level_inclusive: float | None
    abandonment: float | None
    abandonment_gross: float | None
    asa_s: float | None
    mean_patience_s: float | None
    aht_s: float | None
    transfer_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """Of one agent in a period; seconds of each state within it."""

    agent: str
    offers: int
    answered: int
    missed: int
    logged_in_s: float
    available_s: float
    offered_s: float
    talk_s: float
    wrap_up_s: float
    engaged_s: float
    paused_s: float
    pauses: dict[str, float]  # by reason
    occupancy: float | None
    utilisation: float | None
    adherence: float | None  # None: nothing was planned


def of_queues(
    db: Database, begin: float, end: float, by: By, zone: ZoneInfo | None = None
) -> list[QueueFigures]:
    """The figures of visits that began from ``begin`` until before ``end`` (Unix seconds), each
    group of them a row. ``zone`` is the office's; hours and days need it."""
    _tell_office_time(db, zone or ZoneInfo("UTC"))
    sums = ", ".join(f"SUM({name}) AS {name}" for name in _SUMS)
    found = db.query(
        f"SELECT {_COLUMNS[by]} AS key, {sums}, "  # noqa: S608 - our own names
        "MAX(CASE WHEN answered OR abandoned THEN wait_s ELSE 0.0 END) AS longest_wait_s "
        "FROM queue_counts WHERE joined_at >= ? AND joined_at < ? GROUP BY 1 ORDER BY 1",
        [begin, end],
    )
    return [_queue_figures(row) for row in found]


def of_agents(db: Database, begin: float, end: float) -> list[AgentFigures]:
    """The figures of every agent who was logged in, or was offered a call, in the period."""
    spans: dict[str, dict[tuple[str, str], float]] = {}
    for row in db.query(_SPANS, {"begin": begin, "end": end}):
        spans.setdefault(row["agent"], {})[row["state"], row["reason"]] = row["seconds"]
    events: dict[str, dict[str, int]] = {}
    for row in db.query(_AGENT_EVENTS, [begin, end]):
        events.setdefault(row["agent"], {})[row["name"]] = row["count"]
    planned = _adherences(db, begin, end)
    return [
        _agent_figures(agent, spans.get(agent, {}), events.get(agent, {}), planned.get(agent))
        for agent in sorted(spans.keys() | events.keys())
    ]


def frequent_callers(
    db: Database, begin: float, end: float, limit: int = 20
) -> list[tuple[str, int]]:
    """Who called queues most often in the period: number and calls."""
    found = db.execute(
        "SELECT caller, COUNT(DISTINCT call) AS calls FROM queue_visits "
        "WHERE joined_at >= ? AND joined_at < ? AND caller <> '' "
        "GROUP BY caller ORDER BY calls DESC, caller LIMIT ?",
        [begin, end, limit],
    )
    return [(str(caller), int(calls)) for caller, calls in found]


_CLIPPED = "(MIN(COALESCE(s.ended_at, :end), :end) - MAX(s.began_at, :begin))"

# The view ``agent_spans``, made of the events that have to do with the period only: those written
# from the first one in it on, and what each agent was before it. By ``seq``, for the clock jumps.
_SPANS_IN_PERIOD = """
WITH RECURSIVE
first (seq) AS (
    SELECT COALESCE(MIN(+seq), 9223372036854775807) FROM queue_events
    WHERE name = 'agent.changed' AND at > :begin
),
agents (agent) AS (
    SELECT MIN(agent) FROM queue_events INDEXED BY queue_events_of_agent_in_order
    WHERE name = 'agent.changed'
    UNION ALL
    SELECT (
        SELECT MIN(e.agent) FROM queue_events AS e INDEXED BY queue_events_of_agent_in_order
        WHERE e.name = 'agent.changed' AND e.agent > agents.agent
    ) FROM agents WHERE agents.agent IS NOT NULL
),
changes AS (
    SELECT seq, agent, state, reason, at, seconds FROM queue_events NOT INDEXED
    WHERE seq >= (SELECT seq FROM first) AND name = 'agent.changed'
    UNION ALL
    SELECT e.seq, e.agent, e.state, e.reason, e.at, e.seconds
    FROM agents JOIN queue_events AS e ON e.seq = (
        SELECT MAX(b.seq) FROM queue_events AS b INDEXED BY queue_events_of_agent_in_order
        WHERE b.name = 'agent.changed' AND b.agent = agents.agent
        AND b.seq < (SELECT seq FROM first)
    )
),
told AS (
    SELECT
        agent, state, reason, at,
        LEAD(at) OVER next AS ended_at,
        LEAD(seconds) OVER next AS lasted_s
    FROM changes WINDOW next AS (PARTITION BY agent ORDER BY seq)
),
spans AS MATERIALIZED (
    SELECT
        agent, state, reason, ended_at,
        CASE WHEN lasted_s > 0.0 THEN ended_at - lasted_s ELSE at END AS began_at
    FROM told WHERE ended_at IS NULL OR lasted_s > 0.0 OR ended_at >= at
)
"""

_SPANS = (
    f"{_SPANS_IN_PERIOD} "  # noqa: S608 - our own names
    f"SELECT s.agent, s.state, s.reason, SUM({_CLIPPED}) AS seconds FROM spans AS s "
    "WHERE s.began_at < :end AND COALESCE(s.ended_at, :end) > :begin "
    "AND s.state NOT IN ('logged_out', 'down') GROUP BY 1, 2, 3"
)

_AGENT_EVENTS = (
    "SELECT agent, name, COUNT(*) AS count FROM queue_events "
    "WHERE name IN ('offer.made', 'offer.missed', 'caller.served') AND at >= ? AND at < ? "
    "AND agent <> '' GROUP BY 1, 2"
)


def _adherences(db: Database, begin: float, end: float) -> dict[str, tuple[float, float]]:
    """By agent: the seconds that were planned, and how many of them were kept: at work while
    work was planned, paused while a pause was."""
    overlap = (
        "MAX(0.0, MIN(COALESCE(s.ended_at, :end), p.ends_at, :end) "
        "- MAX(s.began_at, p.begins_at, :begin))"
    )
    planned = (
        "SELECT agent, SUM(MIN(ends_at, :end) - MAX(begins_at, :begin)) AS planned "
        "FROM agent_shifts WHERE begins_at < :end AND ends_at > :begin GROUP BY 1"
    )
    kept = (
        f"SELECT p.agent, SUM({overlap}) AS kept FROM agent_shifts AS p "  # noqa: S608
        "JOIN spans AS s ON s.agent = p.agent "
        "AND s.state NOT IN ('logged_out', 'down') "
        "AND (s.state = 'paused') = (p.activity <> 'work') "
        "WHERE p.begins_at < :end AND p.ends_at > :begin GROUP BY 1"
    )
    sql = (
        f"{_SPANS_IN_PERIOD} SELECT a.agent, a.planned, COALESCE(b.kept, 0.0) AS kept "  # noqa: S608
        f"FROM ({planned}) AS a LEFT JOIN ({kept}) AS b ON b.agent = a.agent"
    )
    rows = db.query(sql, {"begin": begin, "end": end})
    return {row["agent"]: (row["planned"], row["kept"]) for row in rows}


def _queue_figures(row: dict[str, float]) -> QueueFigures:
    ended = row["answered"] + row["abandoned"]
    net = ended - row["short_abandoned"]
    in_target = row["answered_in_target"]
    plain = (
        "key offered answered abandoned short_abandoned overflowed turned_away callbacks "
        "callbacks_reached waiting transferred offers missed talk_s hold_s wrap_up_s "
        "longest_wait_s"
    )
    return QueueFigures(
        **{name: row[name] for name in plain.split()},  # type: ignore[arg-type]
        service_level=_ratio(in_target, net),
        service_level_gross=_ratio(in_target, ended),
        service_level_of_answered=_ratio(in_target, row["answered"]),
        service_level_inclusive=_ratio(in_target + row["abandoned_in_target"], ended),
        abandonment=_ratio(row["abandoned"] - row["short_abandoned"], net),
        abandonment_gross=_ratio(row["abandoned"], ended),
        asa_s=_ratio(row["answered_wait_s"], row["answered"]),
        mean_patience_s=_ratio(row["abandoned_wait_s"], row["abandoned"]),
        aht_s=_ratio(row["talk_s"] + row["wrap_up_s"], row["talks"]),
        transfer_rate=_ratio(row["transferred"], row["talks"]),
    )


def _agent_figures(
    agent: str,
    spans: dict[tuple[str, str], float],
    events: dict[str, int],
    planned: tuple[float, float] | None,
) -> AgentFigures:
    def of(*states: str) -> float:
        return sum((s for (state, _), s in spans.items() if state in states), 0.0)

    pauses = {reason: s for (state, reason), s in spans.items() if state == "paused"}
    logged_in_s, paused_s = sum(spans.values(), 0.0), sum(pauses.values(), 0.0)
    handling_s = of("talking", "wrap_up")
    return AgentFigures(
        agent=agent,
        offers=events.get("offer.made", 0),
        answered=events.get("caller.served", 0),
        missed=events.get("offer.missed", 0),
        logged_in_s=logged_in_s,
        available_s=of("available"),
        offered_s=of("offered"),
        talk_s=of("talking"),
        wrap_up_s=of("wrap_up"),
        engaged_s=of("engaged"),
        paused_s=paused_s,
        pauses=pauses,
        occupancy=_ratio(handling_s, handling_s + of("available", "offered")),
        utilisation=_ratio(handling_s, logged_in_s),
        adherence=_ratio(planned[1], planned[0]) if planned else None,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _tell_office_time(db: Database, zone: ZoneInfo) -> None:
    def office_time(what: str, at: float) -> str:
        local = datetime.fromtimestamp(at, zone)
        match what:
            case By.HOUR:
                return f"{local:%H}"
            case By.WEEKDAY:
                return str(local.isoweekday())
            case By.DAY:
                return f"{local:%Y-%m-%d}"
        return f"{local:%Y-%m-%d %H}:{local.minute // 15 * 15:02}"

    db.conn.create_function("office_time", 2, office_time, deterministic=True)
