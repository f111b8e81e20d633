"""A bounded queue of audio frames between two clocks that run at the same speed.

The writer's clock and the reader's (a line card's, the mixer's) differ in phase and jitter.
The reader starts when a few frames are there, so that a late frame is not heard; what waits
too long is dropped, so that delay does not build up. One thread writes, another reads.
"""

from __future__ import annotations

from collections import deque

FRAME_BYTES = 320
SILENCE = bytes(FRAME_BYTES)


class Playout:
    """Frames of 20 ms. ``ready_frames`` are awaited before the first is played and again after
    every time the queue ran dry; at most ``max_frames`` are kept."""

    def __init__(self, ready_frames: int = 2, max_frames: int = 6) -> None:
        self._frames: deque[bytes] = deque()
        self._ready_frames = ready_frames
        self._max_frames = max_frames
        self._playing = False
        self.dropped = 0
        self.missed = 0

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
        if not frame:
            self._playing = False
            self.missed += 1
        return frame

    def clear(self) -> None:
        """Forget what waits."""
        self._frames.clear()
        self._playing = False

    def _pop(self) -> bytes:
        try:
            return self._frames.popleft()
        except IndexError:  # the other thread was quicker
            return b""
