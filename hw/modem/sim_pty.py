"""The simulated modems' end of a serial port: a pty."""

from __future__ import annotations

import contextlib
import os
import tty
from pathlib import Path

_BACKLOG_BYTES = 65536


class Pty:
    """A pty in raw mode whose other end is linked at ``link``. What nobody reads is dropped."""

    def __init__(self, link: Path) -> None:
        self._master, self._slave = os.openpty()  # the slave stays open, or EIO without a reader
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link = link
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))

    def read(self) -> bytes:
        """What the driver sent."""
        received = b""
        with contextlib.suppress(BlockingIOError):
            while len(received) < _BACKLOG_BYTES:
                received += os.read(self._master, 4096)
        return received

    def write(self, some: bytes) -> None:
        """Send to the driver; dropped when nobody reads."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, some)

    def close(self) -> None:
        """Unplug it."""
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
