"""The program ``update``, started: ``python -m firmware.update.main``."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from firmware.config.home import Home
from firmware.link.api import UpdatesApi
from firmware.link.mirror import follow
from firmware.link.server import Board, Server
from firmware.log import set_up
from firmware.update import machine
from firmware.update.daemon import Updates
from firmware.update.slots import Rauc

STICKS = Path(os.environ.get("MARKAZ_STICKS", "/run/markaz-stick"))
"""One folder a stick: image-build/udev/62-markaz-sticks.rules mounts them, read only."""


async def run(home: Home) -> None:
    """Build, wire and run until SIGTERM or SIGINT."""
    board, stop = Board(), asyncio.Event()
    updates = Updates(home, Rauc(), board, sticks=STICKS, restart=machine.restart)
    server = Server(home.link("update"), "update", UpdatesApi, updates, board)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await server.open()
    around = updates.surroundings
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                follow(home.link("switchd"), "update", around.told_by_switchd, around.switchd_lost)
            ),
            group.create_task(
                follow(home.link("deviced"), "update", around.told_by_deviced, lambda: None)
            ),
            group.create_task(updates.run()),
        ]
        await stop.wait()
        for task in tasks:
            task.cancel()
    await server.close()


def main() -> None:
    """Read the environment and run."""
    set_up("update")
    home = Home.of_environment()
    home.make()
    asyncio.run(run(home))


if __name__ == "__main__":
    main()
