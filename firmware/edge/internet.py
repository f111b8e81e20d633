"""The watch on the internet: looks every two seconds, judges, shows, and tells the trunks.

It runs beside everything else in the keeper's loop and holds nothing up: a call that goes out
finds the ways already sorted.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from firmware.config.rules.flows import is_near
from firmware.config.schema import Site
from firmware.edge import routes, signs
from firmware.edge.names import Address
from firmware.edge.routes import Routes
from firmware.link.internet import InternetRow
from firmware.link.server import Board
from firmware.model.internet import (
    NOTHING_SEEN,
    Internet,
    InternetCause,
    InternetState,
    Look,
    Memory,
    Sign,
    seen,
)

log = logging.getLogger(__name__)

ID = "internet"

HINT_S = 0.4
"""When the gateway and the name servers have not answered by then, providers are asked too."""

AGAIN_S = 0.1
"""Between a look that says "down" and the next one."""

_DETAIL = {
    InternetCause.NOTHING: "",
    InternetCause.NO_ROUTE: "the box has no default route",
    InternetCause.GATEWAY: "the router {gateway} does not answer",
    InternetCause.BEYOND: "nobody answers beyond the router {gateway}",
    InternetCause.NAMES: "no name server answers",
    InternetCause.PROVIDERS: "no provider answers",
}


class Questions(Protocol):
    """Who is asked (``firmware.edge.signs``)."""

    async def gateway(self, ip: str) -> Sign: ...
    async def names(self, servers: Iterable[str], zone: str) -> Sign: ...
    async def provider(self, address: Address) -> Sign: ...
    def name_servers(self) -> tuple[str, ...]: ...


class Trunks(Protocol):
    """What the watch needs of the trunks' ways (``firmware.edge.ways.Ways``)."""

    def answering(self) -> Mapping[Address, bool | None]: ...
    def internet_lost(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is looked at; ``zones`` are names whose servers prove the internet."""

    watch: bool = False
    every_s: float = 2.0
    gateway: bool = True
    zones: tuple[str, ...] = ()


class Watch:
    """Watches the internet of one site. ``changed`` is told whenever its row is another."""

    def __init__(
        self,
        board: Board,
        trunks: Trunks,
        *,
        ask: Questions = signs,
        table: Callable[[], Routes] = routes.read,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._board = board
        self._trunks = trunks
        self._ask = ask
        self._table = table
        self._clock = clock
        self._wall = wall
        self._plan = _Plan()
        self._is_cut = False
        self._memory = Memory(internet=Internet(since=wall()))
        self._answered: set[str] = set()  # routers that ever answered
        self._gateway = ""
        self._turn = 0
        self._wake = asyncio.Event()
        self._row: InternetRow | None = None
        self.changed: Callable[[InternetRow], None] = lambda row: None

    @property
    def row(self) -> InternetRow:
        """How it stands."""
        internet = self._memory.internet
        gateway = self._gateway or "of the office"
        return InternetRow(
            id=ID,
            state=internet.state,
            cause=internet.cause,
            detail=_DETAIL[internet.cause].format(gateway=gateway),
            since=internet.since,
        )

    def retune(self, site: Site) -> None:
        """Take up a site configuration."""
        self._plan = _plan(site)
        self._begin()

    def cut(self, *, is_cut: bool) -> None:
        """Cut the internet off, or join it again, where the world outside is a simulated one."""
        if is_cut != self._is_cut:
            self._is_cut = is_cut
            self._begin()

    @property
    def _looks(self) -> bool:
        return self._plan.watch or self._is_cut

    def _begin(self) -> None:
        if not self._looks:
            self._memory = Memory(internet=Internet(since=self._memory.internet.since))
        self._show()
        self._wake.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            began = self._clock()
            if self._looks:
                await self.look()
            pause_s = self._plan.every_s - (self._clock() - began)
            self._wake.clear()
            try:
                async with asyncio.timeout(AGAIN_S if self._memory.in_doubt else pause_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """One look, and what follows from it."""
        look = NOTHING_SEEN if self._is_cut else await self._see(self._table())
        self._memory = seen(self._memory, look, now=self._clock(), wall=self._wall())
        self._show()

    async def _see(self, table: Routes) -> Look:
        way = table.default
        self._gateway = str(way.gateway) if way is not None and way.gateway is not None else ""
        providers = [a for a in self._trunks.answering() if table.is_beyond(a.ip)]
        async with asyncio.TaskGroup() as group:
            gateway = group.create_task(self._router())
            names = group.create_task(self._names())
            wait_s = 0.0 if self._memory.in_doubt else HINT_S
            answered, silent = await asyncio.wait({gateway, names}, timeout=wait_s)
            hint = bool(silent) or Sign.NO in {task.result() for task in answered}
            by_trunks = self._by_options(providers)
            if by_trunks is Sign.NO or (hint and providers):
                by_trunks = await self._by_asking(providers)
        return Look(
            has_route=way is not None,
            gateway=gateway.result(),
            names=names.result(),
            providers=by_trunks,
        )

    async def _router(self) -> Sign:
        """A router that never answered proves nothing by its silence."""
        if not self._gateway or not self._plan.gateway:
            return Sign.NONE
        sign = await self._ask.gateway(self._gateway)
        if sign is Sign.YES:
            self._answered.add(self._gateway)
        elif sign is Sign.NONE and self._gateway in self._answered:
            return Sign.NO
        return sign

    async def _names(self) -> Sign:
        """Of the zones the last that answered; another when it does not: one that is broken is
        no outage."""
        zones = self._plan.zones
        if not zones:
            return Sign.NONE
        servers = self._ask.name_servers()
        zone = zones[self._turn % len(zones)]
        sign = await self._ask.names(servers, zone) if servers else Sign.NO
        self._turn += sign is not Sign.YES
        return sign

    def _by_options(self, providers: Iterable[Address]) -> Sign:
        """What Kamailio's OPTIONS last found, which is up to ten seconds old."""
        answers = self._trunks.answering()
        known = {answers.get(address) for address in providers} - {None}
        return Sign.NONE if not known else Sign.YES if True in known else Sign.NO

    async def _by_asking(self, providers: Iterable[Address]) -> Sign:
        asked = await asyncio.gather(*(self._ask.provider(address) for address in providers))
        return Sign.YES if Sign.YES in asked else Sign.NO

    def _show(self) -> None:
        row, before = self.row, self._row
        if row == before:
            return
        self._row = row
        self._board.post("internet.changed", row)
        if before is None or (before.state, before.cause) != (row.state, row.cause):
            was = before.state if before is not None else "new"
            level = logging.WARNING if row.state == InternetState.DOWN else logging.INFO
            log.log(level, "internet %s -> %s %s", was, row.state, row.detail)
        is_down = row.state == InternetState.DOWN
        self._trunks.internet_lost(f"no internet: {row.detail}" if is_down else "")
        self.changed(row)


def _plan(site: Site) -> _Plan:
    """Who is asked: nobody when nothing of the box needs the internet."""
    wanted = site.internet
    hosts = [trunk.outbound_proxy or trunk.host for trunk in site.trunk]
    hosts += [urlsplit(service.url).hostname or "" for service in site.service]
    hosts += [site.mail.server, *wanted.names]
    far = tuple(dict.fromkeys(host for host in hosts if host and not _is_near(host)))
    zones = wanted.names or tuple(host for host in far if not _is_address(host))
    return _Plan(
        watch=wanted.watch and bool(far),
        every_s=wanted.look_every_s,
        gateway=wanted.gateway,
        zones=zones,
    )


def _is_near(host: str) -> bool:
    """Loopback, or a name that only a local network has. A private address may well be a
    provider's, behind the router: those are far."""
    if _is_address(host):
        return ipaddress.ip_address(host).is_loopback
    return is_near(f"sip://{host}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
