"""The office's clock for many moments at once: offsets looked up in the zone's changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from firmware.reports.question import By

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

QUARTER_S = 900
DAY_S = 86400


class LocalClock:
    """The clock of a zone between two moments (Unix seconds)."""

    def __init__(self, zone: ZoneInfo, begin: float, end: float) -> None:
        first, last = int(begin // QUARTER_S) - 1, int(end // QUARTER_S) + 1
        changes = [(first, _offset_s(zone, first))]
        _find_changes(zone, first, last, changes)
        self._since = np.array([quarter * QUARTER_S for quarter, _ in changes], dtype=np.float64)
        self._offset_s = np.array([offset for _, offset in changes], dtype=np.float64)

    def key(self, by: By, at: Floats) -> Whole:
        """What the clock shows at each moment, as a whole number: the day since 1970, the hour of
        the day, the weekday (1 Monday to 7 Sunday), the quarter since 1970."""
        shown = at + self._offset_s[np.searchsorted(self._since, at, side="right") - 1]
        return _KEYS[by](np.floor(shown).astype(np.int64))


_KEYS: Mapping[By, Callable[[Whole], Whole]] = {
    By.DAY: lambda shown: shown // DAY_S,
    By.HOUR: lambda shown: shown // 3600 % 24,
    By.WEEKDAY: lambda shown: (shown // DAY_S + 3) % 7 + 1,
    By.QUARTER: lambda shown: shown // QUARTER_S,
}

OF_CLOCK = frozenset(_KEYS)
"""What the clock tells apart."""


def _offset_s(zone: ZoneInfo, quarter: int) -> float:
    at = dt.datetime.fromtimestamp(quarter * QUARTER_S, zone)
    offset = at.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


def _find_changes(zone: ZoneInfo, first: int, last: int, into: list[tuple[int, float]]) -> None:
    """Every change of the offset between two quarters, looked for week by week: no zone changes
    twice within one and comes back to where it was."""
    step = 7 * DAY_S // QUARTER_S
    left = first
    while left < last:
        right = min(left + step, last)
        if _offset_s(zone, right) != _offset_s(zone, left):
            low, high = left, right
            while high - low > 1:
                middle = (low + high) // 2
                if _offset_s(zone, middle) == _offset_s(zone, left):
                    low = middle
                else:
                    high = middle
            into.append((high, _offset_s(zone, high)))
        left = right
