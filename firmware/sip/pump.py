"""The one thread of a daemon that speaks SIP: an asyncio loop that pumps pjsua while it waits.

asyncio waits for its file descriptors in ``selector.select``. This selector spends that wait
inside pjsua's own event handler, which returns early when a SIP message or timer is due, and
then looks at asyncio's descriptors without waiting. So SIP callbacks, timers and coroutines
all run in one thread and need no locks; a descriptor of asyncio's own (a link, a threadsafe
call) is seen within ``POLL_S``.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

POLL_S = 0.01

Pump = Callable[[int], None]
"""Handles the stack's events for at most so many milliseconds."""


class PumpSelector(selectors.EpollSelector):
    """asyncio's selector, waiting inside the SIP stack."""

    def __init__(self) -> None:
        super().__init__()
        self.pump: Pump | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The ready descriptors, after at most ``timeout`` seconds of pumping."""
        if self.pump is None:
            return super().select(timeout)
        wait_s = POLL_S if timeout is None else min(max(timeout, 0.0), POLL_S)
        self.pump(int(wait_s * 1000))
        return super().select(0)


class PumpLoop(asyncio.SelectorEventLoop):
    """An event loop whose waiting is done by the SIP stack once ``drive`` has been called.

    An exception nobody caught ends the process: supervisord starts a whole one, which is
    better than an exchange with a dead part.
    """

    def __init__(self) -> None:
        self._pump_selector = PumpSelector()
        super().__init__(self._pump_selector)
        self.failed: BaseException | None = None
        self.set_exception_handler(self._fail)

    def drive(self, pump: Pump | None) -> None:
        """Wait inside ``pump`` from now on; None waits as asyncio does."""
        self._pump_selector.pump = pump

    async def told_to_stop(self) -> None:
        """Wait for SIGTERM or SIGINT."""
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.add_signal_handler(number, told.set)
        await told.wait()

    def _fail(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        self.default_exception_handler(dict(context))
        self.failed = context.get("exception") or RuntimeError(str(context["message"]))
        loop.stop()


def run(daemon: Callable[[PumpLoop], Coroutine[Any, Any, None]]) -> int:
    """Run a daemon on a loop of its own until it returns.

    Returns:
        The exit status: 1 when a part failed, so that supervisord starts a whole one.
    """
    loop = PumpLoop()
    asyncio.set_event_loop(loop)
    task = loop.create_task(daemon(loop))
    task.add_done_callback(lambda _task: loop.stop())
    loop.run_forever()
    if loop.failed is not None:
        return 1
    task.result()
    return 0
