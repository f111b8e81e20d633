"""Rolling out tells every daemon and says which took the new version up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.config.home import Home
from firmware.config.rollout import Told, Uptake, roll_out
from firmware.link.api import DaemonApi, DaemonStatus
from firmware.link.server import Board, Server


class Daemon:
    """Runs version 1 until it is told to take up ``newest``."""

    def __init__(self, name: str, newest: int, refusal: str = "") -> None:
        self.name, self.newest, self.refusal, self.running = name, newest, refusal, 1

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name=self.name, version="1", pid=1, up_s=1.0, config_version=self.running, warnings=()
        )

    def reload(self) -> None:
        if self.refusal:
            raise ValueError(self.refusal)
        self.running = self.newest


@contextmanager
def serving(home: Home, *daemons: Daemon) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    servers = [
        Server(home.link(daemon.name), daemon.name, DaemonApi, daemon, Board())
        for daemon in daemons
    ]
    for server in servers:
        loop.run_until_complete(server.open())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        for server in servers:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        asyncio.run_coroutine_threadsafe(_settle(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _settle() -> None:
    """Let the connections that were closed end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)


def test_every_way_a_daemon_can_take_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    daemons = [Daemon("switchd", newest=2), Daemon("lined", newest=2, refusal="a call is up")]

    with serving(home, *daemons):
        switchd, lined, edge = roll_out(home, 2)

    assert switchd == Told(daemon="switchd", uptake=Uptake.TAKEN)
    assert lined == Told(daemon="lined", uptake=Uptake.REFUSED, text="ValueError: a call is up")
    assert (edge.daemon, edge.uptake) == ("edge", Uptake.DOWN)


def test_a_daemon_that_says_yes_and_runs_another_version_is_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()

    with serving(home, Daemon("edge", newest=1)):
        told = roll_out(home, 2)[2]

    assert told == Told(daemon="edge", uptake=Uptake.BEHIND, text="it runs version 1")
