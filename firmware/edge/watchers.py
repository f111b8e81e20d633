"""Who watches what: Kamailio's table of subscriptions, read and never written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from firmware.edge.registrations import place

_CONTACTS = """
    SELECT contact FROM active_watchers
    WHERE presentity_uri = ? AND event = 'message-summary' AND expires > ?
"""


class Watchers:
    """The subscriptions of one box. ``clock`` gives Unix seconds; the file need not exist yet."""

    def __init__(self, path: Path, realm: str, clock: Callable[[], float]) -> None:
        self._path = path
        self._realm = realm
        self._clock = clock

    def of_messages(self, number: str) -> frozenset[str]:
        """Where the telephones are that have subscribed to their own messages:
        "udp:10.0.0.5:5060"."""
        if not self._path.exists():
            return frozenset()
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            asked = (f"sip:{number}@{self._realm}", int(self._clock()))
            return frozenset(place(contact) for (contact,) in connection.execute(_CONTACTS, asked))
