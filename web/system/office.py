"""The office the console belongs to, from the site configuration: its name and language, and the
rest of it.

Re-read when the configuration's file has changed, so that a new name shows without a restart: what
pages ask for every second costs a look at the file, and not its reading and checking.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What pages show of it. ``language`` is a code of ``web.writing.TONGUES``; ``titles`` are
    the names people gave to places, by destination ("queue:support"); "agent:501" are agents
    who have no extension, only a telephone elsewhere."""

    name: str
    language: str
    console_port: int
    titles: Mapping[str, str]
    boxes: tuple[str, ...]  # extensions with a voicemail box
    time_zone: str
    extensions: frozenset[str]
    members: Mapping[str, frozenset[str]]  # of each queue, the agents


class OfficeReader:
    """The current office and its site. Safe to use from any thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._known: tuple[Site, Office] | None = None

    def read(self) -> Office:
        """The office as configured now, or as it was when that cannot be read.

        Raises:
            LookupError, ValueError, sqlite3.Error: it could never be read.
        """
        return self._current()[1]

    def site(self) -> Site:
        """The whole configuration, the same."""
        return self._current()[0]

    def _current(self) -> tuple[Site, Office]:
        stamp = self._stamp_now()
        with self._lock:
            if self._known is None:
                self._known = self._load()
            elif stamp != self._stamp:
                try:
                    self._known = self._load()
                except (LookupError, ValueError, sqlite3.Error) as error:
                    log.warning("the site configuration cannot be read, pages stay: %s", error)
            else:
                return self._known
            # Reading may itself touch the write-ahead log: the stamp is taken afterwards.
            self._stamp = self._stamp_now()
            return self._known

    def _load(self) -> tuple[Site, Office]:
        _number, site = history.load_current(self._home)
        return site, _office_of(site)

    def _stamp_now(self) -> tuple[int, ...]:
        database = self._home.config_db
        return _changed_ns(database), _changed_ns(database.with_name(database.name + "-wal"))


def _office_of(site: Site) -> Office:
    return Office(
        name=site.office.name,
        language=site.office.language.value,
        console_port=site.network.console_port,
        titles={
            **{f"queue:{queue.name}": queue.title for queue in site.queue},
            **{
                f"agent:{one.number}": one.name or one.number
                for one in site.agent
                if one.number not in {extension.number for extension in site.extension}
            },
            **{f"pause:{one.name}": one.title for one in site.pause_reason},
            **{f"outcome:{one.name}": one.title for queue in site.queue for one in queue.outcome},
            **{
                f"{kind}:{extension.number}": extension.name
                for extension in site.extension
                for kind in ("extension", "voicemail", "mailbox")
            },
        },
        boxes=tuple(one.number for one in site.extension if site.voicemail.settings_of(one.number)),
        time_zone=site.office.time_zone,
        extensions=frozenset(extension.number for extension in site.extension),
        members={queue.name: frozenset(queue.members) for queue in site.queue},
    )


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
