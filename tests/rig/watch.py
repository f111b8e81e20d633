"""What a daemon reports over its link, kept as it comes: for tests that wait for an event."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.link.client import Event, Link, LinkDown
from tests.rig.until import TooLate


class Watch:
    """Every event of one daemon from now on, and its rows as they were before.

    ``told`` is called with each as it comes, in a thread of its own.
    """

    def __init__(self, path: Path, told: Callable[[Event], None] = lambda _event: None) -> None:
        self.events: list[Event] = []
        self._told = told
        self._changed = threading.Condition()
        self._daemon = path.stem
        self._link = Link(path, "rig")
        self._lost = False
        self._subscribed = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"watch {path.stem}", daemon=True)
        self._thread.start()
        self._subscribed.wait(5.0)

    def wait(
        self, matches: Callable[[Event], bool], timeout_s: float, what: str, *, since: int = 0
    ) -> Event:
        """The first event that ``matches`` among those there are and those to come, leaving out
        the first ``since``.

        Raises:
            TooLate: none came; the text has those that did.
        """
        found: list[Event] = []

        def seen() -> bool:
            found[:] = [event for event in self.events[since:] if matches(event)]
            return bool(found) or self._lost

        with self._changed:
            self._changed.wait_for(seen, timeout_s)
            if found:
                return found[0]
            came = ", ".join(event.name for event in self.events[since:])
        lost = "; the link was lost" if self._lost else ""
        raise TooLate(f"{self._daemon}: no {what} within {timeout_s:g} s{lost}; came: {came}")

    def named(self, name: str, timeout_s: float = 5.0, *, since: int = 0) -> Event:
        """The first event with this name.

        Raises:
            TooLate: none came.
        """
        return self.wait(lambda event: event.name == name, timeout_s, name, since=since)

    def close(self) -> None:
        """Stop watching."""
        self._link.interrupt()
        self._thread.join(5.0)
        self._link.close()

    def _follow(self) -> None:
        try:
            for event in self._events():
                self._told(event)
                with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()
        except LinkDown:
            with self._changed:
                self._lost = True
                self._changed.notify_all()

    def _events(self) -> Iterator[Event]:
        for change in self._link.follow():
            if isinstance(change, Event):
                yield change
                continue
            for kind, rows in change.rows.items():
                for row in rows:
                    yield Event(name=f"{kind}.snapshot", at=time.time(), kind=kind, row=row)
            self._subscribed.set()
