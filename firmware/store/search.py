"""Looking for calls: by number, people, queue, time, length, disposition, and by what was written
about them."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlite_utils import Database

from firmware.model.record import CallRecord
from firmware.store.sqlite import writing

_ONE_LETTER = {
    0x064A: "\u06cc",  # Arabic yeh: Persian yeh
    0x0649: "\u06cc",  # alef maksura
    0x0643: "\u06a9",  # Arabic kaf: Persian keheh
    0x0629: "\u0647",  # teh marbuta: heh
    0x200C: " ",  # zero width non-joiner: nobody types it
    0x0640: "",  # tatweel
}
"""Signs that Persian and Arabic write differently, or only some write, are one here: in what is
kept and in what is looked for."""


class TextKind(StrEnum):
    NOTE = "note"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty or None may be anything. Times are Unix seconds, lengths
    seconds of talk. ``number`` is any part of the caller's or the called number."""

    number: str = ""
    name: str = ""
    agent: str = ""
    queue: str = ""
    line: str = ""
    disposition: str = ""
    since: float | None = None
    until: float | None = None
    shortest_s: float | None = None
    longest_s: float | None = None
    text: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """Something written about a call."""

    call_id: str
    kind: str
    by: str
    at: float
    text: str


def search(
    db: Database,
    wanted: Wanted,
    before: float | None = None,
    limit: int = 50,
    *,
    before_id: str = "",
) -> list[CallRecord]:
    """The calls that are wanted, newest first, at most ``limit``; for the next page give the last
    call's ``started_at`` and id."""
    fragments, parameters = _conditions(wanted)
    if before is not None:
        fragments.append("(started_at, id) < (:before, :before_id)")
        parameters |= {"before": before, "before_id": before_id}
    # Words and tags name few calls, found by their ids, as parts of numbers and names may; else
    # the index is read in the order of time, which ends soon where many are wanted.
    by = ""
    if not wanted.text and not wanted.tag:
        few = _few(db, parameters)
        fragments += few
        by = "" if few else "INDEXED BY calls_by_time"
    where = f"WHERE {' AND '.join(fragments)}" if fragments else ""
    found = db.query(
        "SELECT * FROM calls WHERE id IN ("  # noqa: S608 - fragments of our own
        f"SELECT id FROM calls {by} {where} ORDER BY started_at DESC, id DESC LIMIT :limit"
        ") ORDER BY started_at DESC, id DESC",
        {**parameters, "limit": limit},
    )
    return [CallRecord(**row) for row in found]


def write_text(db: Database, text: CallText) -> None:
    """Keep a note or a transcript; its words are found from now on.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        cursor = db.execute(
            "INSERT INTO call_texts (call_id, kind, by, at, text) VALUES (?, ?, ?, ?, ?)",
            [text.call_id, text.kind, text.by, text.at, text.text],
        )
        db.execute(
            "INSERT INTO call_words (rowid, text) VALUES (?, ?)",
            [cursor.lastrowid, folded(text.text)],
        )


def texts_of(db: Database, call_id: str) -> list[CallText]:
    """What was written about a call, oldest first."""
    found = db.query(
        "SELECT call_id, kind, by, at, text FROM call_texts WHERE call_id = ? ORDER BY at, id",
        [call_id],
    )
    return [CallText(**row) for row in found]


def tag(db: Database, call_id: str, name: str, *, by: str, at: float) -> None:
    """Put a call among those with a tag.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        db.execute(
            "INSERT OR IGNORE INTO call_tags (tag, call_id, by, at) VALUES (?, ?, ?, ?)",
            [folded(name), call_id, by, at],
        )


def untag(db: Database, call_id: str, name: str) -> None:
    """Take a tag off a call.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        db.execute("DELETE FROM call_tags WHERE tag = ? AND call_id = ?", [folded(name), call_id])


def tags_of(db: Database, call_id: str) -> list[str]:
    """A call's tags, in order."""
    found = db.query("SELECT tag FROM call_tags WHERE call_id = ? ORDER BY tag", [call_id])
    return [row["tag"] for row in found]


def folded(text: str) -> str:
    """A text in the form in which it is found whichever keyboard wrote it."""
    return unicodedata.normalize("NFKC", text).translate(_ONE_LETTER).casefold().strip()


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    """The fragments that are asked for, and the values of all."""
    values = asdict(wanted)
    values |= {"text": _phrase(wanted.text), "tag": folded(wanted.tag), "name": _part(wanted.name)}
    values["parties"] = " AND ".join(filter(None, map(_triples, (wanted.number, wanted.name))))
    fragments = [sql for key, sql in _FRAGMENTS.items() if values[key] not in ("", None)]
    return fragments, values


_FRAGMENTS = {
    "number": "(instr(caller, :number) OR instr(called, :number))",
    "name": "caller_name LIKE :name ESCAPE '~'",
    "agent": "agent = :agent",
    "queue": "queue = :queue",
    "line": "line = :line",
    "disposition": "disposition = :disposition",
    "since": "started_at >= :since",
    "until": "started_at < :until",
    "shortest_s": "ended_at - answered_at >= :shortest_s",
    "longest_s": "ended_at - answered_at <= :longest_s",
    "text": (
        "id IN (SELECT call_id FROM call_texts WHERE id IN "
        "(SELECT rowid FROM call_words WHERE call_words MATCH :text))"
    ),
    "tag": "id IN (SELECT call_id FROM call_tags WHERE tag = :tag)",
}


_FEW = 5_000

_NARROW = {
    "parties": "SELECT rowid FROM call_parties WHERE call_parties MATCH :parties",
    "shortest_s": (
        "SELECT rowid FROM calls INDEXED BY calls_by_talk "
        "WHERE ended_at - answered_at >= :shortest_s"
    ),
}


def _few(db: Database, parameters: dict[str, object]) -> list[str]:
    """A condition that only few calls meet, if there is one."""
    for key, rows in _NARROW.items():
        if parameters[key] not in ("", None):
            counted = f"SELECT count(*) FROM ({rows} LIMIT {_FEW})"  # noqa: S608 - our own
            if db.execute(counted, parameters).fetchone()[0] < _FEW:
                return [f"rowid IN ({rows})"]
    return []


def _triples(part: str) -> str:
    """What each call with this part has, as FTS5 takes it: every three letters of it; "" for a
    part that is too short."""
    found = [part[start : start + 3].replace('"', '""') for start in range(len(part) - 2)]
    return " AND ".join(f'"{three}"' for three in found if "\0" not in three)


def _part(name: str) -> str:
    """Any part of a name, as LIKE takes it."""
    for sign in "~%_":
        name = name.replace(sign, f"~{sign}")
    return f"%{name}%" if name else ""


def _phrase(text: str) -> str:
    """Words as FTS5 takes them: each must be there, the last may be the beginning of one."""
    words = [word.replace('"', '""') for word in folded(text).replace("\0", " ").split()]
    return " ".join(f'"{word}"' for word in words) + ("*" if words else "")
