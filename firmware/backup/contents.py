"""What of the box's folder goes into a backup: what cannot be made again, and nothing else.

Databases come first. A row that says "message 17 is in this file" is written after the file, so a
file of every row is there when the files are read after the rows; one that came meanwhile is one
file too many, which harms nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from firmware.backup.failure import BackupFailed
from firmware.config.home import Home

RECORDINGS = "recordings"

FOLDERS = (
    "config",
    "store",
    "voicemail",
    "prompts",
    "flows",
    "tables",
    "provision",
    "learning",
    "outbox",
    "edge/tls",
)
"""Below the box's folder. Of ``edge`` only the certificate: the rest is made at every start."""

_LEFT_OUT = (PurePosixPath("provision/logs"),)
_DATABASE = ".sqlite"
_BESIDE_DATABASES = (f"{_DATABASE}-wal", f"{_DATABASE}-shm", f"{_DATABASE}-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What goes in, as paths below the box's folder."""

    databases: tuple[PurePosixPath, ...]
    files: tuple[PurePosixPath, ...]


def find(home: Home, *, recordings: bool) -> Found:
    """Look what there is now.

    Raises:
        OSError: a folder cannot be read.
    """
    folders = (*FOLDERS, RECORDINGS) if recordings else FOLDERS
    paths = [path for folder in folders for path in _below(home.root, folder)]
    return Found(
        databases=tuple(path for path in paths if path.suffix == _DATABASE),
        files=tuple(path for path in paths if path.suffix != _DATABASE),
    )


def is_ours(path: PurePosixPath) -> bool:
    """Whether a file of this name may be in a backup."""
    if path.is_absolute() or ".." in path.parts:
        return False
    folders = map(PurePosixPath, (*FOLDERS, RECORDINGS))
    return any(path != folder and path.is_relative_to(folder) for folder in folders)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that others are writing to, as it is at one moment.

    By SQLite's own backup in one step: it holds a read transaction, which in a write-ahead log
    hinders no writer. The file must not be opened in any other way: to close it would take away
    every lock this program has on it (fcntl(2)).

    Raises:
        BackupFailed: the database is damaged.
        OSError, sqlite3.Error: it cannot be read, or the copy not be written.
    """
    # not "mode=ro": a read-only connection cannot make the -shm file of a log that has none
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    if fault := fault_of(target):
        raise BackupFailed(f"{source} is damaged: {fault}")


def fault_of(database: Path) -> str:
    """What SQLite finds wrong with a database that nobody has open; "" when it is whole."""
    try:
        with closing(sqlite3.connect(database)) as db:
            [answer] = db.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if answer == "ok" else str(answer)


def _below(root: Path, folder: str) -> Iterator[PurePosixPath]:
    """The files below a folder, in order. No links are followed, and what is being written
    (``*.part``) is left out."""
    for path in sorted((root / folder).rglob("*")):
        place = PurePosixPath(path.relative_to(root))
        if path.is_symlink() or not path.is_file() or path.name.endswith(".part"):
            continue
        if place.name.endswith(_BESIDE_DATABASES) or _is_left_out(place):
            continue
        yield place


def _is_left_out(place: PurePosixPath) -> bool:
    return any(place.is_relative_to(folder) for folder in _LEFT_OUT)
