"""A talk: legs that hear one another, until all but one have left or one is sent elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from firmware.model.dialplan import Destination, Station
from firmware.model.listening import Listening
from firmware.sip.transfer import TransferRequest
from firmware.switchd.ear import Ear
from firmware.switchd.leg import Leg
from firmware.switchd.media import Studio
from firmware.switchd.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The talk ends because ``transferor`` sends the other party to ``to``."""

    transferor: Leg
    to: Destination
    station: Station | None  # of the transferor: where the call comes back to
    request: TransferRequest | None  # None: somebody else ordered it

    def begin(self) -> Transfer:
        """The transfer that follows."""
        return Transfer(self.transferor, self.station, self.request)


class Talk:
    """Joins two legs from the moment it is made; a third may come in. ``changed`` is told when
    it does, and when one of three leaves."""

    def __init__(self, studio: Studio, lead: Leg, other: Leg, changed: Callable[[], None]) -> None:
        self._sides = [lead, other]
        self._changed = changed
        self.stays: Leg | None = None
        """Who is not hung up when nobody else is left."""
        self._ears: list[Ear] = []
        self._heard = self._who_is_heard()
        self._bridge = studio.bridge(lead, other)
        self._told: asyncio.Future[Departure | None] = asyncio.get_running_loop().create_future()
        self._entered = asyncio.Event()

    async def over(self) -> Departure | None:
        """Wait until it is over; None when fewer than two are left. Whoever is left alone by
        the others is hung up."""
        while not self._told.done() and len(self._sides) > 1:
            await self._change()
            for leg in [leg for leg in self._sides if leg.is_gone]:
                self._sides.remove(leg)
                self._bridge.remove(leg)
                if len(self._sides) > 1:
                    self.renew()
        if self._told.done():
            return self._told.result()
        for leg in self._sides:
            if leg is not self.stays:
                leg.hang_up()
        return None

    async def _change(self) -> None:
        """Wait until a side leaves, another comes, or somebody ends the talk."""
        self._entered.clear()
        waits = [asyncio.ensure_future(leg.gone()) for leg in self._sides]
        waits.append(asyncio.ensure_future(_until(self._told)))
        waits.append(asyncio.ensure_future(_entered(self._entered)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    @property
    def parties(self) -> tuple[Leg, ...]:
        """Who is in it, the lead first."""
        return tuple(self._sides)

    def peer_of(self, leg: Leg) -> Leg | None:
        """Whom ``leg`` talks to; None when it is not here, or talks to more than one."""
        others = [side for side in self._sides if side is not leg]
        return others[0] if leg in self._sides and len(others) == 1 else None

    def pressed(self, leg: Leg, digit: str) -> None:
        """``leg`` pressed a key: the others hear it."""
        for side in self._sides if leg in self._sides else ():
            if side is not leg and side.is_live:
                side.send_digits(digit)

    def enter(self, leg: Leg) -> None:
        """One more party hears the others and is heard."""
        self._sides.append(leg)
        self._bridge.add(leg)
        self._entered.set()
        self.renew()

    @property
    def speakers(self) -> tuple[Leg, ...]:
        """Whom everybody hears: the parties, and supervisors who have barged in."""
        ears = (ear.leg for ear in self._ears if ear.how is Listening.BARGE)
        return (*self._sides, *(leg for leg in ears if leg.is_live))

    def attend(self, ear: Ear) -> None:
        """A supervisor listens from now on."""
        self._ears.append(ear)
        self.renew()

    def dismiss(self, ear: Ear) -> None:
        """The supervisor listens no more; may be called twice."""
        if ear in self._ears:
            self._ears.remove(ear)
            self.renew()
        ear.close()

    def renew(self) -> None:
        """Somebody else sits in a seat, or is heard, or a party more or less is here."""
        self.tune()
        heard = self._who_is_heard()
        if heard != self._heard:  # nobody is to hear in a recording that somebody began to listen
            self._heard = heard
            self._changed()

    def _who_is_heard(self) -> list[tuple[Leg, str]]:
        return [(leg, leg.party) for leg in self.speakers]

    def tune(self) -> None:
        """Let whoever listens hear those who are here now."""
        for ear in list(self._ears):
            ear.tune(self.parties)

    def depart(self, departure: Departure) -> None:
        """One party sends the other elsewhere."""
        if not self._told.done():
            self._told.set_result(departure)

    def dissolve(self) -> None:
        """Both parties have gone to talk elsewhere."""
        if not self._told.done():
            self._told.set_result(None)

    def held(self, leg: Leg, held: bool) -> None:
        """``leg`` holds the others, or takes them back."""
        if leg in self._sides:
            self._bridge.held(leg, held)
            self.tune()

    def close(self) -> None:
        """Part the legs."""
        for ear in self._ears:
            ear.close()
        self._bridge.close()


async def _until(told: asyncio.Future[Departure | None]) -> None:
    await asyncio.wait((told,))


async def _entered(event: asyncio.Event) -> None:
    await event.wait()
