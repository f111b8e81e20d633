"""The delay of a call, one way at a time, by correlating what was said with what was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.line_parties import Track

_FRAME = 160
_WINDOW = 40  # frames: 0.8 s
_STEP = 20
_SKIPPED = 50  # the first second: queues find their depth
_CERTAIN = 2.0
"""So many times higher than any other, a peak of the correlation is the delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """``windows`` of 0.8 s were found again in what was said; ``lost`` were not. In ms."""

    windows: int
    lost: int
    p50_ms: float
    p95_ms: float


def delays_ms(said: Track, heard: Track) -> Iterator[float | None]:
    """Of every window, in order; None where it is not found."""
    spoken = said.noise[: len(said.said_at) * _FRAME].astype(np.float64)
    at = np.array(said.said_at)
    for first in range(_SKIPPED, len(heard.heard) - _WINDOW, _STEP):
        window = heard.heard[first : first + _WINDOW]
        place = _place(spoken, np.concatenate([frame for _, frame in window]).astype(np.float64))
        if place is None:
            yield None
            continue
        frames = (place + _FRAME * np.arange(_WINDOW)) / _FRAME
        whole = np.minimum(frames.astype(np.int64), len(at) - 1)
        sent = at[whole] + (frames - whole) * 0.02
        yield 1000 * float(np.median(np.array([when for when, _ in window]) - sent))


def summary(found: list[float | None]) -> Delay:
    """Percentiles over all windows."""
    known = [delay for delay in found if delay is not None]
    p50, p95 = np.percentile(known, [50, 95]) if known else (np.nan, np.nan)
    return Delay(
        windows=len(known),
        lost=len(found) - len(known),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
    )


def _place(spoken: NDArray[np.float64], window: NDArray[np.float64]) -> int | None:
    """Where ``window`` begins in ``spoken``, in samples."""
    size = 1 << (len(spoken) + len(window)).bit_length()
    product = np.fft.rfft(spoken, size) * np.conj(np.fft.rfft(window, size))
    likeness = np.abs(np.fft.irfft(product, size)[: len(spoken)])
    best = int(np.argmax(likeness))
    around = likeness.copy()
    around[max(0, best - 8) : best + 9] = 0.0
    return best if likeness[best] > _CERTAIN * float(np.max(around)) else None
