"""``markaz update`` against the program ``update`` itself, on slots that remember their orders."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Site
from firmware.link.api import UpdatesApi
from firmware.link.client import Snapshot
from firmware.link.server import Board, Server
from firmware.update.daemon import Updates
from tests.rig.until import until
from tests.unit.cli_box import markaz
from tests.unit.update_stage import Boxed, bundle_file


class Running:
    """The program, in a thread."""

    def __init__(self, home: Home, sticks: Path) -> None:
        self.slots, self.restarts = Boxed(), 0
        self._home, self._sticks = home, sticks
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _serve(self) -> None:
        board = Board()
        updates = Updates(self._home, self.slots, board, sticks=self._sticks, restart=self._restart)
        updates.surroundings.told_by_switchd(Snapshot(rows={}))
        server = Server(self._home.link("update"), "update", UpdatesApi, updates, board)
        await server.open()
        running = asyncio.ensure_future(updates.run())
        self._loop.call_later(0.1, self._ready.set)
        await self._stop.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.close()

    def _restart(self) -> None:
        self.restarts += 1

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="markaz-") as folder:  # sockets' paths are short
        home = Home(Path(folder))
        home.make()
        extension = Extension(number="101", name="Mina", password=SecretStr("wind-tunnel-77"))
        history.create_first(home, Site(extension=(extension,)))
        yield home


@pytest.fixture
def running(home: Home, tmp_path: Path) -> Iterator[Running]:
    running = Running(home, tmp_path / "sticks")
    yield running
    running.close()


def status(home: Home) -> dict[str, object]:
    told: dict[str, object] = json.loads(markaz(home, "update", "status", "--json").output)
    return told


def test_from_a_file_to_the_restart(home: Home, running: Running, tmp_path: Path):
    done = markaz(home, "update", "install", str(bundle_file(tmp_path / "dir")))
    assert done.exit_code == 0, done.output
    assert "release 1.1.0 is installed" in done.output
    until(lambda: status(home)["slot"] == "A", 10.0, "the slots are known")
    assert status(home)["state"] == "installed"
    assert "not quiet" in markaz(home, "update", "status").output
    assert markaz(home, "update", "switch").exit_code == 0
    until(lambda: running.restarts == 1, 10.0, "the machine is restarted")
    assert running.slots.next == "B"


def test_what_is_not_signed_is_refused_and_said(home: Home, running: Running, tmp_path: Path):
    done = markaz(home, "update", "install", str(bundle_file(tmp_path / "dir", "evil 9.9.9")))
    assert done.exit_code == 1
    assert "signature verification failed" in done.output


def test_a_stick_is_found_when_it_is_asked_for(home: Home, running: Running, tmp_path: Path):
    bundle_file(tmp_path / "sticks" / "s1")
    assert "release 1.1.0 from stick" in markaz(home, "update", "check").output
    assert markaz(home, "update", "forget").exit_code == 0
    assert status(home)["version"] == ""


@pytest.mark.parametrize("order", ["install", "switch", "confirm", "forget"])
def test_an_order_without_anything_to_do_it_with_says_so(home: Home, running: Running, order: str):
    done = markaz(home, "update", order)
    assert done.exit_code == 1
    assert "the update is none" in done.output
