"""Whether a line has been silent for long: all that tells that the far end left, on some."""

from __future__ import annotations

from hw.signal.level import level_dbm0

_SOUND_DBM0 = -48.0  # above the noise of a line, below any voice on it
_FRAME_S = 0.02


class SilenceEar:
    """Audio, frame by frame of 20 ms, to "silence" once nothing was heard for ``limit_s``."""

    def __init__(self, limit_s: float) -> None:
        self._limit_frames = round(limit_s / _FRAME_S)
        self._frames = 0

    def feed(self, audio: bytes) -> str:
        """ "silence" when ``audio`` completes it, else ""."""
        self._frames = 0 if level_dbm0(audio) > _SOUND_DBM0 else self._frames + 1
        if self._frames < self._limit_frames:
            return ""
        self._frames = 0
        return "silence"
