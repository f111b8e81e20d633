"""The recorder, started: ``python -m firmware.recorder.main``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time

from firmware.config import history
from firmware.config.home import Home
from firmware.link.alarms import Alarms
from firmware.link.api import DaemonApi, SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.mirror import follow
from firmware.link.rest import Rest
from firmware.link.server import Board, Server
from firmware.log import set_up
from firmware.recorder.daemon import Keeping, Recorder
from firmware.recorder.feed import Feed
from firmware.recorder.keeper import FileSystem, Keeper
from firmware.recorder.sweep import Sweeper

log = logging.getLogger(__name__)


async def run(home: Home) -> None:
    """Build, wire and run until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = threading.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(recorder.wake)

    disk = FileSystem(home.spool)
    spools = (
        (home.ram_recordings, home.spool),
        (home.ram_voicemail, home.voicemail_spool),
    )
    keeping = Keeping(Keeper(spools, disk.sync, time.monotonic), lambda: feed.live, wake)
    feed = Feed(home, keeping.wake)
    rest = Rest(wake)
    sweeper = Sweeper(
        home,
        stop.is_set,
        message_kept=lambda box: _tell_switchd(home, box),
        rests=lambda: rest.is_wanted,
    )
    board = Board()
    recorder = Recorder(
        sweeper, keeping, stop, lambda: _config_version(home), Alarms("recorder", board)
    )
    server = Server(home.link("recorder"), "recorder", DaemonApi, recorder, board)

    def end() -> None:
        stop.set()
        recorder.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await server.open()
    feed.start()
    keeping.start()
    log.info("recorder watches %s", home.ram)
    telling = asyncio.create_task(recorder.tell())
    following = asyncio.create_task(
        follow(home.link("deviced"), "recorder", rest.told, lost=lambda: None)
    )
    await recorder.run()
    telling.cancel()
    following.cancel()
    feed.close()
    await asyncio.to_thread(keeping.close)
    await server.close()
    log.info("recorder ended")


def _tell_switchd(home: Home, box: str) -> None:
    """Message lamps follow; when switchd is down it counts for itself at its start."""
    with contextlib.suppress(LinkDown, Refused), Link(home.link("switchd"), "recorder") as link:
        link.call(SwitchApi.count_mailbox, number=box)


def _config_version(home: Home) -> int:
    try:
        return history.current_text(home)[0]
    except history.NoConfiguration:
        return 0


def main() -> None:
    """Read the environment and run."""
    set_up("recorder")
    home = Home.of_environment()
    home.make()
    asyncio.run(run(home))


if __name__ == "__main__":
    main()
