"""A clock of frames for a port that has none of its own: readable every 20 ms while it runs."""

from __future__ import annotations

import contextlib
import ctypes
import os

_FRAME_S = 0.02
_MOST_LATE = 25  # half a second: what is missed beyond is skipped

_libc = ctypes.CDLL(None, use_errno=True)
_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK, _TFD_CLOEXEC = 0o4000, 0o2000000


class Pace:
    """A timerfd (Python 3.13 has its own). How many frames are due is counted by the clock that
    is passed in, so that a test's clock rules."""

    def __init__(self) -> None:
        self._fd = _libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._next_s: float | None = None

    def fileno(self) -> int:
        """Readable when a frame is due."""
        return int(self._fd)

    def start(self, now_s: float) -> None:
        """Frames are due from now on."""
        self._next_s = now_s + _FRAME_S
        self._set(_FRAME_S)

    def stop(self) -> None:
        """No more frames."""
        self._next_s = None
        self._set(0.0)

    def take(self, now_s: float) -> bool:
        """Whether a frame is due; it is then taken."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, 8)
        if self._next_s is None or now_s < self._next_s:
            return False
        if now_s - self._next_s > _MOST_LATE * _FRAME_S:
            self._next_s = now_s
        self._next_s += _FRAME_S
        return True

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def _set(self, period_s: float) -> None:
        class _Spec(ctypes.Structure):
            _fields_ = [(name, ctypes.c_long) for name in ("s", "ns", "first_s", "first_ns")]

        ns = round(period_s * 1e9)
        spec = _Spec(0, ns, 0, ns)
        if _libc.timerfd_settime(self._fd, 0, ctypes.byref(spec), None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
