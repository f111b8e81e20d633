"""The board: a mirror of the daemons' rows, one thread a daemon.

A daemon that cannot be reached is *away*: what it showed is not known any more and leaves the
board, the others' rows stay, and the thread tries again with growing pauses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firmware.link.client import Event, Link, LinkDown, Refused, Snapshot
from firmware.link.frame import BadFrame
from firmware.link.rows import GONE, Row

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0

Rows = Mapping[str, Mapping[str, Row]]
"""Rows by kind and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The board at one moment. ``away`` names the daemons that cannot be reached."""

    rows: Rows
    away: frozenset[str]


class Board:
    """The rows of all daemons in ``links`` (name to socket). Safe to use from any thread."""

    def __init__(self, links: Mapping[str, Path]) -> None:
        self._links = links
        self._tables: dict[str, dict[str, dict[str, Row]]] = {name: {} for name in links}
        self._away = set(links)
        self._open: dict[str, Link] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Follow every daemon from now on."""
        for daemon in self._links:
            threading.Thread(
                target=self._follow, args=(daemon,), name=f"board-{daemon}", daemon=True
            ).start()

    def stop(self) -> None:
        """Let the threads end, and whoever waits in ``wait``."""
        self._stopping.set()
        self._changed.set()
        with self._lock:
            for link in self._open.values():
                link.interrupt()

    def wait(self, timeout_s: float) -> bool:
        """Wait for a change since the last ``picture``; whether there was one."""
        return self._changed.wait(timeout_s)

    def picture(self) -> Picture:
        """The rows as they are."""
        with self._lock:
            self._changed.clear()
            rows: dict[str, dict[str, Row]] = {}
            for table in self._tables.values():
                for kind, by_id in table.items():
                    rows.setdefault(kind, {}).update(by_id)
            return Picture(rows=rows, away=frozenset(self._away))

    def _follow(self, daemon: str) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                with self._opened(daemon) as link:
                    for change in link.follow():
                        self._take(daemon, change)
                        pause_s = FIRST_PAUSE_S
            except (LinkDown, Refused, BadFrame, msgspec.ValidationError) as error:
                self._lose(daemon, str(error))
            except Exception as error:
                # A bug of ours must not leave a picture that stands still and looks true.
                log.exception("what %s says cannot be followed", daemon)
                self._lose(daemon, f"{type(error).__name__} here")
            self._stopping.wait(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    @contextmanager
    def _opened(self, daemon: str) -> Iterator[Link]:
        with Link(self._links[daemon], "web") as link:
            with self._lock:
                self._open[daemon] = link
                if self._stopping.is_set():  # after ``stop`` looked for links to interrupt
                    link.interrupt()
            try:
                yield link
            finally:
                with self._lock:
                    del self._open[daemon]

    def _take(self, daemon: str, change: Snapshot | Event) -> None:
        with self._lock:
            if isinstance(change, Snapshot):
                if daemon in self._away:
                    log.info("daemon %s is there", daemon)
                self._away.discard(daemon)
                self._tables[daemon] = {
                    kind: {row.id: row for row in rows} for kind, rows in change.rows.items()
                }
            else:
                rows = self._tables[daemon].setdefault(change.kind, {})
                if change.name in GONE:
                    rows.pop(change.row.id, None)
                else:
                    rows[change.row.id] = change.row
            self._changed.set()

    def _lose(self, daemon: str, why: str) -> None:
        with self._lock:
            if daemon in self._away or self._stopping.is_set():
                return
            log.warning("daemon %s is away: %s", daemon, why)
            self._away.add(daemon)
            self._tables[daemon] = {}
            self._changed.set()
