"""A message while it is being left: its folder in the spool, and what the recorder is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from sqlite_utils import Database

from firmware.link.rows import RecordingRow
from firmware.link.server import Board
from firmware.switchd.disk import Disk
from firmware.voicemail import files


class Spooled:
    """A message being left, in a folder of the spool. While its row is shown the recorder
    leaves it alone."""

    def __init__(self, meta: files.MessageMeta, folder: Path, disk: Disk, board: Board) -> None:
        self.sound = folder / files.SOUND
        self._meta = meta
        self._folder = folder
        self._disk = disk
        self._board = board
        self._row = RecordingRow(
            id=meta.id,
            call=meta.call,
            caller_file=str(self.sound),
            callee_file="",
            started_at=meta.started_at,
            ended_at=None,
        )

    def make(self) -> None:
        """Make the folder, with what the recorder must know, on the disk."""
        self._folder.mkdir(mode=0o700)
        try:
            files.sync_folder(self._folder.parent)
            files.write_synced(self._folder / files.META, msgspec.json.encode(self._meta))
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def show(self) -> None:
        """Tell the recorder that somebody writes here."""
        self._board.post("recording.started", self._row)

    async def sync(self) -> None:
        """Bring what has been said so far to the disk."""
        await self._disk.do(lambda _db: files.sync_file(self.sound))

    async def finish(self, ended: str) -> None:
        """The message is complete: from here on the recorder keeps it, whatever happens.

        Raises:
            DiskFault: it may not be on the disk; the recorder takes what there is.
        """

        def mark(_db: Database) -> None:
            files.sync_file(self.sound)
            files.write_synced(self._folder / files.DONE, msgspec.json.encode({"ended": ended}))

        try:
            await self._disk.do(mark)
        finally:
            self._board.post("recording.ended", self._row)

    async def drop(self) -> None:
        """Nothing of it is wanted."""
        await self._disk.do(lambda _db: shutil.rmtree(self._folder, ignore_errors=True))
        self._board.post("recording.ended", self._row)
