"""A bounded queue of audio frames between two clocks that run at the same speed.

The writer's clock and the reader's (a line card's, the mixer's) differ in phase and jitter.
The reader starts when a few frames are there, so that a late frame is not heard; what waits
too long is dropped, so that delay does not build up. A stall on one side leaves frames waiting
that nobody needs: when the queue has not run low for seconds, a quiet frame is left out. One
thread writes, another reads.
"""

from __future__ import annotations

from collections import deque

from hw.signal.level import level_dbm0

FRAME_BYTES = 320
SILENCE = bytes(FRAME_BYTES)

_CALM_FRAMES = 250
"""Left waiting for so long (5 s), a frame is one too many."""

_MOST_CALM_FRAMES = 16 * _CALM_FRAMES
"""Every time that proves wrong, it takes twice as long, up to this."""

_QUIET_DBM0 = -45.0


class Playout:
    """Frames of 20 ms. ``ready_frames`` are awaited before the first is played and again after
    every time the queue ran dry; at most ``max_frames`` are kept.

    ``dropped`` were too many, ``missed`` were not there in time, ``shortened`` were quiet and
    left out to make up for a stall.
    """

    def __init__(self, ready_frames: int = 2, max_frames: int = 6) -> None:
        self._frames: deque[bytes] = deque()
        self._ready_frames = ready_frames
        self._max_frames = max_frames
        self._playing = False
        self._calm_frames = 0
        self._patience_frames = _CALM_FRAMES
        self.dropped = 0
        self.missed = 0
        self.shortened = 0

    def put(self, frame: bytes) -> None:
        """The writer: one more frame; the oldest is dropped when there are too many."""
        self._frames.append(frame)
        if len(self._frames) > self._max_frames:
            self.dropped += 1
            self._pop()

    def take(self) -> bytes:
        """The reader: the next frame, or b"" when none is due."""
        if not self._playing:
            if len(self._frames) < self._ready_frames:
                return b""
            self._playing = True
        frame = self._pop()
        if frame:
            return self._shorten(frame)
        self._playing = False
        self._calm_frames = 0
        self._patience_frames = min(2 * self._patience_frames, _MOST_CALM_FRAMES)
        self.missed += 1
        return b""

    def clear(self) -> None:
        """Forget what waits."""
        self._frames.clear()
        self._playing = False
        self._calm_frames, self._patience_frames = 0, _CALM_FRAMES

    def _shorten(self, frame: bytes) -> bytes:
        """``frame``, or the one after it when this one only adds delay."""
        waiting = len(self._frames)
        self._calm_frames = self._calm_frames + 1 if waiting >= self._ready_frames else 0
        if self._calm_frames < self._patience_frames or level_dbm0(frame) > _QUIET_DBM0:
            return frame
        self._calm_frames = 0
        self.shortened += 1
        return self._pop() or frame

    def _pop(self) -> bytes:
        try:
            return self._frames.popleft()
        except IndexError:  # the other thread was quicker
            return b""
