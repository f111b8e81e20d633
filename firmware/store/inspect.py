"""Inspection: whether files, rows and ledger of the recordings agree.

An encrypted file is checked as it lies there: its hash is that of the cipher, so no key is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.model.retention import KeptKind
from firmware.store import ledger, recordings


class Fault(StrEnum):
    MISSING = "missing"  # a row without its file
    CHANGED = "changed"  # a file that is not the one that was kept
    UNREADABLE = "unreadable"
    UNLISTED = "unlisted"  # a row that is not in the ledger, or otherwise there
    LOST = "lost"  # in the ledger as kept, and neither a row nor a deletion
    EXTRA = "extra"  # a file without a row
    CHAIN = "chain"  # the ledger itself was changed


GRAVE = frozenset({Fault.CHAIN, Fault.UNLISTED, Fault.LOST})
"""Somebody wrote in the store, or a database was put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    what: str


def inspect(home: Home, db: Database) -> Iterator[Finding]:
    """Everything that is wrong. Reads every file. Recordings may come and go meanwhile."""
    db.execute("BEGIN")  # ledger and rows of one instant
    try:
        chain_faults, kept = list(ledger.faults(db)), _kept_by_ledger(db)
        rows = list(recordings.every(db))
    finally:
        db.execute("COMMIT")
    for text in chain_faults:
        yield Finding(fault=Fault.CHAIN, what=text)
    for record in rows:
        if kept.pop(record.id, None) != record.sha256:
            yield Finding(fault=Fault.UNLISTED, what=f"{record.id}: its row is not in the ledger")
        for finding in _of_file(home, record):
            if recordings.find(db, record.id) is not None:  # it was not deleted just now
                yield finding
    for ident in kept:
        yield Finding(fault=Fault.LOST, what=f"{ident}: kept, and its row is gone")
    paths = {record.path for record in rows}
    for path in sorted(home.recordings.glob("*/*/*/[!.]*")):  # with a dot: not whole yet
        place = str(path.relative_to(home.recordings))
        if place not in paths and recordings.find(db, recordings.ident_of(path)) is None:
            yield Finding(fault=Fault.EXTRA, what=place)


def _kept_by_ledger(db: Database) -> dict[str, str]:
    """What the ledger says is there: id to SHA-256."""
    kept: dict[str, str] = {}
    for line in ledger.lines(db):
        if line.kind != KeptKind.RECORDING:
            continue
        if line.event == ledger.KEPT:
            kept[line.ident] = line.sha256
        else:
            kept.pop(line.ident, None)
    return kept


def _of_file(home: Home, record: RecordingRecord) -> Iterator[Finding]:
    try:
        digest = _digest(home.recordings / record.path)
    except FileNotFoundError:
        yield Finding(fault=Fault.MISSING, what=record.path)
    except OSError as error:
        yield Finding(fault=Fault.UNREADABLE, what=f"{record.path}: {error.strerror}")
    else:
        if digest != record.sha256:
            yield Finding(fault=Fault.CHANGED, what=record.path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
