"""An event loop on a thread of its own: where a test's own daemons live beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """A loop that runs from the beginning until ``end``."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name)
        self._thread.start()

    def do(self, coroutine: Coroutine[Any, Any, T], timeout_s: float = 10.0) -> T:
        """Run it in the loop and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout_s)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in the loop, and wait for what it gives."""

        async def now() -> T:
            return function(*arguments)

        return self.do(now())

    def settle(self) -> None:
        """Wait until no task is left."""
        self.do(_others_end())

    def end(self) -> None:
        """Stop once every task has ended, as a daemon does that closed what it had open."""
        self.settle()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _others_end() -> None:
    """A connection that is just being taken ends one task and begins another; one that was closed
    is let go in the loop's next turn."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    await asyncio.sleep(0)
