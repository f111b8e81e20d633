"""The outbox: letters that are kept until the next one on the way has taken them.

A letter is written in the same transaction as what it tells of, and leaves only when it was
sent, refused for good, or tried for as long as the configuration says. So an outage, a restart
or a power cut loses none, and nobody is told of what is not there.
"""

from __future__ import annotations

from dataclasses import fields

from sqlite_utils import Database

from firmware.model.letter import Letter, LetterState
from firmware.model.voicemail import MessageState
from firmware.store.mailboxes import mark
from firmware.store.sqlite import writing

_COLUMNS = tuple(field.name for field in fields(Letter) if field.name != "id")
_INSERT = (
    f"INSERT INTO outbox ({', '.join(_COLUMNS)}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT (ident) DO NOTHING"
)


def put(db: Database, letter: Letter) -> None:
    """Put a letter into the outbox, once for its ``ident``. Joins an open transaction.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute(_INSERT, [getattr(letter, name) for name in _COLUMNS])


def waiting(db: Database, channel: str, limit: int = 200) -> list[Letter]:
    """The letters of a channel that are not out yet, in the order they were written."""
    found = db.query(
        "SELECT * FROM outbox WHERE channel = ? AND state IN ('waiting', 'sending') "
        "ORDER BY id LIMIT ?",
        [channel, limit],
    )
    return [Letter(**row) for row in found]


def age(db: Database, channel: str, by_s: float) -> None:
    """The letters of a channel have waited so much longer."""
    db.execute(
        "UPDATE outbox SET waited_s = waited_s + ? "
        "WHERE channel = ? AND state IN ('waiting', 'sending')",
        [by_s, channel],
    )


def find(db: Database, ident: str) -> Letter | None:
    """One letter, by what it is about."""
    for row in db.query("SELECT * FROM outbox WHERE ident = ?", [ident]):
        return Letter(**row)
    return None


def begin(db: Database, letter: Letter) -> None:
    """The letter is being handed over from now on. On the disk when this returns."""
    db.execute(
        "UPDATE outbox SET state = ?, attempts = attempts + 1 WHERE id = ?",
        [LetterState.SENDING, letter.id],
    )


def put_back(db: Database, letter: Letter, fault: str) -> None:
    """It was not taken now, and why."""
    db.execute(
        "UPDATE outbox SET state = ?, fault = ? WHERE id = ?",
        [LetterState.WAITING, fault, letter.id],
    )


def close(db: Database, letter: Letter, state: LetterState, at: float, fault: str = "") -> str:
    """The letter is done with. The voicemail message it was to delete, when it was sent, is
    deleted in the same step; its box is returned, else ""."""
    box = ""
    with writing(db):
        db.execute(
            "UPDATE outbox SET state = ?, finished_at = ?, fault = ? WHERE id = ?",
            [state, at, fault, letter.id],
        )
        if state is LetterState.SENT and letter.deletes and _is_there(db, letter.deletes):
            box = mark(db, letter.deletes, MessageState.DELETED, at).box
    return box


def attachments(db: Database) -> frozenset[str]:
    """The files that letters which are not out yet need."""
    rows = db.execute(
        "SELECT attachment FROM outbox WHERE state IN ('waiting', 'sending') AND attachment != ''"
    )
    return frozenset(row[0] for row in rows)


def forget(db: Database, before: float) -> None:
    """Take letters off the record that were done with before that time."""
    db.execute(
        "DELETE FROM outbox WHERE finished_at < ? AND state NOT IN ('waiting', 'sending')", [before]
    )


def _is_there(db: Database, message_id: str) -> bool:
    row = db.execute("SELECT 1 FROM voicemail_messages WHERE id = ?", [message_id]).fetchone()
    return row is not None
