"""The box itself: how its daemons say they are, what room its disk has, when it was backed up.

Asked by one thread for all pages, however many are open; nobody else asks.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from firmware.backup import last
from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.link.api import DaemonApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.frame import BadFrame

log = logging.getLogger(__name__)

ASK_INTERVAL_S = 10.0
_TIMEOUT_S = 3.0
_STEP_BYTES = 100_000_000
"""What is shown of the disk moves in steps of a tenth of a gigabyte, not with every byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk the recordings lie on, in bytes; ``free`` is rounded down to 100 MB."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """``made_at`` is in Unix seconds, None when there was none."""

    is_wanted: bool
    made_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a daemon says of itself; ``warnings`` are in the log's words."""

    version: str
    config_version: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The box as of the last look. None: not known (yet)."""

    disk: Disk | None = None
    backups: Backups | None = None
    daemons: Mapping[str, Health] = field(default_factory=dict)


class BoxWatch:
    """Looks at the box every ten seconds and tells ``tell`` what it is like."""

    def __init__(self, home: Home, daemons: Mapping[str, Path], tell: Callable[[Box], None]):
        self._home = home
        self._daemons = daemons
        self._tell = tell
        self._stopping = threading.Event()
        self._wanted: tuple[int, bool] | None = None

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._run, name="box-watch", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end."""
        self._stopping.set()

    def look(self) -> Box:
        """The box as it is."""
        found = ((name, _ask(path)) for name, path in self._daemons.items())
        return Box(
            disk=_disk(self._home.recordings),
            backups=self._backups(),
            daemons={name: health for name, health in found if health is not None},
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._tell(self.look())
            except Exception:
                # A bug of ours here must cost this figure, not the live page.
                log.exception("the box cannot be looked at")
                self._tell(Box())
            self._stopping.wait(ASK_INTERVAL_S)

    def _backups(self) -> Backups | None:
        try:
            number = history.current_text(self._home)[0]
            if self._wanted is None or self._wanted[0] != number:
                site = history.load_current(self._home)[1]
                self._wanted = (number, site.backup.is_wanted)
            made = last.read(self._home)
        except (OSError, sqlite3.Error, history.NoConfiguration, ConfigRejected) as error:
            log.warning("nobody knows how backups are: %s", error)
            return None
        return Backups(is_wanted=self._wanted[1], made_at=made.made_at if made else None)


def _ask(path: Path) -> Health | None:
    try:
        with Link(path, "web", timeout_s=_TIMEOUT_S) as link:
            status = link.call(DaemonApi.status)
    except (LinkDown, Refused, BadFrame, msgspec.ValidationError):
        return None  # the board says who is away
    return Health(
        version=status.version, config_version=status.config_version, warnings=status.warnings
    )


def _disk(folder: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        log.warning("the disk cannot be looked at: %s", error)
        return None
    return Disk(total_bytes=usage.total, free_bytes=usage.free // _STEP_BYTES * _STEP_BYTES)
