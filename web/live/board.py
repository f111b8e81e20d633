"""The board: a mirror of the daemons' rows, one thread a daemon.

A daemon that cannot be reached is *away*: what it showed is not known any more and leaves the
board, the others' rows stay, and the thread tries again with growing pauses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from firmware.link.client import Event, Link, LinkDown, Refused, Snapshot
from firmware.link.frame import BadFrame
from firmware.link.rows import GONE, LineRow, Row
from web.live.box import Box

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0

Rows = Mapping[str, Mapping[str, Row]]
"""Rows by kind and id."""

R = TypeVar("R", bound=Row)

NO_DIAL_TONE = "no dial tone"
"""What lined notes when it gave up waiting for one (``LineRow.note``)."""

_TONE_PROVEN = frozenset({"line.ready", "line.ring_began", "line.cut", "line.lost", "line.removed"})
"""Events after which a line without dial tone is one no more, or is worse off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The board at one moment. ``away`` names the daemons that cannot be reached; ``toneless``
    the lines that gave no dial tone when it was last wanted, and since when (Unix seconds)."""

    rows: Rows
    away: frozenset[str]
    box: Box = field(default_factory=Box)
    toneless: Mapping[str, float] = field(default_factory=dict)


def rows_of(picture: Picture, cls: type[R], kind: str) -> Mapping[str, R]:
    """The rows of one kind by id."""
    rows = picture.rows.get(kind, {})
    return {ident: row for ident, row in rows.items() if isinstance(row, cls)}


class Board:
    """The rows of all daemons in ``links`` (name to socket). Safe to use from any thread."""

    def __init__(self, links: Mapping[str, Path]) -> None:
        self._links = links
        self._tables: dict[str, dict[str, dict[str, Row]]] = {name: {} for name in links}
        self._away = set(links)
        self._toneless: dict[str, float] = {}
        self._box = Box()
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
        """The rows as they are, for whoever follows them with ``wait``: one thread, the ticker."""
        with self._lock:
            self._changed.clear()
        return self.peek()

    def peek(self) -> Picture:
        """The rows as they are, for anybody."""
        with self._lock:
            rows: dict[str, dict[str, Row]] = {}
            for table in self._tables.values():
                for kind, by_id in table.items():
                    rows.setdefault(kind, {}).update(by_id)
            return Picture(
                rows=rows,
                away=frozenset(self._away),
                box=self._box,
                toneless=dict(self._toneless),
            )

    def show_box(self, box: Box) -> None:
        """Show the box as it is now."""
        with self._lock:
            if box != self._box:
                self._box = box
                self._changed.set()

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
                self._listen_for_tone(change)
            self._changed.set()

    def _listen_for_tone(self, change: Event) -> None:
        """A line's next event forgets that there was no dial tone; people must not."""
        if isinstance(change.row, LineRow):
            if change.name == "line.failed" and change.row.note == NO_DIAL_TONE:
                self._toneless[change.row.id] = change.at
            elif change.name in _TONE_PROVEN:
                self._toneless.pop(change.row.id, None)

    def _lose(self, daemon: str, why: str) -> None:
        with self._lock:
            if daemon in self._away or self._stopping.is_set():
                return
            log.warning("daemon %s is away: %s", daemon, why)
            self._away.add(daemon)
            self._tables[daemon] = {}
            if daemon == "lined":
                self._toneless.clear()
            self._changed.set()
