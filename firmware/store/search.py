"""Looking for calls: by number, people, queue, time, length, disposition, and by what was written
about them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
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


_SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
_DIGITS = tuple(str.maketrans("".join(_SCRIPTS), script * 3) for script in _SCRIPTS)
"""From any script into each. (NFKC leaves digits of other scripts as they are.)"""


class TextKind(StrEnum):
    NOTE = "note"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty or None may be anything. Times are Unix seconds, lengths
    seconds of talk. ``number`` is any part of the caller's or the called number, ``party`` the
    whole of either, or the agent's. ``is_recorded``: whether there is a recording."""

    number: str = ""
    party: str = ""
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
    is_recorded: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose calls may be found: those of some queues, and those of one extension ("": none)."""

    queues: frozenset[str]
    extension: str


def within(wanted: Wanted, *, since: float) -> Wanted:
    """The same, but nothing from before that time."""
    return replace(wanted, since=max(since, wanted.since or since))


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
    scope: Scope | None = None,
) -> list[CallRecord]:
    """The calls that are wanted, newest first, at most ``limit``; for the next page give the last
    call's ``started_at`` and id. Without a ``scope`` all may be found."""
    rows = few(db, wanted)
    return through(db, wanted, rows, before, limit, before_id=before_id, scope=scope)


def through(
    db: Database,
    wanted: Wanted,
    rows: Sequence[int] | None,
    before: float | None,
    limit: int,
    *,
    before_id: str = "",
    scope: Scope | None = None,
    down_to: tuple[float, str] | None = None,
) -> list[CallRecord]:
    """The same, by the ``rows`` that ``few`` has found. Older calls than the place ``down_to`` are
    not looked at."""
    fragments, parameters = _conditions(wanted)
    if down_to is not None:
        fragments.append("(started_at, id) >= (:down_to, :down_to_id)")
        parameters |= {"down_to": down_to[0], "down_to_id": down_to[1]}
    if scope is not None:
        fragments.append(_IN_SCOPE)
        parameters |= {
            "scope_queues": json.dumps(sorted(scope.queues)),
            "scope_extension": scope.extension,
            "scope_place": f"extension:{scope.extension}",
        }
    if before is not None:
        fragments.append("(started_at, id) < (:before, :before_id)")
        parameters |= {"before": before, "before_id": before_id}
    # Words and tags name few calls, found by their ids, as parts of numbers and names may; else
    # the index is read in the order of time, which ends soon where many are wanted.
    by = "" if wanted.text or wanted.tag or rows is not None else "INDEXED BY calls_by_time"
    if rows is not None:
        fragments.append("rowid IN (SELECT value FROM json_each(:rows))")
        parameters["rows"] = json.dumps(list(rows))
    where = f"WHERE {' AND '.join(fragments)}" if fragments else ""
    found = db.query(
        "SELECT * FROM calls WHERE id IN ("  # noqa: S608 - fragments of our own
        f"SELECT id FROM calls {by} {where} ORDER BY started_at DESC, id DESC LIMIT :limit"
        ") ORDER BY started_at DESC, id DESC",
        {**parameters, "limit": limit},
    )
    return [CallRecord(**row) for row in found]


def few(db: Database, wanted: Wanted) -> tuple[int, ...] | None:
    """The rows of all the calls that an index finds for a part of a number or a name, or for long
    talks, where they are few: what is wanted is among them. None: they are not, or no index can
    find them, so that calls must be looked at one by one."""
    if wanted.text or wanted.tag:
        return None
    _fragments, parameters = _conditions(wanted)
    for key, rows in _NARROW.items():
        if parameters[key] not in ("", None):
            found = db.execute(f"{rows} LIMIT {_FEW}", parameters).fetchall()
            if len(found) < _FEW:
                return tuple(int(row[0]) for row in found)
    return None


