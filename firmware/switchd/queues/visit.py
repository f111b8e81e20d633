"""A visit: one stay of a caller in one queue. Its id is the engine's name for the caller."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from firmware.model import acd
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg


@dataclass(frozen=True, slots=True)
class Expelled:
    """The caller was taken out of the queue; ``target`` is where they go, "" for nowhere."""

    reason: acd.ExpelReason
    target: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """The caller is to be called back, and may hang up; ``stored``: no power cut undoes it."""

    number: str
    stored: bool


Served = Leg | Expelled | Promised
"""How a wait ends: with an agent's answered leg, or without."""


@dataclass(slots=True)
class Visit:
    """``since`` is the loop's time. What is to be said to the caller waits in ``sayings``; the
    newest place and wait replace older ones that were not said yet."""

    id: str
    call: Call
    queue: str
    number: str  # the caller's
    since: float
    served: asyncio.Future[Served]
    sayings: deque[acd.Announce | acd.PlayMessage] = field(default_factory=deque)
    said: asyncio.Event = field(default_factory=asyncio.Event)
    led_to: str = ""  # where the agent transferred the caller

    def end(self, served: Served) -> bool:
        """The wait is over; False: it was already."""
        if self.served.done():
            return False
        self.served.set_result(served)
        return True

    def hear(self, saying: acd.Announce | acd.PlayMessage) -> None:
        """Something is to be said, as soon as nothing else is."""
        if isinstance(saying, acd.Announce):
            kept = [one for one in self.sayings if not isinstance(one, acd.Announce)]
            self.sayings = deque(kept)
        self.sayings.append(saying)
        self.said.set()
