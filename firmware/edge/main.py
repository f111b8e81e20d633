"""The edge's keeper as a daemon: link "edge". Kamailio is a process beside it (``launch``)."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from firmware import log as logs
from firmware.config.history import NoConfiguration
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.edge.keeper import Keeper
from firmware.link.api import EdgeApi
from firmware.link.server import Board, Server

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


async def run(home: Home) -> None:
    """Serve until SIGTERM or SIGINT."""
    board = Board()
    keeper = Keeper(home, board)
    server = Server(home.link("edge"), "edge", EdgeApi, keeper, board)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    keeper.look()
    await server.open()
    try:
        while not stop.is_set():
            keeper.look()
            await _wait(stop, LOOK_EVERY_S)
    finally:
        await server.close()
        keeper.close()


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return


def main() -> int:
    logs.set_up("edge")
    try:
        asyncio.run(run(Home.of_environment()))
    except (NoConfiguration, ConfigRejected) as error:
        log.error("the edge's keeper cannot start: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
