"""The recorder's two threads of work: one keeps what is being recorded, several times a second;
the other, with the least priority, sweeps when a recording is whole, and every half minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor

from firmware.link.alarms import Alarms
from firmware.link.rows import DaemonStatus
from firmware.recorder.keeper import ROUND_S, Keeper
from firmware.recorder.priority import yield_to_calls
from firmware.recorder.sweep import Sweeper
from firmware.version import VERSION

log = logging.getLogger(__name__)

SWEEP_INTERVAL_S = 30.0

SLOW_ROUND_S = 5.0
"""After so long without the disk a person should know."""

_LAST_ROUND_S = 5.0
_TELL_S = 1.0


class Keeping:
    """The thread that keeps. ``live`` says what switchd is recording; ``whole`` is called in it
    when folders left the memory."""

    def __init__(
        self, keeper: Keeper, live: Callable[[], Set[str] | None], whole: Callable[[], None]
    ) -> None:
        self._keeper = keeper
        self._live = live
        self._whole = whole
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._kept_at = time.monotonic()
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look again at once: a recording ended."""
        self._wake.set()

    def close(self) -> None:
        """Do a last round and end. A disk that stalls is not waited for."""
        self._stop.set()
        self._wake.set()
        self._thread.join(_LAST_ROUND_S)

    @property
    def warning(self) -> str:
        """What hinders it; empty when nothing does."""
        if self._fault:
            return f"recordings are in memory only: {self._fault}"
        late_s = time.monotonic() - self._kept_at
        if late_s < SLOW_ROUND_S:
            return ""
        return f"recordings are in memory only: the disk has not answered for {late_s:.0f} s"

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(ROUND_S)
            self._wake.clear()
            self._round()

    def _round(self) -> None:
        try:
            if self._keeper.keep(self._live()):
                self._whole()
        except OSError as error:
            if str(error) != self._fault:
                log.error("recordings are in memory only: %s", error)
            self._fault = str(error)
            return
        if self._fault:
            log.info("recordings are on the disk again")
        self._fault = ""
        self._kept_at = time.monotonic()


class Recorder:
    """The recorder, and what it answers on its link (``DaemonApi``). ``stop`` is set when the
    daemon is to end."""

    def __init__(
        self,
        sweeper: Sweeper,
        keeping: Keeping,
        stop: threading.Event,
        config_version: Callable[[], int],
        alarms: Alarms,
    ) -> None:
        self._sweeper = sweeper
        self._keeping = keeping
        self._stop = stop
        self._config_version = config_version
        self._alarms = alarms
        self._started = time.monotonic()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Sweep soon. To be called in the loop's thread."""
        self._wake.set()

    def status(self) -> DaemonStatus:
        """Who the recorder is and what hinders it."""
        return DaemonStatus(
            name="recorder",
            version=VERSION,
            pid=os.getpid(),
            up_s=time.monotonic() - self._started,
            config_version=self._config_version(),
            warnings=tuple(filter(None, self._warnings().values())),
        )

    def reload(self) -> None:
        """Take up the site's newest wishes: format, ages, levels."""
        self._sweeper.read_again()
        self.wake()

    def _warnings(self) -> Mapping[str, str]:
        return {"keeping": self._keeping.warning, **self._sweeper.warnings}

    async def tell(self) -> None:
        """Show on the board what hinders it, until cancelled. The sweeper may hang on the disk;
        this does not."""
        while True:
            self._alarms.show(self._warnings())
            await asyncio.sleep(_TELL_S)

    async def run(self) -> None:
        """Sweep until ``stop`` is set."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "sweeper", initializer=yield_to_calls) as least_important:
            while not self._stop.is_set():
                self._wake.clear()
                await loop.run_in_executor(least_important, self._sweeper.sweep)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), SWEEP_INTERVAL_S)
