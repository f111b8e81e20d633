"""The recordings of one call: made one at a time, from talk to talk, and shown on the board."""

from __future__ import annotations

from collections.abc import Callable

from firmware.link.rows import RecordingRow
from firmware.link.server import Board
from firmware.switchd.leg import Leg
from firmware.switchd.media import Recording, Studio


class Tape:
    """``clock`` gives Unix seconds; ``note`` puts a line on the call's timeline."""

    def __init__(
        self,
        call_id: str,
        *,
        studio: Studio,
        board: Board,
        clock: Callable[[], float],
        note: Callable[[str], None],
    ) -> None:
        self._call_id = call_id
        self._studio = studio
        self._board = board
        self._clock = clock
        self._note = note
        self._made = 0
        self._recording: Recording | None = None
        self._row: RecordingRow | None = None

    @property
    def is_running(self) -> bool:
        """Whether a recording is being made."""
        return self._recording is not None

    def follow(self, caller: Leg, callee: Leg) -> None:
        """Record what these two say, each on a side of its own."""
        if self._recording is None:
            self._start()
        if self._recording is not None:
            self._recording.follow("caller", caller)
            self._recording.follow("callee", callee)

    def rest(self) -> None:
        """Record silence: the talk is over, the call is not."""
        if self._recording is not None:
            self._recording.rest()

    def stop(self) -> None:
        """End the recording, if one is being made."""
        if self._recording is None or self._row is None:
            return
        board, row = self._board, self._row
        self._studio.close_recording(
            self._recording,
            self._clock(),
            when_done=lambda: board.post("recording.ended", row),
        )
        self._note("recording_ended")
        self._recording = None

    def _start(self) -> None:
        ident = f"{self._call_id}-{self._made}" if self._made else self._call_id
        self._made += 1
        self._recording = self._studio.record(ident, self._call_id, self._clock())
        if self._recording is None:
            self._note("recording_failed")
            return
        self._row = RecordingRow(
            id=ident,
            call=self._call_id,
            caller_file=str(self._recording.caller_file),
            callee_file=str(self._recording.callee_file),
            started_at=self._clock(),
            ended_at=None,
        )
        self._note("recording_started")
        self._board.post("recording.started", self._row)
