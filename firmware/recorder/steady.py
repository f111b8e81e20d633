"""Whether the clock can be believed: a board without a battery may wake in 1970, and be put right
or wrong at any moment. What is deleted for its age must not go because of that."""

from __future__ import annotations

from collections.abc import Callable

EVEN_S = 3600.0
"""So long it must have run evenly after a jump, or after a start at an unlikely time."""

_JUMP_S = 120.0
_LIKELY_AHEAD_S = 3 * 86400.0
"""A box that was off over a weekend is believed at once."""


class Steady:
    """``wall`` gives Unix seconds, ``even`` monotonic ones."""

    def __init__(self, wall: Callable[[], float], even: Callable[[], float]) -> None:
        self._wall = wall
        self._even = even
        self._offset_s = wall() - even()
        self._jumped_at: float | None = even()

    def vouch(self, last_s: float | None) -> None:
        """Something was written down at ``last_s`` by this clock, before the box was started."""
        if last_s is not None and 0 <= self._wall() - last_s < _LIKELY_AHEAD_S:
            self._jumped_at = None

    @property
    def is_believed(self) -> bool:
        """Whether it has run evenly for long enough."""
        offset_s = self._wall() - self._even()
        if abs(offset_s - self._offset_s) > _JUMP_S:
            self._offset_s = offset_s
            self._jumped_at = self._even()
        return self._jumped_at is None or self._even() - self._jumped_at >= EVEN_S
