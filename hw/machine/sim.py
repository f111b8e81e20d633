"""A simulated machine: what it was told, in order."""

from __future__ import annotations


class SimMachine:
    """``Machine`` in memory; orders in ``refused`` fail."""

    def __init__(self, refused: frozenset[str] = frozenset()) -> None:
        self.told: list[str] = []
        self._refused = refused

    def sync(self) -> None:
        """Machine."""
        self._tell("sync")

    def halt(self) -> None:
        """Machine."""
        self._tell("halt")

    def rest(self) -> None:
        """Machine."""
        self._tell("rest")

    def restart(self) -> None:
        """Machine."""
        self._tell("restart")

    def _tell(self, order: str) -> None:
        if order in self._refused:
            raise OSError(f"the simulated machine refuses to {order}")
        self.told.append(order)
