"""The box that the console's times are measured with: a store of many calls, a large office.

Filling takes minutes, so a folder may be kept: what it has already is not written again.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import astuple, fields

from sqlite_utils import Database

from firmware.config import history
from firmware.config.home import Home
from firmware.model.record import CallRecord
from firmware.store.db import open_store
from firmware.store.sqlite import writing

SPACING_S = 30.0
FIRST_NUMBER = 2001

_BATCH = 20_000
_LINES, _QUEUES = 16, 8
_NAMES = ("مریم احمدی", "Ali Rezaei", "شرکت نمونه", "خالد العلي", "")


def fill(home: Home, count: int, now: float) -> float:
    """See that there are ``count`` calls, each tenth with a recording, each hundredth with a tag;
    when the last one began, in Unix seconds: about ``now`` in a new store."""
    with closing(open_store(home)) as db:
        first = _began_first(db)
        if first is None:
            first = now - count * SPACING_S
        for begin in range(_held(db), count, _BATCH):
            _write(db, range(begin, min(begin + _BATCH, count)), first)
    return first + count * SPACING_S


def _began_first(db: Database) -> float | None:
    found = db.execute("SELECT started_at FROM calls WHERE id = 'c0'").fetchone()
    return float(found[0]) if found else None


def _held(db: Database) -> int:
    return int(db.execute("SELECT count(*) FROM calls").fetchone()[0])


def _write(db: Database, indices: range, first: float) -> None:
    names = ", ".join(field.name for field in fields(CallRecord))
    marks = ", ".join("?" * len(fields(CallRecord)))
    insert = f"INSERT INTO calls ({names}) VALUES ({marks})"
    with writing(db):
        db.conn.executemany(insert, (astuple(_call(n, first)) for n in indices))
        db.conn.executemany(
            "INSERT INTO recordings (id, call_id, path, started_at, length_s, rate_hz, "
            "channels, bytes, sha256) VALUES (?, ?, ?, ?, 80, 8000, 2, 1, '')",
            ((f"r{n}", f"c{n}", f"{n}.wav", first) for n in indices if n % 10 == 0),
        )
        db.conn.executemany(
            "INSERT INTO call_tags (tag, call_id, by, at) VALUES (?, ?, '', 0)",
            ((f"tag{n % 300}", f"c{n}") for n in indices if n % 100 == 20),
        )


def _call(index: int, first: float) -> CallRecord:
    at = first + index * SPACING_S
    return CallRecord(
        id=f"c{index}",
        started_at=at,
        answered_at=at + 8,
        ended_at=at + 90,
        caller=f"0912{index:07d}",
        caller_name=_NAMES[index % len(_NAMES)],
        called="02122334455",
        line=f"fxo-{index % _LINES}",
        place=f"extension:{FIRST_NUMBER}",
        queue="support" if index % 3 else "sales",
        agent=str(FIRST_NUMBER + index % 50),
        disposition="abandoned" if index % 17 == 0 else "answered",
        cause=16,
    )


def large_office(extensions: int) -> str:
    """The configuration of an office of so many extensions, each with a comment, as a technician
    keeps it."""
    people = "".join(
        f"  # Room {n}, since 2026\n"
        f"  - {{number: {FIRST_NUMBER + n}, name: Person {n}, "
        f"password: password-of-{FIRST_NUMBER + n}}}\n"
        for n in range(extensions)
    )
    queues = "".join(
        f"  - name: queue{n}\n    title: Queue {n}\n"
        f"    members: [{', '.join(str(FIRST_NUMBER + n * 10 + k) for k in range(10))}]\n"
        for n in range(_QUEUES)
    )
    lines = "".join(
        f'  - {{name: fxo-{n}, kind: trunk, route: "queue:queue0"}}\n' for n in range(_LINES)
    )
    return (
        f"office: {{name: دفتر مرکزی}}\nline:\n{lines}extension:\n{people}"
        f"queue:\n  - {{name: support, title: Support, members: [{FIRST_NUMBER}]}}\n{queues}"
    )


def configure(home: Home, extensions: int) -> None:
    """Make that office the box's configuration."""
    text = large_office(extensions)
    if not home.config_db.exists() or history.current_text(home)[1] != text:
        history.apply(home, text, "bench", "a large office")
