"""The pacing thread: steps every far end each 20 ms, by absolute deadlines."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

log = logging.getLogger(__name__)

_FRAME_S = 0.02
_GIVE_UP_S = 0.5
"""So far behind, the missed frames are skipped: the machine stood still."""


class Stepped(Protocol):
    """Something that lives in frames."""

    def step(self) -> None:
        """20 ms go by."""
        ...


class Pace(threading.Thread):
    """The thread. Whoever talks to a far end holds ``lock``, as each step does.

    ``on_death`` is called, from this thread, with the exception that ended it.
    """

    def __init__(self, ends: Sequence[Stepped], on_death: Callable[[Exception], None]) -> None:
        super().__init__(name="pace", daemon=True)
        self._ends = ends
        self._on_death = on_death
        self._stopping = threading.Event()
        self.lock = threading.Lock()
        self.skipped = 0

    def run(self) -> None:
        """The thread's whole life."""
        try:
            self._keep_time()
        except Exception as error:
            log.exception("the pacing thread died")
            self._on_death(error)

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self.join()

    def _keep_time(self) -> None:
        due_s = time.monotonic()
        while not self._stopping.is_set():
            with self.lock:
                for end in self._ends:
                    end.step()
            due_s += _FRAME_S
            left_s = due_s - time.monotonic()
            if left_s > 0:
                time.sleep(left_s)
            elif left_s < -_GIVE_UP_S:
                missed = int(-left_s / _FRAME_S)
                self.skipped += missed
                due_s += missed * _FRAME_S
                log.warning("the lines stood still for %.1f s", -left_s)
