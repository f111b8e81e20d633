"""The site configuration in memory, for what looks at it every minute; read again if it changed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site


class KeptSite:
    """To open the configuration's file every minute would write to the card every minute (SQLite
    makes its log anew and removes it). ``taken_up`` is called by whoever reads, before what
    changed is read."""

    def __init__(self, home: Home, taken_up: Callable[[], None]) -> None:
        self._home = home
        self._taken_up = taken_up
        self._site: Site | None = None
        self._changed = threading.Event()
        self._changed.set()

    def changed(self) -> None:
        """It has changed: the next reading takes it up. From any thread."""
        self._changed.set()

    def read(self) -> Site | None:
        """The site; None while there is none.

        Raises:
            ConfigRejected, OSError, sqlite3.Error: it cannot be read; the next time it is tried
                again.
        """
        if self._changed.is_set():
            self._changed.clear()  # before it is read: a change meanwhile is read the next time
            self._taken_up()
            try:
                self._site = history.load_current(self._home)[1]
            except history.NoConfiguration:
                pass
            except Exception:
                self._changed.set()
                raise
        return self._site
