"""What switchd is recording now, followed over its link by a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from firmware.config.home import Home
from firmware.link.client import Link, LinkDown, Refused, Snapshot

log = logging.getLogger(__name__)

_RETRY_S = 1.0


class Feed:
    """Keeps the set of recordings that live. ``on_end`` is called, in the feed's thread, when
    one ended and whenever switchd came back."""

    def __init__(self, home: Home, on_end: Callable[[], None]) -> None:
        self._path = home.link("switchd")
        self._on_end = on_end
        self._live: frozenset[str] | None = None
        self._closed = threading.Event()

    @property
    def live(self) -> frozenset[str] | None:
        """The ids of the recordings switchd is making; None while it does not answer."""
        return self._live

    def start(self) -> None:
        """Follow until the process ends: the thread mostly sits in a read."""
        threading.Thread(target=self._run, name="switchd-feed", daemon=True).start()

    def close(self) -> None:
        """Do not connect again."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with Link(self._path, "recorder") as link:
                    self._follow(link)
            except (LinkDown, Refused):
                if self._live is not None:
                    log.info("switchd went away; recordings that are done are still finished")
                self._live = None
                self._closed.wait(_RETRY_S)

    def _follow(self, link: Link) -> None:
        for change in link.follow():
            if isinstance(change, Snapshot):
                self._live = frozenset(row.id for row in change.rows.get("recording", ()))
                self._on_end()
            elif change.name == "recording.ended":
                self._live = (self._live or frozenset()) - {change.row.id}
                self._on_end()
            elif change.kind == "recording":
                self._live = (self._live or frozenset()) | {change.row.id}
