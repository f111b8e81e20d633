"""The phonebook as desks ask it: in memory, read again only when a contact was changed. A desk
looks every second and a half, and ten thousand contacts take longer than the rest of a look."""

from __future__ import annotations

import threading

from flask import current_app
from sqlite_utils import Database

from firmware.phonebook.index import Phonebook
from firmware.store import contacts


class Book:
    """The contacts of one box. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: tuple[object, ...] = ()
        self._read = Phonebook()

    def read(self, db: Database, country: str) -> Phonebook:
        """The phonebook as it is.

        Raises:
            sqlite3.Error: the store cannot be read.
        """
        mark = (country, *contacts.mark(db))
        with self._lock:
            if mark != self._mark:
                self._read = Phonebook(contacts.everyone(db), country=country)
                self._mark = mark
            return self._read


def phonebook(db: Database, country: str) -> Phonebook:
    """The phonebook of this console's box; ``country`` is where numbers are dialled ("ir").

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    book: Book = current_app.extensions.setdefault("markaz-desk-book", Book())
    return book.read(db, country)
