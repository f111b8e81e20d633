"""The seam to a watchdog. ``device.py`` is the kernel's, ``sim.py`` bites only in words."""

from __future__ import annotations

from typing import Protocol


class Watchdog(Protocol):
    """One watchdog. Nothing is armed before the first ``feed``."""

    def feed(self) -> None:
        """The machine is well; arms it the first time.

        Raises:
            OSError: it cannot be opened or fed.
        """
        ...

    def close(self) -> None:
        """Stop it: the program ends in good order. One that was armed "nowayout" goes on."""
        ...
