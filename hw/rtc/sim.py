"""A simulated clock: a real-time clock, or the machine's."""

from __future__ import annotations

from collections.abc import Callable


class SimClock:
    """``Rtc`` and ``SystemClock``. ``steady`` gives steady seconds; None set: no time to tell."""

    def __init__(self, steady: Callable[[], float], now: float | None = None) -> None:
        self._steady = steady
        self._ahead = None if now is None else now - steady()
        self.synchronised = False

    def read(self) -> float:
        """Rtc."""
        if self._ahead is None:
            raise OSError("the simulated clock has no time")
        return self._steady() + self._ahead

    def set(self, now: float) -> None:
        """Rtc."""
        self._ahead = float(int(now)) - self._steady()

    def is_synchronised(self) -> bool:
        """SystemClock."""
        return self.synchronised
