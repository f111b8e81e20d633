"""What the ACD engine leaves behind when it ends, as plain data, and how another takes it over.

Times are those of the engine's clock, whose reading is under ``now``: what has not changed is equal
in the next snapshot, and whoever keeps snapshots need write only what has. What is bound to legs
(offers, talks, rings) is gone with them and not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from firmware.model.acd.floor import Agent, Callback, Floor, Queue, Waiting
from firmware.model.acd.memory import Kept, Missed
from firmware.model.acd.rules import Need
from firmware.model.agent import AgentEvent, AgentState

VERSION = 1

CALL_AGAIN_S = 120.0
"""How long, at least, callers who waited as the exchange ended have their place when they call
again."""

Piece = dict[str, Any]


def take(floor: Floor, now: float) -> Piece:
    """The data: dictionaries by number, name or call, of text, numbers, lists and None."""
    callers, memory = floor.callers.values(), floor.memory
    return {
        "version": VERSION,
        "now": now,
        "agents": {number: _agent(agent) for number, agent in floor.agents.items()},
        "queues": {name: _queue(queue) for name, queue in floor.queues.items()},
        "waiting": {c.call: _waiting(c) for c in callers if c.hold is None and c.caller},
        "callbacks": {c.call: _callback(c, c.hold) for c in callers if c.hold is not None},
        "places": {
            kept.call: {
                "queue": queue,
                "caller": caller,
                "since": kept.since,
                "rank": kept.rank,
                "until": kept.until,
            }
            for (queue, caller), kept in memory.places.items()
            if kept.until >= now
        },
        "missed": {
            one.caller: {
                "queue": one.queue,
                "count": one.count,
                "first_at": one.first_at,
                "last_at": one.last_at,
            }
            for one in memory.missed.values()
        },
        "last_agents": dict(memory.last_agents),
    }


def _waiting(caller: Waiting) -> Piece:
    return {
        "queue": caller.queue,
        "caller": caller.caller,
        "since": caller.since,
        "rank": caller.rank,
    }


def _agent(agent: Agent) -> Piece:
    return {
        "logged_in": agent.state is not AgentState.LOGGED_OUT and not agent.will_leave,
        "paused": agent.state is AgentState.PAUSED or agent.will_pause,
        "pause_reason": agent.pause_reason,
        "paused_in": sorted(agent.paused_in),
        "since": agent.since,
        "idle_since": agent.idle_since,
        "scope": sorted(agent.scope) if agent.scope is not None else None,
        "telephone": agent.telephone,
        "confirm": agent.confirm,
        "by": agent.by,
        "calls_taken": agent.calls_taken,
        "talk_s": agent.talk_s,
    }


def _queue(queue: Queue) -> Piece:
    measured = queue.measured
    return {
        "turn": queue.turn,
        "handled": measured.handled,
        "mean_s": measured.mean_s,
        "waited_s": measured.waited_s,
        "gave_up": measured.gave_up,
        "members": {
            number: [member.calls, member.talk_s] for number, member in queue.members.items()
        },
    }


def _callback(caller: Waiting, hold: Callback) -> Piece:
    return _waiting(caller) | {
        "number": hold.number,
        "priority": caller.priority,
        "language": caller.language,
        "needs": [[need.skill, need.at_least] for need in caller.needs],
        "prefer": list(caller.prefer),
        "attempts": hold.attempts - hold.is_dialled,
        "retry_at": hold.retry_at if -inf < hold.retry_at < inf else None,
        "expire_at": hold.expire_at,
    }


def put(floor: Floor, data: Mapping[str, Any], now: float, away_s: float) -> None:
    """Bring what ``take`` gave ``away_s`` ago to a floor on which nothing has happened yet.

    Queues and agents that are not there any more are left out.
    """
    if data["version"] != VERSION:
        raise ValueError(f"a snapshot of version {data['version']}, not {VERSION}")
    later_s = now - away_s - float(data["now"])  # how far this clock is ahead of that one
    for number, one in data["agents"].items():
        if number in floor.agents:
            _put_agent(floor, floor.agents[number], one, later_s)
    for name, one in data["queues"].items():
        if name in floor.queues:
            _put_queue(floor.queues[name], one)
    for call, one in sorted(data["callbacks"].items(), key=lambda item: float(item[1]["rank"])):
        if one["queue"] in floor.queues:
            _put_callback(floor, call, one, (later_s, now))
    _put_memory(floor, data, later_s)
    for call, one in data["waiting"].items():
        queue = floor.queues.get(one["queue"])
        if queue is not None:
            _keep(floor, call, one, later_s, now + max(queue.rule.resume_s, CALL_AGAIN_S))


def _put_memory(floor: Floor, data: Mapping[str, Any], later_s: float) -> None:
    for call, one in data["places"].items():
        _keep(floor, call, one, later_s, one["until"] + later_s)
    for caller, one in data["missed"].items():
        floor.memory.missed[caller] = Missed(
            caller=caller,
            queue=one["queue"],
            count=one["count"],
            first_at=one["first_at"] + later_s,
            last_at=one["last_at"] + later_s,
        )
    floor.memory.last_agents.update(data["last_agents"])


def _keep(floor: Floor, call: str, one: Piece, later_s: float, until: float) -> None:
    since, rank = one["since"] + later_s, one["rank"] + later_s
    floor.memory.keep(
        one["queue"], one["caller"], Kept(call=call, since=since, rank=rank, until=until)
    )


def _put_agent(floor: Floor, agent: Agent, one: Piece, later_s: float) -> None:
    agent.scope = frozenset(one["scope"]) if one["scope"] is not None else None
    agent.telephone, agent.confirm, agent.by = one["telephone"], one["confirm"], one["by"]
    agent.calls_taken, agent.talk_s = one["calls_taken"], one["talk_s"]
    agent.idle_since = one["idle_since"] + later_s
    if not one["logged_in"]:
        return
    agent.paused_in = set(one["paused_in"])
    since = one["since"] + later_s
    floor.step(agent, AgentEvent.LOGGED_IN, since)
    if one["paused"]:
        agent.pause_reason = one["pause_reason"]
        floor.step(agent, AgentEvent.PAUSED, since)


def _put_queue(queue: Queue, one: Piece) -> None:
    queue.turn = one["turn"]
    measured = queue.measured
    measured.handled, measured.mean_s = one["handled"], one["mean_s"]
    measured.waited_s, measured.gave_up = one["waited_s"], one["gave_up"]
    for number, (calls, talk_s) in one["members"].items():
        member = queue.members.get(number)
        if member is not None:
            member.calls, member.talk_s = calls, talk_s


def _put_callback(floor: Floor, call: str, one: Piece, clock: tuple[float, float]) -> None:
    later_s, now = clock
    queue = floor.queues[one["queue"]]
    expire_at = one["expire_at"] + later_s
    retry_at = now if one["retry_at"] is None else max(now, one["retry_at"] + later_s)
    floor.arrivals += 1
    caller = Waiting(
        call=call,
        at=queue,
        since=one["since"] + later_s,
        caller=one["caller"],
        rank=one["rank"] + later_s,
        number=floor.arrivals,
        priority=one["priority"],
        language=one["language"],
        needs=tuple(Need(skill=skill, at_least=least) for skill, least in one["needs"]),
        prefer=tuple(one["prefer"]),
        leave_at=expire_at,
    )
    caller.hold = Callback(
        number=one["number"], expire_at=expire_at, attempts=one["attempts"], retry_at=retry_at
    )
    queue.insert(caller)
    queue.held += 1
    floor.callers[call] = caller
