"""The kernel's watchdog: Documentation/watchdog/watchdog-api.rst."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct

_WDIOC_SETTIMEOUT = 0xC0045706  # _IOWR('W', 6, int), uapi/linux/watchdog.h
_MAGIC_CLOSE = b"V"


class KernelWatchdog:
    """``/dev/watchdog``. ``timeout_s`` is what is asked for; the chip may know less (a Pi: 15)."""

    def __init__(self, path: str, timeout_s: int) -> None:
        self._path, self._timeout_s = path, timeout_s
        self._file: int | None = None

    def feed(self) -> None:
        """Watchdog."""
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
            with contextlib.suppress(OSError):  # a timer with a fixed time of its own
                fcntl.ioctl(self._file, _WDIOC_SETTIMEOUT, struct.pack("i", self._timeout_s))
        os.write(self._file, b"\0")

    def close(self) -> None:
        """Watchdog."""
        if self._file is not None:
            os.write(self._file, _MAGIC_CLOSE)
            os.close(self._file)
            self._file = None
