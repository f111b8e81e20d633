"""The recordings of one call: made one at a time, from talk to talk, and shown on the board.

Who is on which side, and when it was paused, is written beside the sound as it happens
(``tracks.jsonl``), so that a call that was transferred can be read, and survives a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from firmware.link.rows import RecordingRow
from firmware.link.server import Board
from firmware.switchd.leg import Leg
from firmware.switchd.media import Recording, Studio

SIDES = ("caller", "callee")


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
        self._on_sides: Sequence[Sequence[Leg]] = ((), ())
        self._is_laid = False
        self._pauses = 0
        self._told: set[str] = set()

    @property
    def is_running(self) -> bool:
        """Whether a recording is being made, paused or not."""
        return self._recording is not None

    @property
    def is_paused(self) -> bool:
        """Whether nothing that is said is recorded for now."""
        return self._pauses > 0

    def follow(self, caller: Leg, *callees: Leg) -> None:
        """Record what these say: the first on a side of its own, the others on the other."""
        if self._recording is None:
            self._start()
        self._lift()
        self._on_sides = ((caller,), callees)
        self._mark("together", caller=[caller.party], callee=[leg.party for leg in callees])
        self._lay()

    def rest(self) -> None:
        """Record silence: the talk is over, the call is not."""
        self._lift()
        self._on_sides = ((), ())
        self._mark("apart")

    def pause(self) -> None:
        """Record silence on both sides until ``resume``; pauses nest."""
        self._pauses += 1
        if self._pauses == 1 and self._recording is not None:
            self._lift()
            self._mark("paused")
            self._note("recording_paused")

    def resume(self) -> None:
        """Record what is said again."""
        self._pauses -= 1
        if self._pauses == 0 and self._recording is not None:
            self._mark("resumed")
            self._note("recording_resumed")
            self._lay()

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

    async def announce(self, language: str, *legs: Leg) -> None:
        """Tell the parties that they are recorded, unless all have been told in this call. Ends
        early when one leaves."""
        if {leg.party for leg in legs} <= self._told:
            return
        self._told |= {leg.party for leg in legs}
        sounds = [self._studio.play(leg, "recording_notice", language) for leg in legs]
        waits = [_task(sounds[0].finished()), *(_task(leg.gone()) for leg in legs)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            for sound in sounds:
                sound.stop()

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

    def _lay(self) -> None:
        """Join the legs to the sides they are on, unless it is paused."""
        if self._recording is None or self.is_paused:
            return
        for side, legs in zip(SIDES, self._on_sides, strict=True):
            for leg in legs:
                self._recording.follow(side, leg)
        self._is_laid = True

    def _lift(self) -> None:
        """Record silence instead."""
        if self._recording is not None and self._is_laid:
            self._recording.rest()
        self._is_laid = False

    def _mark(self, what: str, **sides: list[str]) -> None:
        if self._recording is not None:
            self._recording.mark(self._clock(), what, **sides)


def _task(waiting: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.ensure_future(waiting)
