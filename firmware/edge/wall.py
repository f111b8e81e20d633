"""Whether somebody set the machine's clock: NTP after a start without one, a person, a clock that
lies."""

from __future__ import annotations

from collections.abc import Callable

LEAST_S = 10.0
"""Less than a telephone leaves before its registration runs out is left alone."""


class Wall:
    """``wall`` gives Unix seconds, ``steady`` monotonic ones."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._lead_s = wall() - steady()

    def jump_s(self) -> float:
        """By how much it was set since the last question, 0.0 when it was not. A clock that is put
        right little by little never jumps."""
        before_s, self._lead_s = self._lead_s, self._wall() - self._steady()
        jump_s = self._lead_s - before_s
        return jump_s if abs(jump_s) >= LEAST_S else 0.0
