"""A simulated watchdog: whether it would have reset the machine by now."""

from __future__ import annotations

from collections.abc import Callable


class SimWatchdog:
    """``Watchdog`` by a steady clock."""

    def __init__(self, clock: Callable[[], float], timeout_s: float = 15.0) -> None:
        self._clock, self._timeout_s = clock, timeout_s
        self._fed_at: float | None = None
        self.has_bitten = False

    @property
    def is_armed(self) -> bool:
        """Whether it waits to be fed."""
        return self._fed_at is not None

    def look(self) -> bool:
        """Whether it has reset the machine."""
        if self._fed_at is not None and self._clock() - self._fed_at > self._timeout_s:
            self.has_bitten = True
        return self.has_bitten

    def feed(self) -> None:
        """Watchdog."""
        self.look()
        self._fed_at = self._clock()

    def close(self) -> None:
        """Watchdog."""
        self.look()
        self._fed_at = None
