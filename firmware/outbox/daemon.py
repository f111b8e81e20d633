"""The outbox's loop: a round every two seconds, and at once when it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable

from firmware.link.rows import DaemonStatus
from firmware.outbox.sender import Sender
from firmware.version import VERSION

ROUND_INTERVAL_S = 2.0


class Outbox:
    """The outbox, and what it answers on its link (``OutboxApi``)."""

    def __init__(
        self,
        sender: Sender,
        stop: threading.Event,
        config_version: Callable[[], int],
        further_warnings: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._sender = sender
        self._stop = stop
        self._config_version = config_version
        self._further_warnings = further_warnings
        self._started = time.monotonic()
        self._wake = asyncio.Event()

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        return DaemonStatus(
            name="outbox",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(time.monotonic() - self._started, 1),
            config_version=self._config_version(),
            warnings=(*self._sender.warnings, *self._further_warnings()),
        )

    def reload(self) -> None:
        """DaemonApi. Settings are read for every connection; what waited may go now."""
        self.retry()

    def retry(self) -> None:
        """OutboxApi."""
        self._sender.retry()
        self.wake()

    def wake(self) -> None:
        """Look at once. To be called in the loop's thread."""
        self._wake.set()

    async def run(self) -> None:
        """Send until ``stop`` is set."""
        while not self._stop.is_set():
            self._wake.clear()
            await asyncio.to_thread(self._sender.round)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), ROUND_INTERVAL_S)
