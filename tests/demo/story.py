"""The story: what happens in the box, told line by line for people."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from firmware.link.client import Event

Words = Callable[[Any], str]
"""From an event's row to a sentence; "" leaves it out."""

_OFFICE: Mapping[str, Words] = {
    "far.ringing": lambda row: f"The central office rings {row.id} for {row.number}",
    "far.answered": lambda row: f"The central office sees current in the loop of {row.id}",
    "far.spoke_digits": lambda row: f"The caller has pressed {row.digits}, and now talks",
    "far.hung_up": lambda _: "The caller hangs up",
    "far.disconnected": lambda row: f"The central office takes the battery away from {row.id}",
    "far.released": lambda row: f"The central office sees {row.id} on hook again",
}
_LINE: Mapping[str, Words] = {
    "line.ring_began": lambda row: f"{row.id} hears ringing",
    "line.caller_known": lambda row: f"{row.id} read the caller ID between the rings: {row.number}",
    "line.answered": lambda row: f"{row.id} goes off hook",
    "line.dropped": lambda row: f"{row.id} lost its battery: the far end is gone",
    "line.rested": lambda row: f"{row.id} is {row.state}",
}
_EXCHANGE: Mapping[str, Words] = {
    "call.started": lambda row: f"A call from {row.caller} ({row.caller_name}) by {row.called}",
    "call.answered": lambda _: "The exchange answers",
    "call.moved": lambda row: f"The caller is led to {row.place}",
    "agent.offered": lambda row: f"The call is offered to agent {row.id} ({row.name})",
    "agent.talking": lambda row: f"Agent {row.id} has accepted",
    "agent.wrap_up": lambda row: f"Agent {row.id} wraps up",
    "call.bridged": lambda _: "Both talk",
    "recording.started": lambda _: "Recording starts, each side on its own channel",
    "recording.ended": lambda _: "Recording ends",
    "leg.gone": lambda row: f"The leg of {row.party} is gone (cause {row.cause})",
    "call.ended": lambda row: f"The call is over: {row.disposition}",
}
_TELLERS = {
    name: (who, words)
    for who, told in (("office", _OFFICE), ("line", _LINE), ("exchange", _EXCHANGE))
    for name, words in told.items()
}


class Story:
    """Prints each line as it comes and keeps it: {"at_s", "who", "what"}."""

    def __init__(self) -> None:
        self.lines: list[dict[str, str | float]] = []
        self.events: list[Event] = []
        self._began = time.time()
        self._lock = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        return time.time() - self._began

    def tell(self, who: str, what: str, at: float | None = None) -> None:
        """One line; ``at`` in Unix seconds, now by default."""
        at_s = round((at or time.time()) - self._began, 2)
        with self._lock:
            self.lines.append({"at_s": at_s, "who": who, "what": what})
            sys.stdout.write(f"t+{at_s:6.2f} s  {who:<10}{what}\n")
            sys.stdout.flush()

    def follow(self, event: Event) -> None:
        """Keep an event of a daemon and tell it, unless it was before or says nothing new."""
        if event.name.endswith((".snapshot", ".there", ".added")):
            return
        self.events.append(event)
        if event.name in _TELLERS:
            who, words = _TELLERS[event.name]
            self.tell(who, words(event.row), event.at)

    def first(self, name: str) -> Event:
        """The first event with this name.

        Raises:
            LookupError: there was none.
        """
        for event in self.events:
            if event.name == name:
                return event
        raise LookupError(f"there was no {name}")

    def all(self, name: str) -> list[Event]:
        """All events with this name."""
        return [event for event in self.events if event.name == name]