def place_before(
    db: Database, before: float | None, before_id: str, calls: int
) -> tuple[float, str] | None:
    """The place so many calls further back, so that a search looks at no more of them at once;
    None when there are not so many."""
    found = db.execute(
        "SELECT started_at, id FROM calls INDEXED BY calls_by_time "
        "WHERE (started_at, id) < (?, ?) ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET ?",
        [_FOR_EVER if before is None else before, before_id, calls],
    ).fetchone()
    return None if found is None else (float(found[0]), str(found[1]))


_FOR_EVER = 1e18

_IN_SCOPE = (
    "(queue IN (SELECT value FROM json_each(:scope_queues)) OR (:scope_extension <> '' AND "
    "(:scope_extension IN (caller, called, agent) OR place = :scope_place)))"
)


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


def change_text(db: Database, ident: int, text: str) -> str:
    """Write a note anew, or take it away (""); what it was.

    Raises:
        KeyError: there is no such text.
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        found = db.execute("SELECT text FROM call_texts WHERE id = ?", [ident]).fetchone()
        if found is None:
            raise KeyError(ident)
        # The index keeps no text of its own: what it is to forget must be said (FTS5 §4.4.2).
        db.execute(
            "INSERT INTO call_words (call_words, rowid, text) VALUES ('delete', ?, ?)",
            [ident, folded(found[0])],
        )
        if text:
            db.execute("UPDATE call_texts SET text = ? WHERE id = ?", [text, ident])
            db.execute("INSERT INTO call_words (rowid, text) VALUES (?, ?)", [ident, folded(text)])
        else:
            db.execute("DELETE FROM call_texts WHERE id = ?", [ident])
    return str(found[0])


def notes_of(db: Database, call_id: str) -> list[tuple[int, CallText]]:
    """What was written about a call with the ids by which it is changed, oldest first."""
    found = db.query("SELECT * FROM call_texts WHERE call_id = ? ORDER BY at, id", [call_id])
    return [(int(row.pop("id")), CallText(**row)) for row in found]


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


def phrase(text: str) -> str:
    """Words as FTS5 takes them: each must be there, the last may be the beginning of one. Digits
    may be written in any script."""
    *words, last = folded(text).replace("\0", " ").replace('"', '""').split() or [""]
    terms = [_in_any_digits(word) for word in words] + ([_in_any_digits(last, "*")] if last else [])
    return " AND ".join(terms)


def _in_any_digits(word: str, more: str = "") -> str:
    written = dict.fromkeys((word, *(word.translate(digits) for digits in _DIGITS)))
    return "(" + " OR ".join(f'"{one}"{more}' for one in written) + ")"


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    """The fragments that are asked for, and the values of all."""
    values = asdict(wanted)
    values |= {"text": phrase(wanted.text), "tag": folded(wanted.tag), "name": _part(wanted.name)}
    values["parties"] = " AND ".join(filter(None, map(_triples, (wanted.number, wanted.name))))
    fragments = [sql for key, sql in _FRAGMENTS.items() if values[key] not in ("", None)]
    return fragments, values


_FRAGMENTS = {
    "number": "(instr(caller, :number) OR instr(called, :number))",
    "party": ":party IN (caller, called, agent)",
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
    "is_recorded": ("EXISTS (SELECT 1 FROM recordings WHERE call_id = calls.id) = :is_recorded"),
}


_FEW = 5_000

_NARROW = {
    "parties": "SELECT rowid FROM call_parties WHERE call_parties MATCH :parties",
    "shortest_s": (
        "SELECT rowid FROM calls INDEXED BY calls_by_talk "
        "WHERE ended_at - answered_at >= :shortest_s"
    ),
}


def _triples(part: str) -> str:
    """What each call with this part has, as FTS5 takes it: three letters after three of it, and
    the last three; "" for a part that is too short."""
    last = len(part) - 3
    starts = sorted({*range(0, last, 3), last}) if last >= 0 else []
    found = [part[start : start + 3].replace('"', '""') for start in starts]
    return " AND ".join(f'"{three}"' for three in found if "\0" not in three)


def _part(name: str) -> str:
    """Any part of a name, as LIKE takes it."""
    for sign in "~%_":
        name = name.replace(sign, f"~{sign}")
    return f"%{name}%" if name else ""
