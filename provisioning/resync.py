"""Resync: telling telephones that their files have changed, as soon as they are idle.

switchd sends the NOTIFY, by way of the edge, because a telephone believes its registrar and
nobody else, and switchd alone knows whether it is in a call. What comes of it is seen by whether
the telephone fetches its files: if it does not, it is told again, a few times. One that is not
registered is waited for: when it registers it is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import ExtensionRow
from provisioning.device import Resync

log = logging.getLogger(__name__)

AGAIN_S = (20.0, 60.0, 300.0)
"""How long a telephone has to fetch its files after each NOTIFY."""

AWAY_S = 5.0
"""How often to look whether a telephone that was not registered is now."""

MOST_AT_ONCE = 10
"""NOTIFYs a round, so that a new telephone book does not start two hundred fetches at once."""


class Told(StrEnum):
    SENT = "sent"
    BUSY = "busy"  # in a call, or switchd is away: try again
    AWAY = "away"  # it is not registered: nobody knows where it is
    NOBODY = "nobody"  # no such extension: nobody can be told


class Teller(Protocol):
    """How a NOTIFY is sent."""

    async def tell(self, number: str, resync: Resync) -> Told:
        """Send it, if the extension is idle."""
        ...


class SwitchTeller:
    """Sends through switchd's link, from a thread of its own because links are blocking. The
    edge's link says who is registered."""

    def __init__(self, switch: Path, edge: Path) -> None:
        self._switch = switch
        self._edge = edge

    async def tell(self, number: str, resync: Resync) -> Told:
        """Send it, if the extension is idle."""
        return await asyncio.to_thread(self._tell, number, resync.event, dict(resync.headers))

    def _tell(self, number: str, event: str, headers: Mapping[str, str]) -> Told:
        if not self._is_registered(number):
            return Told.AWAY
        try:
            with Link(self._switch, "provision", timeout_s=2.0) as link:
                link.call(SwitchApi.notify, number=number, event=event, headers=headers)
        except Refused as error:
            if error.kind == "RuntimeError":
                return Told.BUSY
            log.warning("extension %s cannot be told: %s", number, error)
            return Told.NOBODY
        except LinkDown:
            return Told.BUSY
        return Told.SENT

    def _is_registered(self, number: str) -> bool:
        """False only where the edge says so: without the edge, trying is better."""
        try:
            with Link(self._edge, "provision", timeout_s=2.0) as link:
                rows = link.snapshot().get("extension", ())
        except (LinkDown, Refused):
            return True
        found = [row for row in rows if isinstance(row, ExtensionRow) and row.id == number]
        return not found or found[0].registered


@dataclass(slots=True, kw_only=True)
class _Wish:
    number: str
    resync: Resync
    times: int = 0
    not_before: float = 0.0
    state: str = "waiting"


class Resyncer:
    """The telephones that are to fetch their files. ``clock`` gives seconds that only grow;
    ``changed`` is told whose state changed."""

    def __init__(self, teller: Teller, clock: Callable[[], float]) -> None:
        self._teller = teller
        self._clock = clock
        self._wishes: dict[str, _Wish] = {}
        self.changed: Callable[[str], None] = lambda ident: None

    def state(self, ident: str) -> str:
        """ "", "waiting", "away", "sent" or "unreachable"."""
        wish = self._wishes.get(ident)
        return wish.state if wish else ""

    def want(self, ident: str, number: str, resync: Resync) -> None:
        """Tell a telephone, in the next round or when it is idle."""
        self._wishes[ident] = _Wish(number=number, resync=resync)
        self.changed(ident)

    def done(self, ident: str) -> None:
        """It has fetched what it was to fetch, or is no longer ours."""
        if self._wishes.pop(ident, None) is not None:
            self.changed(ident)

    async def round(self) -> None:
        """Tell those whose time has come."""
        now = self._clock()
        due = [
            (ident, wish)
            for ident, wish in self._wishes.items()
            if wish.state != "unreachable" and wish.not_before <= now
        ]
        for ident, wish in due[:MOST_AT_ONCE]:
            before = wish.state
            await self._tell(wish)
            if wish.state != before and ident in self._wishes:
                log.info("phone %s resync -%s-> %s", ident, before, wish.state)
                self.changed(ident)

    async def _tell(self, wish: _Wish) -> None:
        if wish.times >= len(AGAIN_S):
            wish.state = "unreachable"
            return
        told = await self._teller.tell(wish.number, wish.resync)
        if told is Told.NOBODY:
            wish.state = "unreachable"
        elif told is Told.SENT:
            wish.state = "sent"
            wish.not_before = self._clock() + AGAIN_S[wish.times]
            wish.times += 1
        elif told is Told.AWAY:
            wish.state = "away"
            wish.not_before = self._clock() + AWAY_S
        else:
            wish.state = "waiting"
