"""Where in a sound somebody speaks: for the end of a message, while it is said and after."""

from __future__ import annotations

import numpy as np

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]

_FRAME_S = 0.02
_SPEECH_DBFS = -50.0
"""Quieter than that is the hum of a line, not somebody who speaks."""


def spoken_until(sound: Samples, rate_hz: int) -> int:
    """The sample after the last 20 ms in which somebody spoke; 0 when nobody did."""
    frame = round(_FRAME_S * rate_hz)
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(np.float32)
    if not len(frames):
        return 0
    loud = np.sqrt(np.mean(frames**2, axis=1)) > 32768 * 10 ** (_SPEECH_DBFS / 20)
    return (int(np.flatnonzero(loud)[-1]) + 1) * frame if loud.any() else 0
