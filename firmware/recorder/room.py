"""Room on the disk: deletes what has been kept long enough and, when the disk fills, the oldest;
says when nothing more can be recorded (``firmware.model.retention`` has the rules)."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.config.sections.recording import Keep
from firmware.model.recording import NO_ROOM
from firmware.model.retention import DAY_S, Use, must_stop, surplus_bytes
from firmware.model.voicemail import MessageState
from firmware.recorder.steady import Steady
from firmware.store import calls, mailboxes, recordings
from firmware.store.recordings import Aged, Deletion

log = logging.getLogger(__name__)

AGE_INTERVAL_S = 3600.0

BALLAST_BYTES = 1024 * 1024

_WHO = "box"

DiskUse = Callable[[Path], tuple[int, int]]
"""How large the disk with a folder is, and how much of it is free for us, in bytes."""


def disk_use(folder: Path) -> tuple[int, int]:
    """What the file system says. ``folder`` need not be there.

    Raises:
        OSError: it does not answer.
    """
    while not folder.is_dir():
        folder = folder.parent
    found = shutil.disk_usage(folder)
    return found.used + found.free, found.free  # what is set aside for root is not ours


class Room:
    """``clock`` is monotonic, ``wall`` Unix time, both in seconds. One thread."""

    def __init__(
        self,
        home: Home,
        *,
        disk: DiskUse = disk_use,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._disk = disk
        self._clock = clock
        self._wall = wall
        self._marker = home.ram_recordings / NO_ROOM
        self._ballast = home.store_db.with_name("ballast")
        self._steady = Steady(wall, clock)
        self._is_vouched = False
        self._aged_at = float("-inf")
        self._recordings_bytes: int | None = None
        self.warning = ""

    def forget_sizes(self) -> None:
        """Recordings came or went: count them anew."""
        self._recordings_bytes = None

    def is_due(self, keep: Keep) -> bool:
        """Whether ``look`` has something to do in the store. Without the store, it sees to it that
        nothing is recorded while there is no room.

        Raises:
            OSError: the disk does not answer.
        """
        use = self._use()
        self._mark(keep, use)
        return (
            self._clock() - self._aged_at >= AGE_INTERVAL_S
            or surplus_bytes(keep.space, use) > 0
            or (keep.quota_gb is not None and self._recordings_bytes is None)
        )

    def look(self, db: Database, keep: Keep) -> None:
        """Delete what is to be deleted, and say whether there is room.

        Raises:
            OSError, sqlite3.Error: the disk or the store does not take it; it is tried again.
        """
        self._vouch(db)
        if self._recordings_bytes is None:
            self._recordings_bytes = recordings.total_bytes(db)
        if self._clock() - self._aged_at >= AGE_INTERVAL_S:
            self._delete_aged(db, keep)
            self._aged_at = self._clock()
        self._delete_surplus(db, keep)
        use = self._use()
        self._mark(keep, use)
        self._set_aside(use)

    def give_way(self) -> None:
        """Let go of what was set aside: on a disk that is full to the last byte, not even a
        deletion could be written down."""
        with contextlib.suppress(OSError):
            if self._disk(self._home.recordings)[1] < BALLAST_BYTES:
                self._ballast.unlink(missing_ok=True)

    def _set_aside(self, use: Use) -> None:
        """Have a file that can be given up. Written once."""
        if not self._ballast.exists() and use.free_bytes > 100 * BALLAST_BYTES:
            self._ballast.write_bytes(bytes(BALLAST_BYTES))

    def _use(self) -> Use:
        total, free = self._disk(self._home.recordings)
        return Use(total_bytes=total, free_bytes=free, recordings_bytes=self._recordings_bytes or 0)

    def _vouch(self, db: Database) -> None:
        if not self._is_vouched:
            newest = calls.recent(db, limit=1)
            self._steady.vouch(newest[0].started_at if newest else None)
            self._is_vouched = True

    def _delete_aged(self, db: Database, keep: Keep) -> None:
        """Delete what has been kept long enough, unless the clock cannot be believed."""
        rule, now = keep.retention, self._wall()
        if not self._steady.is_believed:
            log.info("nothing is deleted for its age: the clock jumped or has just been set")
            return
        if rule.shortest_days is not None:
            due = recordings.oldest(db, now - rule.shortest_days * DAY_S)
            over = [a for a in due if rule.is_over(a.queue, now - a.record.started_at)]
            for aged in over:
                self._delete(db, aged, "kept long enough")
        if rule.voicemail_days is not None:
            for message in mailboxes.recorded_before(db, now - rule.voicemail_days * DAY_S):
                mailboxes.mark(db, message.id, MessageState.DELETED, now)
                log.info("message %s has been kept long enough and is deleted", message.id)

    def _delete_surplus(self, db: Database, keep: Keep) -> None:
        """Delete the oldest until there is room again."""
        surplus = surplus_bytes(keep.space, self._use())
        if surplus == 0 or not self._steady.is_believed:
            return
        before = self._wall() - keep.minimum_days * DAY_S
        chosen = []
        for aged in recordings.oldest(db, before):
            if surplus <= 0:
                break
            chosen.append(aged)
            surplus -= aged.record.bytes
        for aged in chosen:
            self._delete(db, aged, "the disk is nearly full")

    def _delete(self, db: Database, aged: Aged, why: str) -> None:
        deletion = Deletion(who=_WHO, why=why, at=self._wall())
        recordings.delete(self._home, db, aged.record, deletion)
        self._recordings_bytes = (self._recordings_bytes or 0) - aged.record.bytes
        log.warning("recording %s is deleted: %s", aged.record.id, why)

    def _mark(self, keep: Keep, use: Use) -> None:
        """Tell the exchange whether there is room, and people how full it is."""
        space, is_stopped = keep.space, self._marker.exists()
        stop = must_stop(space, use, is_stopped)
        if stop and not is_stopped:
            self._marker.touch(mode=0o600)
        elif is_stopped and not stop:
            self._marker.unlink()
        self._warn(_told(keep, use, stop=stop))

    def _warn(self, text: str) -> None:
        if text.partition(":")[0] != self.warning.partition(":")[0]:
            if text:
                log.error("%s", text)
            else:
                log.info("there is room on the disk again")
        self.warning = text


def _told(keep: Keep, use: Use, *, stop: bool) -> str:
    space = keep.space
    full = f"the disk is {use.percent:.0f} % full, {use.free_bytes / 1e6:.0f} MB are free"
    if stop and use.percent < space.stop_percent - 1:
        return f"new calls are not recorded: the quota of {keep.quota_gb:g} GB is used up"
    if stop:
        return f"new calls are not recorded: {full}; delete recordings or take a larger disk"
    if use.percent >= space.delete_percent:
        return f"the disk is nearly full: {full}; the oldest recordings are deleted"
    return f"the disk fills: {full}" if use.percent >= space.warn_percent else ""
