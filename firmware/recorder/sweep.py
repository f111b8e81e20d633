"""A sweep: one look through the spool that finishes everything that can be finished.

A folder without ``done`` is finished too when it has no twin in memory: that is what a power cut
leaves behind.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from firmware.config.history import NoConfiguration, load_current
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.config.sections.recording import Recording
from firmware.model.retention import KeptKind
from firmware.recorder import spool
from firmware.recorder.finish import Shape, finish
from firmware.recorder.messages import finish_message, purge
from firmware.recorder.repair import cause_of, faults_of, repair_of, summary
from firmware.recorder.room import Room
from firmware.recorder.spool import Spooled
from firmware.recorder.wav import BadWav
from firmware.store import recordings, repairs
from firmware.store.db import open_store
from firmware.store.repairs import Repair
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

PURGE_INTERVAL_S = 3600.0


class Stopped(Exception):
    """The daemon is to end; the spool keeps what is not finished."""


class Sweeper:
    """Sweeps the spools of one home: recordings and voicemail messages. ``clock`` is monotonic,
    in seconds; ``message_kept`` is told the box of each message that is safe; while ``rests()``,
    recordings stay in the spool."""

    def __init__(
        self,
        home: Home,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        message_kept: Callable[[str], None] = lambda box: None,
        room: Room | None = None,
        *,
        rests: Callable[[], bool] = lambda: False,
    ) -> None:
        self._home = home
        self._rests = rests
        self._stop = stop
        self._clock = clock
        self._message_kept = message_kept
        self._room = room or Room(home, clock=clock)
        self._purge_at = clock()
        self._site: Site | None = None
        self._is_new = True
        self.warning = ""

    @property
    def warnings(self) -> Mapping[str, str]:
        """What hinders it, and that the disk fills, each by a name; "": nothing."""
        return {"finishing": self.warning, "room": self._room.warning}

    def read_again(self) -> None:
        """The site's configuration has changed. May be called in any thread."""
        self._site = None

    def sweep(self) -> int:
        """Finish what can be finished, and say how many recordings and messages were.

        What the disk or the store refuses is left for the next sweep and noted in ``warning``.
        """
        try:
            return self._sweep()
        except Stopped:
            return 0
        except (OSError, sqlite3.Error, NewerDatabase, NoConfiguration, ConfigRejected) as error:
            self._warn(f"recordings wait in the spool: {error}")
            self._room.give_way()
            return 0

    def _sweep(self) -> int:
        spools: Sequence[tuple[Path, Path]] = (
            (self._home.ram_recordings, self._home.spool),
            (self._home.ram_voicemail, self._home.voicemail_spool),
        )
        spools = spools[1:] if self._rests() else spools
        wish = self._wish()
        is_room_due = self._room.is_due(wish.keep)
        for _ram, place in spools:
            spool.sweep_finished(place)
        folders = [f for ram, disk in spools for f in spool.waiting(disk) if _is_ready(f, ram)]
        if folders or is_room_due or self._is_new or self._clock() >= self._purge_at:
            with closing(open_store(self._home)) as db:
                self._begin(db)
                if is_room_due:  # first: to finish something takes room
                    self._room.look(db, wish.keep)
                count = self._finish_all(db, folders, wish)
                self._purge(db)
        else:
            count = 0
        self._warn("")
        return count

    def _wish(self) -> Recording:
        """What the site wants of recordings; read once, and again when it changed."""
        if self._site is None:
            try:
                self._site = load_current(self._home)[1]
            except NoConfiguration:
                return Recording()
        return self._site.recording

    def _begin(self, db: Database) -> None:
        """Once: see to it that what is on the disk and in the ledger agree."""
        if not self._is_new:
            return
        if count := recordings.adopt(db, time.time()):
            log.info("%d recordings of an earlier release are in the ledger now", count)
        for path in recordings.sweep_deleted(self._home, db):
            log.warning("%s was deleted when the power went; now it is gone", path.name)
        self._is_new = False

    def _finish_all(self, db: Database, folders: Sequence[Spooled], wish: Recording) -> int:
        shape = Shape(format=wish.format, recipients=wish.encryption.recipient)
        done: list[Repair] = []
        try:
            return sum(self._finish(db, folder, shape, done) for folder in folders)
        finally:
            if folders:
                self._room.forget_sizes()
            if told := summary(done):
                log.info("repair: %s", told)

    def _finish(self, db: Database, folder: Spooled, shape: Shape, done: list[Repair]) -> bool:
        """Finish one folder; whether anything came of it. A repair is added to ``done``."""
        cause = cause_of(folder)
        healed = faults_of(folder) if cause else ""
        is_recording = folder.folder.parent == self._home.spool
        try:
            if is_recording:
                kept = finish(self._home, db, folder, shape, self._proceed)
                length_s = kept.length_s if kept else None
            else:
                length_s = self._finish_message(db, folder)
        except BadWav as error:
            spool.set_aside(folder, str(error))
            return False
        if cause and length_s is not None:
            kind = KeptKind.RECORDING if is_recording else KeptKind.VOICEMAIL
            done.append(repair_of(folder, kind, cause, length_s, healed))
            repairs.note(db, done[-1])
        return length_s is not None

    def _finish_message(self, db: Database, folder: Spooled) -> float | None:
        message = finish_message(self._home, db, folder, self._proceed)
        if message is None:
            return None
        self._message_kept(message.box)
        return message.length_s

    def _purge(self, db: Database) -> None:
        """Remove old deleted messages for good, now and then."""
        if self._clock() < self._purge_at:
            return
        self._purge_at = self._clock() + PURGE_INTERVAL_S
        if self._site is None:
            return
        keep_s = 3600.0 * self._site.voicemail.keep_deleted_h
        if count := purge(self._home, db, time.time() - keep_s):
            log.info("%d deleted messages are removed for good", count)

    def _proceed(self) -> None:
        if self._stop():
            raise Stopped

    def _warn(self, text: str) -> None:
        """Log once when it begins, once when it ends, and when it changes."""
        if text == self.warning:
            return
        self.warning = text
        if text:
            log.error("%s", text)
        else:
            log.info("recordings are finished again")


def _is_ready(folder: Spooled, ram: Path) -> bool:
    """Whether it is the sweeper's: what is in memory still is the keeper's."""
    return not (ram / folder.id).exists()
