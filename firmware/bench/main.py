"""bench: read the configuration, build a far end for each simulated line, keep the time."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from functools import partial

from firmware import log as logs
from firmware import realtime
from firmware.bench.far import FarEnd, StationFar, TrunkFar
from firmware.bench.levers import levers_of
from firmware.bench.mobile import MobileFar
from firmware.bench.pace import Pace
from firmware.bench.world import World
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import LineDriver, LineKind, Site
from firmware.link.api import BenchApi
from firmware.link.rows import FarRow
from firmware.link.server import Board, Server
from hw.modem.sim import SimModem
from hw.signal.tone import plan_or_assumed

log = logging.getLogger(__name__)


def far_ends(
    site: Site, home: Home, board: Board, loop: asyncio.AbstractEventLoop
) -> dict[str, FarEnd]:
    """The far end of every simulated line, by the line's name."""
    plan = plan_or_assumed(site.office.country)

    def tell(event: str, row: FarRow) -> None:
        log.info("%s: %s", row.id, event)
        board.post(event, row)

    def post(event: str, row: FarRow) -> None:
        loop.call_soon_threadsafe(tell, event, row)  # nothing that waits in the pacing thread

    ends: dict[str, FarEnd] = {}
    for line in site.line:
        if line.driver is not LineDriver.SIMULATED:
            continue
        wire = home.wire(line.name)
        if line.kind is LineKind.TRUNK:
            ends[line.name] = TrunkFar(line.name, plan, post, time.time, wire)
        elif line.kind is LineKind.STATION:
            ends[line.name] = StationFar(line.name, plan, post, time.time, wire)
        else:
            another = partial(SimModem, wire, home.wire(f"{line.name}-audio"))
            ends[line.name] = MobileFar(
                line.name, plan, post, time.time, another(), another=another
            )
    return ends


async def run(home: Home) -> int:
    """Serve until told to stop; 1 when the pacing thread died."""
    loop = asyncio.get_running_loop()
    stopping: asyncio.Future[int] = loop.create_future()

    def stop(status: int) -> None:
        if not stopping.done():
            stopping.set_result(status)

    number, site = load_current(home)
    board = Board()
    ends = far_ends(site, home, board, loop)

    def died(_error: Exception) -> None:
        loop.call_soon_threadsafe(stop, 1)

    pace = Pace(tuple(ends.values()), died)
    levers = levers_of(ends.values())
    world = World(ends, pace, number, levers, board.post)
    server = Server(home.link("bench"), "bench", BenchApi, world, board)
    for end in ends.values():
        board.post("far.there", end.row())
    for lever in levers:
        board.post("lever.there", lever.row())
    await server.open()
    pace.start()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop, 0)
    log.info("bench plays the far ends of %s", ", ".join(ends) or "no line")
    status = await stopping
    pace.stop()
    await server.close()
    for end in ends.values():
        end.close()
    return status


def main() -> int:
    """The program."""
    logs.set_up("bench")
    realtime.claim()
    return asyncio.run(run(Home.of_environment()))


if __name__ == "__main__":
    sys.exit(main())
