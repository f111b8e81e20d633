"""The bench daemon on a stage: its own world and link, in this process, and no lined; and deviced
as far as its levers go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.bench.levers import levers_of
from firmware.bench.main import far_ends
from firmware.bench.pace import Pace
from firmware.bench.world import World
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Line, LineKind
from firmware.deviced.control import Control
from firmware.link.api import BenchApi, DevicedApi
from firmware.link.board import PowerRow
from firmware.link.server import Board, Server
from hw.power.sim import SimSupply


def give_lines(home: Home) -> None:
    """Give the box one simulated line of each kind."""
    _number, site = history.load_current(home)
    lines = (
        Line(name="fxo-1", kind=LineKind.TRUNK, route="extension:101"),
        Line(name="fxs-1", kind=LineKind.STATION, extension="102"),
        Line(name="gsm-1", kind=LineKind.MOBILE, route="extension:101"),
    )
    text = document.dump(site.model_copy(update={"line": lines}), secrets=True)
    history.apply(home, text, "test", "lines")


class _Board(Board):
    """deviced's board, whose power follows the supply whenever it is asked."""

    def __init__(self, supply: SimSupply) -> None:
        super().__init__()
        self._supply = supply

    def follow(self) -> None:
        self.post(
            "power.changed",
            PowerRow(
                id="power",
                state="on_mains",
                since=0.0,
                mains=self._supply.mains,
                charge_percent=self._supply.percent,
                minutes_left=None,
                voltage_v=None,
                measures=(),
                fault="",
                simulated=True,
            ),
        )


class _Levers(Control):
    """deviced's control; what it does is on the board at once."""

    board: _Board

    def cut_mains(self) -> None:
        super().cut_mains()
        self.board.follow()

    def restore_mains(self) -> None:
        super().restore_mains()
        self.board.follow()


@contextmanager
def deviced(home: Home) -> Iterator[SimSupply]:
    """A simulated board's power and levers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="deviced")
    thread.start()
    supply = SimSupply(time.monotonic)
    control = _Levers(
        supply=supply,
        panel=None,
        clock=time.monotonic,
        reload=lambda: None,
        config_version=lambda: 1,
        warnings=tuple,
    )
    control.board = _Board(supply)

    async def open_link() -> Server:
        control.board.follow()
        server = Server(home.link("deviced"), "deviced", DevicedApi, control, control.board)
        await server.open()
        return server

    server = asyncio.run_coroutine_threadsafe(open_link(), loop).result(5)
    try:
        yield supply
    finally:
        _end(loop, thread, server)
        loop.close()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread, server: Server) -> None:
    async def shut() -> None:
        await server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=2)

    asyncio.run_coroutine_threadsafe(shut(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@contextmanager
def outside(home: Home) -> Iterator[World]:
    """The bench of a box that has lines."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bench")
    thread.start()
    board = Board()
    number, site = history.load_current(home)
    ends = far_ends(site, home, board, loop)
    pace = Pace(tuple(ends.values()), lambda _error: None)
    levers = levers_of(ends.values())
    world = World(ends, pace, number, levers, board.post)

    async def open_link() -> Server:
        for end in ends.values():
            board.post("far.there", end.row())
        for lever in levers:
            board.post("lever.there", lever.row())
        server = Server(home.link("bench"), "bench", BenchApi, world, board)
        await server.open()
        return server

    server = asyncio.run_coroutine_threadsafe(open_link(), loop).result(5)
    pace.start()
    try:
        yield world
    finally:
        pace.stop()
        _end(loop, thread, server)
        for end in ends.values():
            end.close()
        loop.close()
