"""The seam to the machine. ``command.py`` is the real one, ``sim.py`` writes down its orders."""

from __future__ import annotations

from typing import Protocol


class Machine(Protocol):
    """Every method waits until the order is given; raises OSError when it could not be."""

    def sync(self) -> None:
        """Everything that was written is on the disk when this returns."""
        ...

    def halt(self) -> None:
        """End everything and switch off."""
        ...

    def rest(self) -> None:
        """Make every disk read-only, at once; programs go on."""
        ...

    def restart(self) -> None:
        """Start anew; works at rest too."""
        ...
