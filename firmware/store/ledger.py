"""The ledger: what became of every recording, as a chain of hashes.

A recording that is kept is one line, its deletion another. Each line's hash covers what it says
and the hash before it; so whoever changes or takes out a line must write all later ones anew, and
then the last hash (the *head*) is another than the one somebody noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlite_utils import Database

from firmware.model.retention import KeptKind

KEPT = "kept"
DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. ``sha256`` is the file's; ``at`` in Unix seconds."""

    seq: int
    at: float
    event: str
    kind: str
    ident: str
    sha256: str
    who: str
    why: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What is to be written down."""

    at: float
    event: str
    ident: str
    sha256: str
    kind: str = KeptKind.RECORDING
    who: str = "box"
    why: str = ""


def append(db: Database, happened: Happened) -> Line:
    """Write the next line. To be called within a transaction (``sqlite.writing``), so that
    nobody else takes its place.

    Raises:
        sqlite3.Error: it could not be written.
    """
    seq, before = _last(db)
    line = Line(
        seq=seq + 1,
        at=happened.at,
        event=happened.event,
        kind=happened.kind,
        ident=happened.ident,
        sha256=happened.sha256,
        who=happened.who,
        why=happened.why,
        hash=_hash(before, seq + 1, happened),
    )
    db.execute(
        "INSERT INTO recording_chain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [line.seq, line.at, line.event, line.kind, line.ident,
         line.sha256, line.who, line.why, line.hash],
    )  # fmt: skip
    return line


def lines(db: Database) -> Iterator[Line]:
    """All lines, oldest first."""
    for row in db.query("SELECT * FROM recording_chain ORDER BY seq"):
        yield Line(**row)


def last_of(db: Database, kind: KeptKind, ident: str) -> Line | None:
    """The newest line about one recording."""
    for row in db.query(
        "SELECT * FROM recording_chain WHERE ident = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
        [ident, kind],
    ):
        return Line(**row)
    return None


def faults(db: Database) -> Iterator[str]:
    """What is wrong with the chain itself, line by line."""
    before, expected = "", 1
    for line in lines(db):
        if line.seq != expected:
            yield f"line {expected} of the chain is missing"
        if line.hash != _hash(before, line.seq, line):
            yield f"line {line.seq} of the chain ({line.event} {line.ident}) was changed"
        before, expected = line.hash, line.seq + 1


def head(db: Database) -> str:
    """The hash of the last line, which stands for all of them; "" before the first."""
    return _last(db)[1]


def holds_head(db: Database, noted: str) -> bool:
    """Whether a head that was noted once is still in the chain."""
    found = db.execute("SELECT 1 FROM recording_chain WHERE hash = ?", [noted]).fetchone()
    return found is not None


def _last(db: Database) -> tuple[int, str]:
    row = db.execute("SELECT seq, hash FROM recording_chain ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _hash(before: str, seq: int, line: Happened | Line) -> str:
    told = (before, seq, repr(line.at), line.event, line.kind, line.ident, line.sha256,
            line.who, line.why)  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
