"""The kernel's real-time clock, and the machine's clock beside it.

Sources: uapi/linux/rtc.h (``RTC_RD_TIME``, ``RTC_SET_TIME``, struct rtc_time as struct tm in UTC);
adjtimex(2), whose answer is TIME_ERROR while nobody synchronises the clock.
"""

from __future__ import annotations

import calendar
import ctypes
import fcntl
import os
import struct
import time

_RD_TIME, _SET_TIME = 0x80247009, 0x4024700A  # _IOR('p', 9, rtc_time), _IOW('p', 10, rtc_time)
_TIME = struct.Struct("9i")  # sec, min, hour, mday, mon from 0, year from 1900, wday, yday, isdst
_TIME_ERROR = 5
_TIMEX_BYTES = 256  # struct timex has 208, and room to grow


class KernelRtc:
    """``/dev/rtc0``, opened for each use: one program at a time may have it."""

    def __init__(self, path: str = "/dev/rtc0") -> None:
        self._path = path

    def read(self) -> float:
        """Rtc."""
        told = self._ask(_RD_TIME, bytes(_TIME.size))
        second, minute, hour, day, month, year, *_rest = _TIME.unpack(told)
        return float(calendar.timegm((year + 1900, month + 1, day, hour, minute, second)))

    def set(self, now: float) -> None:
        """Rtc."""
        utc = time.gmtime(now)
        date = (utc.tm_mday, utc.tm_mon - 1, utc.tm_year - 1900)
        self._ask(_SET_TIME, _TIME.pack(utc.tm_sec, utc.tm_min, utc.tm_hour, *date, 0, 0, 0))

    def _ask(self, order: int, content: bytes) -> bytes:
        file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return fcntl.ioctl(file, order, content)
        finally:
            os.close(file)


class MachineClock:
    """CLOCK_REALTIME."""

    def read(self) -> float:
        """SystemClock."""
        return time.time()

    def set(self, now: float) -> None:
        """SystemClock."""
        time.clock_settime(time.CLOCK_REALTIME, now)

    def is_synchronised(self) -> bool:
        """SystemClock."""
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return state not in {-1, _TIME_ERROR}
