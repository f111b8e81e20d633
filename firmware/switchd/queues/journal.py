"""The call centre's events as they happen, on their way to the store (``docs/events.md``).

Nothing here waits: an event is handed to the store's writer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.model import acd
from firmware.model.agent import AgentState
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.switchd.call import Call, Ledger
from firmware.switchd.queues.plan import QueuePlace
from firmware.switchd.queues.visit import Visit

_E = QueueEventName


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTalk:
    """The talk that an agent had last; nothing but "" for none."""

    visit: str = ""
    queue: str = ""
    call: str = ""
    ended: float = 0.0  # by the clock that does not jump


class Journal:
    """``clock`` gives Unix seconds, which may jump when the box learns the time; lengths are
    measured by ``now``, which does not."""

    def __init__(
        self, ledger: Ledger, clock: Callable[[], float], now: Callable[[], float]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._now = now
        self._talks: dict[tuple[str, str], tuple[float, str]] = {}  # (visit, agent): since, queue
        self._wrap_ups: dict[str, tuple[float, str, str]] = {}  # agent: since, visit, queue
        self._last: dict[str, LastTalk] = {}  # by agent
        self._is_new: set[str] = set()  # agents whose last talk has had no wrap-up yet
        self._holds: dict[tuple[str, str], float] = {}
        self._since: dict[str, float] = {}  # agent: when they became what they are

    def joined(
        self, visit: Visit, event: acd.CallerJoined, place: QueuePlace, waiting: int
    ) -> None:
        """A caller is in a queue where ``waiting`` others are."""
        self._write(
            _E.CALLER_JOINED,
            **_of(visit),
            position=waiting + 1,
            priority=event.priority,
            needs=" ".join(f"{need.skill}:{need.at_least}" for need in event.needs),
            reason=event.language,
            target_s=place.target_s,
            short_s=place.short_s,
        )

    def position(self, visit: Visit, position: int, was: str) -> None:
        """The caller has the place again that they had as ``was``."""
        self._write(_E.CALLER_MOVED, **_of(visit), position=position, reason=f"regained {was}")

    def moved(self, visit: Visit, position: int, priority: int) -> None:
        """A supervisor has given the caller another priority."""
        self._write(
            _E.CALLER_MOVED,
            **_of(visit),
            position=position,
            priority=priority,
            reason="prioritised",
        )

    def abandoned(self, visit: Visit, waited_s: float) -> None:
        """The caller gave up."""
        self._write(_E.CALLER_ABANDONED, **_of(visit), seconds=waited_s)

    def left(self, visit: Visit, reason: str, destination: str, waited_s: float) -> None:
        """The caller was led elsewhere."""
        self._write(
            _E.CALLER_LEFT,
            **_of(visit),
            reason=reason,
            destination=destination,
            seconds=waited_s,
        )

    def offered(self, visit: Visit, agent: str) -> None:
        """An agent's telephone is to ring."""
        self._write(_E.OFFER_MADE, **_of(visit), agent=agent)

    def missed(self, visit: Visit, agent: str, kind: str, rang_s: float) -> None:
        """The agent did not take it."""
        self._write(_E.OFFER_MISSED, **_of(visit), agent=agent, reason=kind, seconds=rang_s)

    def served(self, visit: Visit, agent: str, waited_s: float) -> None:
        """Caller and agent talk."""
        self._talks[visit.id, agent] = (self._now(), visit.queue)
        self._write(_E.CALLER_SERVED, **_of(visit), agent=agent, seconds=waited_s)

    def talk_ended(self, visit: Visit, agent: str, reason: str, destination: str) -> None:
        """They do not any more; ``reason`` says who ended it."""
        since, queue = self._talks.pop((visit.id, agent), (self._now(), visit.queue))
        self.resumed(visit, agent)
        self._last[agent] = LastTalk(
            visit=visit.id, queue=queue, call=visit.call.id, ended=self._now()
        )
        self._is_new.add(agent)
        self._write(
            _E.TALK_ENDED,
            **_of(visit),
            agent=agent,
            reason=reason,
            destination=destination,
            seconds=self._now() - since,
        )

    def last_talk(self, agent: str, within_s: float) -> LastTalk:
        """The talk the agent had last, if it is over for no longer than ``within_s``, or if its
        wrap-up still lasts."""
        last = self._last.get(agent, LastTalk())
        is_recent = self._now() - last.ended <= within_s or agent in self._wrap_ups
        return last if is_recent else LastTalk()

    def held(self, visit: Visit, agent: str) -> None:
        """The agent holds the caller."""
        self._holds.setdefault((visit.id, agent), self._now())

    def resumed(self, visit: Visit, agent: str) -> None:
        """The agent takes the caller back, or the talk ends."""
        since = self._holds.pop((visit.id, agent), None)
        if since is not None:
            seconds = self._now() - since
            self._write(_E.HOLD_ENDED, **_of(visit), agent=agent, seconds=seconds)

    def agent_changed(self, change: acd.AgentChanged, visit: Visit | None) -> None:
        """An agent is something else from now on."""
        if (wrap_up := self._wrap_ups.pop(change.agent, None)) is not None:
            since, of, queue = wrap_up
            self._write(
                _E.WRAP_UP_ENDED,
                visit=of,
                queue=queue,
                agent=change.agent,
                seconds=self._now() - since,
            )
        if change.state == AgentState.WRAP_UP and change.agent in self._is_new:
            self._is_new.discard(change.agent)
            last = self._last[change.agent]
            self._wrap_ups[change.agent] = (self._now(), last.visit, last.queue)
        self._write(
            _E.AGENT_CHANGED,
            agent=change.agent,
            state=str(change.state),
            reason=change.reason,
            queue=change.queue,
            call=visit.call.id if visit else "",
            seconds=self._now() - self._since.get(change.agent, self._now()),
        )
        self._since[change.agent] = self._now()

    def callback(self, name: QueueEventName, **fields: Any) -> None:
        """Something about a callback."""
        self._write(name, **fields)

    def reached(self, number: str, call: Call) -> None:
        """Somebody of the office talks with a number outside."""
        self._write(_E.NUMBER_REACHED, caller=number, call=call.id)

    def _write(self, name: QueueEventName, **fields: Any) -> None:
        self._ledger.put(QueueEvent(at=round(self._clock(), 3), name=name, **fields))


def _of(visit: Visit) -> dict[str, Any]:
    origin = visit.call.origin
    return {
        "queue": visit.queue,
        "visit": visit.id,
        "call": visit.call.id,
        "caller": visit.number,
        "called": origin.called,
        "line": origin.line,
    }
