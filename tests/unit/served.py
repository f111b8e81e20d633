"""A daemon's link, served by a thread, for tests of those who call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.config.home import Home
from firmware.link.rows import Row
from firmware.link.server import Board, Server
from tests.rig.until import until


class Served:
    """One link with a board of rows and an object that answers."""

    def __init__(self, home: Home, name: str, api_class: type, impl: object) -> None:
        self.board = Board()
        self._loop = asyncio.new_event_loop()
        self._server = Server(home.link(name), name, api_class, impl, self.board)
        self._loop.run_until_complete(self._server.open())
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def post(self, event: str, row: Row) -> None:
        """Report an event, and wait until the board has it."""
        before = self.board.seq
        self._loop.call_soon_threadsafe(self.board.post, event, row)
        until(lambda: self.board.seq > before, 20, "self.board.seq > before")

    def end(self) -> None:
        """Close the link as a daemon that ends does."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        """A connection that is just being taken ends one task and begins another; one that was
        closed is let go in the loop's next turn."""
        await self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=5)
        await asyncio.sleep(0)


@contextmanager
def serving(home: Home, name: str, api_class: type, impl: object) -> Iterator[Served]:
    """A link for as long as the block lasts."""
    served = Served(home, name, api_class, impl)
    try:
        yield served
    finally:
        served.end()
