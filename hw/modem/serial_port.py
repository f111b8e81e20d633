"""A serial port held by us alone, read and written without waiting."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import serial

from hw.modem.port import ModemLost

_ASKED_EVERY_S = 60.0
_CLOSE_S = 2.0

_closing: dict[str, threading.Thread] = {}
"""Ports that are being closed, by path."""


class SerialPort:
    """The port at ``path``. Opening it may take as long as the driver likes; nothing else waits.

    Raises:
        ModemLost: it cannot be opened, here or later: it is gone.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        before = _closing.get(path)
        if before is not None:  # else we would find it held by ourselves
            before.join(_CLOSE_S)
        try:
            self._port: Any = serial.Serial(
                path, 115200, timeout=0, write_timeout=0, exclusive=True
            )
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError) as error:
            raise ModemLost(_why(path, error)) from error

    def fileno(self) -> int:
        """For select."""
        return int(self._port.fileno())

    def read(self) -> bytes:
        """What has come; b"" when nothing has."""
        try:
            received: bytes = self._port.read(4096)
        except (serial.SerialException, OSError, TypeError) as error:
            # TypeError: the port was closed under pyserial 3.5's feet.
            raise ModemLost(f"{self.path} is gone: {error}") from error
        return received

    def write(self, some: bytes) -> int:
        """How many bytes the port took. Not pyserial's own ``write``: without a time-out it
        spins while the buffer is full (3.5)."""
        try:
            return os.write(self._port.fileno(), some)
        except BlockingIOError:
            return 0
        except (serial.SerialException, OSError) as error:
            raise ModemLost(f"{self.path} is gone: {error}") from error

    def close(self) -> None:
        """Let go of it. The kernel waits up to 30 s for a modem that hangs to take what was
        written; nobody waits for that with it, but who opens it again."""
        closing = threading.Thread(target=self._close, name=f"closing {self.path}", daemon=True)
        _closing[self.path] = closing
        closing.start()

    def _close(self) -> None:
        with contextlib.suppress(OSError, serial.SerialException):
            self._port.close()
        if _closing.get(self.path) is threading.current_thread():
            del _closing[self.path]


def _why(path: str, error: Exception) -> str:
    text = str(error)
    if "lock" in text or "busy" in text.lower():
        holder = _holder(path, int(time.monotonic() // _ASKED_EVERY_S))
        return (
            f"cannot open {path}: another program holds it{holder}; end that program, or keep it "
            "off this port (ModemManager: ID_MM_DEVICE_IGNORE in a udev rule)"
        )
    return f"cannot open {path}: {text}"


@lru_cache(maxsize=16)
def _holder(path: str, _when: int) -> str:
    """Who has the port open, as far as we may look: " (minicom, process 417)". Kept for a while,
    as it means looking at every open file of the box."""
    device = os.path.realpath(path)
    for fd in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(fd.readlink()) == device:
                process = fd.parent.parent
                name = (process / "comm").read_text().strip()
                return f" ({name}, process {process.name})"
    return ""
