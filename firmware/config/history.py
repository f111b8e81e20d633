"""The history of the site configuration: every accepted version, the newest is current.

A version is never changed or removed. An undo adds a new version with the text of the one
before, and remembers whose text it is, so that undoing again goes further back.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.config import beside, document
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.store.sqlite import open_file, steps_of, writing

_STEPS = steps_of("firmware.config.migrations")


class NoConfiguration(LookupError):
    """The box has no site configuration yet, or not the version asked for."""


class MovedOn(ValueError):
    """Another version was accepted since the one that a change was made of. Nothing was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"version {number} was accepted meanwhile")
        self.number = number


class NothingToDo(ValueError):
    """The text is the current configuration already, or there is nothing before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One accepted version, without its text. ``accepted_at`` is in Unix seconds; ``restores``
    is the number of the version an undo brought back."""

    number: int
    accepted_at: float
    author: str
    comment: str
    restores: int | None


def load_current(home: Home) -> tuple[int, Site]:
    """The number of the current version and the site it describes.

    Raises:
        NoConfiguration: there is none yet.
        ConfigRejected: it was accepted by another release and this one finds problems in it.
    """
    number, text = current_text(home)
    return number, document.parse(text)


def current_text(home: Home) -> tuple[int, str]:
    """The number and the text of the current version, secrets included.

    Raises:
        NoConfiguration: there is none yet.
    """
    with _history(home) as db:
        return _current(db, home)


def text_of(home: Home, number: int) -> str:
    """The text of one version, secrets included.

    Raises:
        NoConfiguration: there is no such version.
    """
    with _history(home) as db:
        return _text(db, number)


def versions(home: Home) -> list[Version]:
    """Every version, newest first. Empty when there is no configuration yet."""
    if not home.config_db.exists():
        return []
    with _history(home) as db:
        rows = db.query(
            "SELECT number, accepted_at, author, comment, restores FROM version "
            "ORDER BY number DESC"
        )
        return [Version(**row) for row in rows]


def create_first(home: Home, site: Site) -> int:
    """Make ``site`` version 1 of a box that has none.

    Raises:
        NothingToDo: there is a configuration already; it stays.
        ConfigRejected: the site has problems between its parts.
    """
    text = document.dump(site, secrets=True)
    document.parse(text)
    with _history(home, create=True) as db, writing(db):
        if db.execute("SELECT 1 FROM version").fetchone():
            raise NothingToDo(f"{home.config_db} holds a configuration already")
        return _add(db, text, author="set-up", comment="first configuration")


def apply(home: Home, text: str, author: str, comment: str, *, based_on: int | None = None) -> int:
    """Make ``text`` the current configuration and return its number. It is validated whole
    first; with any problem the current one stays. With ``based_on``, only if that version is
    still the current one.

    Raises:
        ConfigRejected: with every problem found.
        MovedOn: it is not.
        NothingToDo: it is the current text, to the letter.
    """
    problems = list(beside.check(document.parse(text), home))
    if problems:
        raise ConfigRejected(problems)
    with _history(home, create=True) as db, writing(db):
        row = db.execute("SELECT number, text FROM version ORDER BY number DESC").fetchone()
        if row is not None and based_on not in {None, row[0]}:
            raise MovedOn(int(row[0]))
        if row is not None and row[1] == text:
            raise NothingToDo(f"this is the current configuration already (version {row[0]})")
        return _add(db, text, author=author, comment=comment)


def undo(home: Home, author: str) -> int:
    """Bring back the version before the current one, as a new version; return its number.

    Raises:
        NoConfiguration: there is none yet.
        NothingToDo: nothing was before it.
        ConfigRejected: the one before was accepted by another release and has problems now.
    """
    with _history(home) as db, writing(db):
        number, _text_now = _current(db, home)
        origin = _origin(db, number)
        if origin == 1:
            raise NothingToDo(f"version {number} has the text of version 1: nothing was before it")
        before = _origin(db, origin - 1)
        text = _text(db, before)
        document.parse(text)
        comment = f"undo of version {origin}: back to version {before}"
        return _add(db, text, author=author, comment=comment, restores=before)


def bring_back_accepted(home: Home, author: str) -> int | None:
    """After a roll-back: when this release does not accept the current version, bring back the
    newest one that it does accept, as a new version. Its number; None when the current one is
    accepted, or none is (starting the box then says why), or there is none."""
    if not home.config_db.exists():
        return None
    with _history(home) as db, writing(db):
        rows = db.execute("SELECT number, text FROM version ORDER BY number DESC").fetchall()
        accepted = next((number for number, text in rows if _is_accepted(text)), None)
        if accepted is None or accepted == rows[0][0]:
            return None
        comment = f"version {rows[0][0]} is of a newer release: back to version {accepted}"
        text = _text(db, accepted)
        return _add(db, text, author=author, comment=comment, restores=accepted)


def _is_accepted(text: str) -> bool:
    try:
        document.parse(text)
    except ConfigRejected:
        return False
    return True


@contextmanager
def _history(home: Home, *, create: bool = False) -> Iterator[Database]:
    if not create and not home.config_db.exists():
        raise _none_yet(home)
    with closing(open_file(home.config_db, _STEPS)) as db:
        yield db


def _none_yet(home: Home) -> NoConfiguration:
    return NoConfiguration(
        f"there is no site configuration in {home.config_db} yet: start the box once with "
        f"`markaz run`, or give it one with `markaz config apply FILE`"
    )


def _current(db: Database, home: Home) -> tuple[int, str]:
    row = db.execute("SELECT number, text FROM version ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        raise _none_yet(home)
    return int(row[0]), str(row[1])


def _text(db: Database, number: int) -> str:
    row = db.execute("SELECT text FROM version WHERE number = ?", [number]).fetchone()
    if row is None:
        raise NoConfiguration(f"there is no version {number} of the site configuration")
    return str(row[0])


def _origin(db: Database, number: int) -> int:
    """The version whose text ``number`` has: itself, unless it is an undo."""
    row = db.execute("SELECT restores FROM version WHERE number = ?", [number]).fetchone()
    return number if row is None or row[0] is None else int(row[0])


def _add(db: Database, text: str, *, author: str, comment: str, restores: int | None = None) -> int:
    cursor: sqlite3.Cursor = db.execute(
        "INSERT INTO version (number, accepted_at, author, comment, text, restores) "
        "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM version), ?, ?, ?, ?, ?)",
        [time.time(), author, comment, text, restores],
    )
    return int(cursor.lastrowid or 0)
