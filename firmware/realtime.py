"""Real-time scheduling for the daemons that carry audio.

A frame is due every 20 ms. Without this a busy console or a backup on the same small board
delays the threads that move frames by more than the queues between them hold, and it is heard.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_PRIORITY = 20
"""Above everything ordinary, below the kernel's own threads for interrupts (50)."""

_RUNAWAY_US = 2_000_000
"""A real-time thread that never waits for so long is a bug: the kernel ends the process, and
supervisord starts a whole one, rather than letting it hold a core."""


def claim() -> bool:
    """Schedule this program's threads, and those they start from now on, before all ordinary
    ones. To be called when it is ready: importing and setting up on a slow board looks like a
    thread that never waits, and would keep the other programs from starting.

    Returns:
        False when the system does not let us: not root, no CAP_SYS_NICE, or a container.
    """
    return _claim(_threads())


@contextlib.contextmanager
def for_new_threads() -> Iterator[None]:
    """Schedule the threads started inside before all ordinary ones, once they are all there."""
    before = _threads()
    yield
    _claim(_threads() - before)


def _threads() -> frozenset[int]:
    return frozenset(int(path.name) for path in Path("/proc/self/task").iterdir())


def _claim(threads: frozenset[int]) -> bool:
    try:
        resource.setrlimit(resource.RLIMIT_RTTIME, (_RUNAWAY_US, resource.RLIM_INFINITY))
        for thread in threads:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(_PRIORITY))
    except (OSError, ValueError) as error:
        log.warning("no real-time scheduling (%s): a busy machine may be heard in calls", error)
        return False
    return True
