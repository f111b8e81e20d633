"""The seam to a real-time clock. ``device.py`` is the kernel's, ``sim.py`` a test's."""

from __future__ import annotations

from typing import Protocol


class Rtc(Protocol):
    """One clock, in UTC, to the second."""

    def read(self) -> float:
        """Its time, Unix seconds.

        Raises:
            OSError: there is none, or it has no time to tell (its battery was empty).
        """
        ...

    def set(self, now: float) -> None:
        """Set it.

        Raises:
            OSError: it cannot be set.
        """
        ...


class SystemClock(Protocol):
    """The machine's own."""

    def read(self) -> float:
        """Unix seconds."""
        ...

    def set(self, now: float) -> None:
        """Set it.

        Raises:
            OSError: that is not ours to do (CAP_SYS_TIME).
        """
        ...

    def is_synchronised(self) -> bool:
        """Whether a network's time keeps it (NTP)."""
        ...
