"""A daemon's link, served by a thread, for tests of those who call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.config.home import Home
from firmware.link.rows import Row
from firmware.link.server import Board, Server
from tests.rig.loop_thread import LoopThread


class Served:
    """One link with a board of rows and an object that answers."""

    def __init__(self, home: Home, name: str, api_class: type, impl: object) -> None:
        self.board = Board()
        self._loop = LoopThread(name)
        self._server = Server(home.link(name), name, api_class, impl, self.board)
        self._loop.do(self._server.open())

    def post(self, event: str, row: Row) -> None:
        """Report an event, and wait until the board has it."""
        self._loop.call(self.board.post, event, row)

    def end(self) -> None:
        """Close the link as a daemon that ends does."""
        self._loop.do(self._server.close())
        self._loop.end()


@contextmanager
def serving(home: Home, name: str, api_class: type, impl: object) -> Iterator[Served]:
    """A link for as long as the block lasts."""
    served = Served(home, name, api_class, impl)
    try:
        yield served
    finally:
        served.end()
