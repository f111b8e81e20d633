"""A meter: how loud it is on one line, both ways, while somebody looks.

The poller feeds it; the daemon's thread reads the last whole window. One that nobody has read for
a while is spent, and costs nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from hw.signal.level import RMS_AT_0_DBM0, SILENCE_DBM0, samples_of

WINDOW_FRAMES = 12
"""About a quarter of a second."""

_PATIENCE_FRAMES = 250
_STALE_S = 0.6


class _Way:
    """One way of the audio."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._squares = 0.0
        self._samples = 0
        self._frames = 0
        self._last: tuple[float, float] = (-math.inf, SILENCE_DBM0)

    def put(self, frame: bytes) -> None:
        samples = samples_of(frame).astype("f4")
        self._squares += float(samples @ samples)
        self._samples += len(samples)
        self._frames += 1
        if self._frames == WINDOW_FRAMES:
            self._last = (self._clock(), _level_dbm0(self._squares, self._samples))
            self._squares, self._samples, self._frames = 0.0, 0, 0

    @property
    def level_dbm0(self) -> float | None:
        at_s, level = self._last
        return level if self._clock() - at_s < _STALE_S else None


class Meter:
    """``clock`` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._heard = _Way(clock)
        self._said = _Way(clock)
        self._left_frames = _PATIENCE_FRAMES

    # -- the daemon's thread --------------------------------------------------------------

    def read(self) -> tuple[float | None, float | None]:
        """The levels heard and said, in dBm0; None where no audio flows. It goes on for five
        seconds from here."""
        self._left_frames = _PATIENCE_FRAMES
        return self._heard.level_dbm0, self._said.level_dbm0

    # -- the poller's thread --------------------------------------------------------------

    @property
    def is_spent(self) -> bool:
        """Whether nobody looks any more."""
        return self._left_frames <= 0

    def hear(self, frame: bytes) -> None:
        """20 ms from the line."""
        self._left_frames -= 1
        self._heard.put(frame)

    def say(self, frame: bytes) -> None:
        """20 ms to the line."""
        self._said.put(frame)


def _level_dbm0(squares: float, samples: int) -> float:
    if not squares:
        return SILENCE_DBM0
    rms = math.sqrt(squares / samples)
    return max(SILENCE_DBM0, 20 * math.log10(rms / RMS_AT_0_DBM0))
