"""The recorder's loop: sweep when a recording ended, and every half minute."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Set

from firmware.link.rows import DaemonStatus
from firmware.recorder.sweep import Sweeper
from firmware.version import VERSION

SWEEP_INTERVAL_S = 30.0


class Recorder:
    """The recorder, and what it answers on its link (``DaemonApi``).

    ``live`` says what switchd is recording; ``stop`` is set when the daemon is to end.
    """

    def __init__(
        self,
        sweeper: Sweeper,
        live: Callable[[], Set[str] | None],
        stop: threading.Event,
        config_version: Callable[[], int],
    ) -> None:
        self._sweeper = sweeper
        self._live = live
        self._stop = stop
        self._config_version = config_version
        self._started = time.monotonic()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Sweep soon. To be called in the loop's thread."""
        self._wake.set()

    def status(self) -> DaemonStatus:
        """Who the recorder is and what hinders it."""
        warning = self._sweeper.warning
        return DaemonStatus(
            name="recorder",
            version=VERSION,
            pid=os.getpid(),
            up_s=time.monotonic() - self._started,
            config_version=self._config_version(),
            warnings=(warning,) if warning else (),
        )

    def reload(self) -> None:
        """Nothing to do: no setting of the site is the recorder's."""

    async def run(self) -> None:
        """Sweep until ``stop`` is set."""
        while not self._stop.is_set():
            self._wake.clear()
            await asyncio.to_thread(self._sweeper.sweep, self._live())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SWEEP_INTERVAL_S)
