"""Being the least important process of the box, for the processor and for the disk."""

from __future__ import annotations

import ctypes
import logging
import os
import platform

log = logging.getLogger(__name__)

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "armv7l": 314}
"""The number of the system call ioprio_set(2), which the C library does not wrap."""

_WHO_PROCESS = 1
_CLASS_IDLE = 3 << 13


def yield_to_calls() -> None:
    """Take what the others leave: nice 10, and the disk only when nobody else wants it."""
    os.nice(10)
    number = _IOPRIO_SET.get(platform.machine())
    if number is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, _WHO_PROCESS, 0, _CLASS_IDLE) != 0:
        log.warning("no idle priority for the disk: %s", os.strerror(ctypes.get_errno()))
