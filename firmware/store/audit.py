"""The audit: who did what, when and from where. What was done with recordings has a table of its
own, which the recorder writes too; what was changed in the office, and who came in, is a trail
with before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

ONE_HEARING_S = 60.0
"""A player asks for a file again and again as somebody moves about in it. What the same person
asks of the same recording within this time is one hearing."""


class Deed(StrEnum):
    PLAYED = "played"
    EXPORTED = "exported"
    DELETED = "deleted"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One deed, at a time in Unix seconds. ``place`` is the address it came from, or "cli"."""

    at: float
    who: str
    place: str
    what: str
    ident: str
    detail: str = ""


def note(db: Database, done: Done) -> None:
    """Write a deed down.

    Raises:
        sqlite3.Error: it could not be written; then it must not be done either.
    """
    db.execute(
        "INSERT INTO recording_audit (at, who, place, what, ident, detail) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [done.at, done.who, done.place, done.what, done.ident, done.detail],
    )


def note_hearing(db: Database, done: Done) -> None:
    """Write down that somebody listens, once for each hearing.

    Raises:
        sqlite3.Error: it could not be written; then nothing may be played.
    """
    row = db.execute(
        "SELECT max(at) FROM recording_audit "
        "WHERE ident = ? AND who = ? AND place = ? AND what = ?",
        [done.ident, done.who, done.place, done.what],
    ).fetchone()
    # A clock that was set back must not hide hearings until it has caught up.
    if row[0] is None or not 0 <= done.at - float(row[0]) < ONE_HEARING_S:
        note(db, done)


def newest(db: Database, limit: int, ident: str = "") -> list[Done]:
    """The newest deeds, newest first; with ``ident`` only those on one recording."""
    columns = "at, who, place, what, ident, detail"
    found = db.query(
        f"SELECT {columns} FROM recording_audit "  # noqa: S608 - our own names
        "WHERE ? IN ('', ident) ORDER BY id DESC LIMIT ?",
        [ident, limit],
    )
    return [Done(**row) for row in found]


class Change(StrEnum):
    """What the trail of the office tells. Its subjects: a user's name; a path of the site
    configuration; a telephone, a line; what was exported."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    COOKIE_SUSPECT = "cookie_suspect"  # a session's cookie in another browser; the session ended
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word, not one
    FACTOR_ENROLLED = "factor_enrolled"
    FACTOR_RESET = "factor_reset"
    RECOVERY_USED = "recovery_used"
    RECOVERY_RENEWED = "recovery_renewed"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    FACTOR_RULES = "factor_rules"
    SETTINGS = "settings"
    ORDERED = "ordered"  # an order to a daemon: a telephone adopted, a line tested
    EXPORTED = "exported"
    TOKEN_MADE = "token_made"  # noqa: S105 - a word, not one
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the same
    CALL_EVALUATED = "call_evaluated"
    CARD_CHANGED = "card_changed"  # a score-card: a new version, retired, taken up again
    SAMPLE_DRAWN = "sample_drawn"  # calls that are to be evaluated
    CALIBRATION = "calibration"  # asked for, ended
    ARTICLE_CHANGED = "article_changed"
    PHONEBOOK = "phonebook"  # a contact was added, changed or removed, or a file of them taken in
    CALL_NOTED = "call_noted"  # a note or a tag of a call was written, changed or taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the trail. ``before`` and ``after`` are what JSON can say; never a secret."""

    at: float
    who: str
    place: str  # the address it came from, or "cli"
    deed: str
    subject: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the trail is wanted: empty is anything. ``since`` and ``until`` in Unix seconds.
    ``subject`` is any part of one unless ``exact``."""

    who: str = ""
    deed: str = ""
    subject: str = ""
    exact: bool = False
    since: float | None = None
    until: float | None = None


def write(db: Database, entry: Entry) -> None:
    """Add to the trail.

    Raises:
        sqlite3.Error: it could not be written.
        TypeError: before or after is nothing that JSON can say.
    """
    db.execute(
        "INSERT INTO audit (at, who, place, deed, subject, before, after) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            *(entry.at, entry.who, entry.place, str(entry.deed), entry.subject),
            *(json.dumps(side, ensure_ascii=False) for side in (entry.before, entry.after)),
        ],
    )


Place = tuple[float, str, int]
"""Where an entry stands in the list: its time, its table, its id."""


def trail(
    db: Database, asked: Asked, limit: int, *, below: Place | None = None
) -> list[tuple[Place, Entry]]:
    """The newest entries, newest first, each with its place in the list; ``below`` is the place
    after which to go on. What was done with recordings is among them."""
    conditions = _conditions(asked)
    if below is not None:
        conditions.append(("(at, source, id) < (?, ?, ?)", below))
    where = " AND ".join(sql for sql, _values in conditions) or "1"
    found = db.execute(
        f"SELECT * FROM ({_BOTH}) WHERE {where} "  # noqa: S608 - our own words
        "ORDER BY at DESC, source DESC, id DESC LIMIT ?",
        [*(value for _sql, values in conditions for value in values), limit],
    ).fetchall()
    return [((row[1], row[8], row[0]), _entry(row)) for row in found]


def _conditions(asked: Asked) -> list[tuple[str, tuple[Any, ...]]]:
    """What is asked, as SQL; what is not asked costs nothing."""
    subject = "subject = ?" if asked.exact else "instr(lower(subject), lower(?))"
    wanted: tuple[tuple[str, Any], ...] = (
        ("who = ?", asked.who),
        ("deed = ?", str(asked.deed)),
        (subject, asked.subject),
        ("at >= ?", asked.since),
        ("at < ?", asked.until),
    )
    return [(sql, (value,)) for sql, value in wanted if value not in ("", None)]


_BOTH = """
SELECT id, at, who, place, deed, subject, before, after, 'a' AS source FROM audit
UNION ALL
SELECT id, at, who, place, what, ident, 'null', json_quote(detail), 'r' FROM recording_audit
"""


def doers(db: Database) -> list[str]:
    """Everybody the trail names, by name."""
    both = "SELECT who FROM audit UNION SELECT who FROM recording_audit ORDER BY 1"
    return [row[0] for row in db.execute(both) if row[0]]


def _entry(row: tuple[int, float, str, str, str, str, str, str, str]) -> Entry:
    _ident, at, who, place, deed, subject, before, after, _source = row
    return Entry(
        at=at,
        who=who,
        place=place,
        deed=deed,
        subject=subject,
        before=json.loads(before),
        after=json.loads(after) or None,
    )
