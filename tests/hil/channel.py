"""A bare DAHDI channel, for the end of the wire that the bench plays. Not the production driver:
what both did wrong alike would not be seen."""

from __future__ import annotations

import errno
import fcntl
import os

from hw.dahdi import ioctl
from hw.dahdi.ioctl import Hook

_SET_POLARITY = 0x4004DA5C
_FRAME_BYTES = 320


class Channel:
    """The channel at ``path``, in linear audio of 20 ms frames."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(self._fd, ioctl.SET_BUFFERS, ioctl.BUFFERS.pack(0, 0, 4, 160, 0, 0))
        self._set(ioctl.SET_LINEAR, 1)
        self._set(ioctl.FLUSH, ioctl.FLUSH_ALL)
        self._events: list[int] = []

    def fileno(self) -> int:
        """For poll."""
        return self._fd

    def events(self) -> list[int]:
        """What happened, in DAHDI's numbers."""
        self._drain()
        events, self._events = self._events, []
        return events

    def read(self) -> bytes:
        """The next frame, or b""."""
        while True:
            try:
                return os.read(self._fd, _FRAME_BYTES)
            except BlockingIOError:
                return b""
            except OSError as error:
                self._drain_for(error)

    def write(self, frame: bytes) -> None:
        """Send a frame; dropped when there is no room."""
        while True:
            try:
                os.write(self._fd, frame)
            except BlockingIOError:
                return
            except OSError as error:
                self._drain_for(error)
            else:
                return

    def hook(self, hook: Hook) -> None:
        """DAHDI_HOOK; what completes later is not waited for. For half a second after battery was
        taken away, and 0.6 s after the hook for FLASH, it fails with EBUSY."""
        try:
            self._set(ioctl.HOOK, hook)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise

    def set_cadence(self, ring_ms: tuple[int, ...]) -> None:
        """The cadence of RING."""
        padded = (*ring_ms, *(0,) * (16 - len(ring_ms)))
        fcntl.ioctl(self._fd, ioctl.SET_CADENCE, ioctl.CADENCE.pack(*padded))

    def dial(self, digits: str) -> None:
        """DAHDI_DIAL: "P" and digits for the loop, "T" for tones."""
        order = ioctl.DIALLING.pack(ioctl.DIAL_REPLACE, digits.encode())
        fcntl.ioctl(self._fd, ioctl.DIAL, order)

    def reverse(self, reversed_: bool) -> bool:
        """Change tip and ring; whether the card can."""
        return self._can(_SET_POLARITY, int(reversed_))

    def transmit(self, seconds: float) -> bool:
        """Let an on-hook telephone hear; whether the card can."""
        return self._can(ioctl.ON_HOOK_TRANSFER, round(seconds * 1000))

    def close(self) -> None:
        """Let go; the driver puts it on hook."""
        os.close(self._fd)

    def _can(self, request: int, value: int) -> bool:
        try:
            self._set(request, value)
        except OSError as error:
            if error.errno not in (errno.ENOTTY, errno.ENOSYS):
                raise
            return False
        return True

    def _drain_for(self, error: OSError) -> None:
        if error.errno != ioctl.EVENT_PENDING_ERRNO:
            raise error
        self._drain()

    def _drain(self) -> None:
        while True:
            packed = fcntl.ioctl(self._fd, ioctl.GET_EVENT, bytes(4))
            (event,) = ioctl.INT.unpack(packed)
            if not event:
                return
            self._events.append(event)

    def _set(self, request: int, value: int) -> None:
        fcntl.ioctl(self._fd, request, ioctl.INT.pack(value))
