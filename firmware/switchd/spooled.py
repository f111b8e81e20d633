"""A message while it is being left: its folder in memory, and what the recorder is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from firmware.link.rows import RecordingRow
from firmware.link.server import Board
from firmware.switchd.disk import DiskFault
from firmware.voicemail import files

_LOOK_S, _LOOKS = 0.1, 50
"""The recorder brings it to the disk in half a second; killed, it is back after one or two."""


class Spooled:
    """A message being left, in a folder of its own in memory. While its row is shown the recorder
    knows that somebody writes there."""

    def __init__(self, meta: files.MessageMeta, folder: Path, board: Board) -> None:
        self.sound = folder / files.SOUND
        self._meta = meta
        self._folder = folder
        self._board = board
        self._row = RecordingRow(
            id=meta.id,
            call=meta.call,
            caller_file=str(self.sound),
            callee_file="",
            started_at=meta.started_at,
            ended_at=None,
        )

    def begin(self) -> None:
        """Make the folder, with what the recorder must know.

        Raises:
            DiskFault: there is no memory left.
        """
        try:
            self._folder.mkdir(mode=0o700)
            (self._folder / files.META).write_bytes(msgspec.json.encode(self._meta))
        except OSError as error:
            raise DiskFault(str(error)) from error
        self._board.post("recording.started", self._row)

    async def finish(self, ended: str) -> None:
        """The message is complete: from here on the recorder keeps it, whatever happens. Waits
        until it is on the disk.

        Raises:
            DiskFault: it is not yet; the recorder goes on trying.
        """
        try:
            (self._folder / files.DONE).write_bytes(msgspec.json.encode({"ended": ended}))
        except OSError as error:
            raise DiskFault(str(error)) from error
        finally:
            self._board.post("recording.ended", self._row)
        for _ in range(_LOOKS):
            if not self._folder.exists():
                return
            await asyncio.sleep(_LOOK_S)
        raise DiskFault(f"message {self._meta.id} is in memory only")

    def drop(self) -> None:
        """Nothing of it is wanted."""
        (self._folder / files.DROPPED).touch()
        self._board.post("recording.ended", self._row)
