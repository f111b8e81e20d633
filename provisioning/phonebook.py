"""The office's contacts as telephones list them: read from the store, anew when they changed."""

from __future__ import annotations

import logging
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.contact import Contact as Known
from firmware.phonebook.number import key, national
from firmware.store import contacts
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase
from provisioning.device import Contact

log = logging.getLogger(__name__)

MOST = 1000
"""Telephones hold that many and more; the older ones no more."""

_LOOK_EVERY_S = 5.0
_JOINERS = "\u200c\u200d"
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Outside:
    """Everybody in the phonebook, a line a number. ``monotonic`` gives seconds."""

    def __init__(self, home: Home, monotonic: Callable[[], float]) -> None:
        self._home = home
        self._monotonic = monotonic
        self._db: Database | None = None
        self._looked_at = float("-inf")
        self._seen: tuple[object, ...] = ()
        self._entries: tuple[Contact, ...] = ()

    def entries(self, country: str) -> tuple[Contact, ...]:
        """The contacts, at most five seconds old; the last ones while the store cannot be
        read. ``country`` is the office's: numbers are listed as they are dialled there."""
        now = self._monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return self._entries
        self._looked_at = now
        try:
            self._look(country)
        except (OSError, sqlite3.Error, NewerDatabase) as error:
            log.error("the phonebook cannot be read; telephones get the last one: %s", error)
            self.close()
        return self._entries

    def close(self) -> None:
        """Let go of the store."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _look(self, country: str) -> None:
        if self._db is None:
            self._db = open_store(self._home)
        mark = (country, *contacts.mark(self._db))
        if mark == self._seen:
            return
        found = [line for one in contacts.everyone(self._db) for line in _lines(one, country)]
        if len(found) > MOST:
            log.warning("telephones get the first %d of %d numbers", MOST, len(found))
        self._seen, self._entries = mark, tuple(found[:MOST])


def _lines(known: Known, country: str) -> Iterator[Contact]:
    for number in known.numbers:
        dialled = national(key(number.number, country), country)
        yield Contact(name=_shown(known.shown), number=dialled)


def _shown(name: str) -> str:
    """A name without what no display shows: one such letter would cost all telephones the book."""
    return "".join(c for c in name if c in _JOINERS or unicodedata.category(c) not in _UNSHOWN)
