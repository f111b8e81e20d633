"""The edge's keeper as a daemon: link "edge". Kamailio is a process beside it (``launch``)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from functools import partial

from firmware import log as logs
from firmware.config.history import NoConfiguration
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.edge import kamailio
from firmware.edge.inner_sip import InnerSip
from firmware.edge.internet import Watch
from firmware.edge.keeper import Keeper
from firmware.edge.lamps import Lamps
from firmware.edge.publisher import Publisher
from firmware.edge.watchers import Watchers
from firmware.edge.ways import Ways
from firmware.link.api import EdgeApi
from firmware.link.bench import INTERNET, LeverRow
from firmware.link.client import Event, Snapshot
from firmware.link.internet import InternetRow
from firmware.link.mirror import follow
from firmware.link.server import Board, Server

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5

LAMPS_WAIT_S = 3.0
"""How long lamps wait for switchd before they are published without it."""


async def run(home: Home) -> None:
    """Serve until SIGTERM or SIGINT."""
    board = Board()
    keeper = Keeper(home, board)
    ways = Ways(home, board)
    internet = Watch(board, ways)
    sip = InnerSip(keeper.site.network)
    publisher, lamps = _lamps(home, keeper, sip)

    def reloaded(site: Site) -> None:
        ways.retune(site)
        internet.retune(site)
        lamps.reload(site)

    keeper.reloaded = reloaded
    server = Server(home.link("edge"), "edge", EdgeApi, keeper, board)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    keeper.look()
    keeper.copies.begin()
    ways.retune(keeper.site)
    internet.changed = partial(_tell_lamps, lamps)
    internet.retune(keeper.site)
    await server.open()
    await sip.open()
    publisher.open()
    following = [
        asyncio.create_task(_follow(home, daemon, lamps)) for daemon in ("switchd", "lined")
    ]
    if keeper.site.has_simulated_line:
        following.append(asyncio.create_task(_follow_bench(home, internet)))
    watching = asyncio.create_task(_watch(internet, stop))
    asyncio.get_running_loop().call_later(LAMPS_WAIT_S, lamps.begin)
    try:
        while not stop.is_set():
            keeper.look()
            ways.look()
            await _wait(stop, LOOK_EVERY_S)
    finally:
        for task in (*following, watching):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await server.close()
        await ways.close()
        publisher.close()
        sip.close()
        keeper.close()


def _lamps(home: Home, keeper: Keeper, sip: InnerSip) -> tuple[Publisher, Lamps]:
    """The lamps, wired to the keeper's registrations."""
    realm = keeper.site.network.realm
    publisher = Publisher(realm, sip, home.ram_edge / "tags.json")
    watchers = Watchers(kamailio.presence_db(home), realm, time.time)

    def asks_itself(number: str) -> bool:
        return keeper.contacts(number) <= watchers.of_messages(number)

    lamps = Lamps(keeper.site, publisher, asks_itself)
    keeper.registered = lamps.registered
    return publisher, lamps


async def _follow(home: Home, daemon: str, lamps: Lamps) -> None:
    def told(change: Snapshot | Event) -> None:
        lamps.told(daemon, change)
        if daemon == "switchd":
            lamps.begin()

    await follow(home.link(daemon), "edge", told, lambda: lamps.lost(daemon))


async def _follow_bench(home: Home, internet: Watch) -> None:
    """In a simulated world the internet is a lever of the bench."""

    def told(change: Snapshot | Event) -> None:
        rows = change.rows.get("lever", ()) if isinstance(change, Snapshot) else (change.row,)
        for row in rows:
            if isinstance(row, LeverRow) and row.id == INTERNET:
                internet.cut(is_cut=row.pulled)

    await follow(home.link("bench"), "edge", told, partial(internet.cut, is_cut=False))


async def _watch(internet: Watch, stop: asyncio.Event) -> None:
    """The watch is essential: when it ends by a bug, so does the keeper, and a whole one starts."""
    try:
        await internet.run()
    finally:
        stop.set()


def _tell_lamps(lamps: Lamps, row: InternetRow) -> None:
    lamps.told("edge", Event(name="internet.changed", at=row.since, kind="internet", row=row))


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return


def main() -> int:
    logs.set_up("edge", aside=True)
    try:
        asyncio.run(run(Home.of_environment()))
    except (NoConfiguration, ConfigRejected) as error:
        log.error("the edge's keeper cannot start: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
