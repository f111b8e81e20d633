"""Voicemail on record: boxes with their PINs, and their messages.

The PIN is kept as an scrypt hash like a password. (A PIN of four digits can be found from any
hash by trying them all: whoever can read the store can read the messages anyway.)
"""

from __future__ import annotations

from dataclasses import fields

from sqlite_utils import Database
from werkzeug.security import check_password_hash, generate_password_hash

from firmware.model.retention import KeptKind
from firmware.model.voicemail import (
    BoxState,
    Counted,
    Message,
    MessageState,
    PinResult,
    Side,
    lock_after,
)
from firmware.store.sqlite import writing

_SCRYPT = "scrypt:16384:8:1"
"""N, r, p: 16 MB and about 30 ms on a small board, RFC 7914: a caller waits for it."""

_COLUMNS = tuple(field.name for field in fields(Message))
_INSERT = (
    f"INSERT INTO voicemail_messages ({', '.join(_COLUMNS)}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT (id) DO NOTHING"
)


# -- messages -------------------------------------------------------------------------------


def insert(db: Database, message: Message) -> bool:
    """Put a message on record; False when it is there already. Joins an open transaction.

    Raises:
        sqlite3.Error: it could not be written.
    """
    cursor = db.execute(_INSERT, [getattr(message, name) for name in _COLUMNS])
    return bool(cursor.rowcount == 1)


def find(db: Database, message_id: str) -> Message | None:
    """One message."""
    for row in db.query("SELECT * FROM voicemail_messages WHERE id = ?", [message_id]):
        return Message(**row)
    return None


def messages(db: Database, box: str, *states: str) -> list[Message]:
    """The messages of a box in some states (none given: new and saved), newest first."""
    wanted = states or (MessageState.NEW, MessageState.SAVED)
    marks = ", ".join("?" * len(wanted))
    found = db.query(
        f"SELECT * FROM voicemail_messages WHERE box = ? AND state IN ({marks}) "  # noqa: S608
        "ORDER BY recorded_at DESC, id DESC",
        [box, *wanted],
    )
    return [Message(**row) for row in found]


def counted(db: Database, box: str) -> Counted:
    """How many messages a box holds."""
    return everyones(db).get(box, Counted())


def everyones(db: Database) -> dict[str, Counted]:
    """How many messages each box holds; boxes that never had one are absent."""
    rows = db.query(
        "SELECT box, sum(state = 'new') AS new, sum(state = 'saved') AS saved "
        "FROM voicemail_messages GROUP BY box"
    )
    return {row["box"]: Counted(new=row["new"], saved=row["saved"]) for row in rows}


def mark(db: Database, message_id: str, state: MessageState, at: float) -> Message:
    """Change the state of a message; it as it is now. A deleted one can be taken back.

    Raises:
        KeyError: there is no such message.
        sqlite3.Error: it could not be written.
    """
    db.execute(
        "UPDATE voicemail_messages SET state = ?, deleted_at = ? WHERE id = ? AND state != ?",
        [state, at if state is MessageState.DELETED else None, message_id, state],
    )
    found = find(db, message_id)
    if found is None:
        raise KeyError(f"there is no message {message_id}")
    return found


def recorded_before(db: Database, at: float) -> list[Message]:
    """Messages that are older than that, and neither deleted nor held."""
    found = db.query(
        "SELECT * FROM voicemail_messages WHERE recorded_at < ? AND state != ? "
        "AND id NOT IN (SELECT ident FROM legal_holds WHERE kind = ?)",
        [at, MessageState.DELETED, KeptKind.VOICEMAIL],
    )
    return [Message(**row) for row in found]


def deleted_before(db: Database, at: float) -> list[Message]:
    """Messages whose time to be taken back is over, but for those that are held."""
    found = db.query(
        "SELECT * FROM voicemail_messages WHERE deleted_at < ? "
        "AND id NOT IN (SELECT ident FROM legal_holds WHERE kind = ?)",
        [at, KeptKind.VOICEMAIL],
    )
    return [Message(**row) for row in found]


def remove(db: Database, message_id: str) -> None:
    """Take a message off the record for good, if it is still deleted."""
    db.execute(
        "DELETE FROM voicemail_messages WHERE id = ? AND state = ?",
        [message_id, MessageState.DELETED],
    )


# -- boxes ----------------------------------------------------------------------------------


def state_of(db: Database, number: str) -> BoxState:
    """What the owner of a box has made of it."""
    for row in db.query("SELECT * FROM voicemail_boxes WHERE number = ?", [number]):
        return BoxState(
            number=number,
            has_pin=bool(row["pin_hash"]),
            language=row["language"],
            temporary_until=row["temporary_until"],
        )
    return BoxState(number=number)


def set_pin(db: Database, number: str, pin: str) -> None:
    """Give a box a PIN, already found fit (``fault_of_pin``); "" takes it away. Unlocks the box."""
    pin_hash = generate_password_hash(pin, method=_SCRYPT) if pin else ""
    with writing(db):
        _keep(db, number, "pin_hash", pin_hash)
        db.execute("DELETE FROM voicemail_locks WHERE number = ?", [number])


def set_language(db: Database, number: str, language: str) -> None:
    """The language of a box; "" is the configuration's."""
    _keep(db, number, "language", language)


def set_temporary_until(db: Database, number: str, until: float | None) -> None:
    """When the temporary greeting ends; None: not by itself."""
    _keep(db, number, "temporary_until", until)


def check_pin(db: Database, number: str, pin: str, side: Side, now: float) -> PinResult:
    """Whether ``pin`` opens a box, counting wrong ones. A locked box is not opened by the right
    one either, and a try while it is locked does not count.

    Raises:
        sqlite3.Error: a wrong one could not be counted, so that nothing may be opened.
    """
    row = db.execute("SELECT pin_hash FROM voicemail_boxes WHERE number = ?", [number]).fetchone()
    if row is None or not row[0]:
        return PinResult.NONE_SET
    failures, locked_until = _lock(db, number, side)
    # A clock that was set back must not lock a box for years.
    if now < locked_until <= now + lock_after(failures):
        return PinResult.LOCKED
    # Counted before it is looked at: nobody gains a try by pulling the plug.
    _set_lock(db, number, side, failures + 1, now + lock_after(failures + 1))
    if not check_password_hash(row[0], pin):
        return PinResult.WRONG
    _set_lock(db, number, side, 0, 0.0)
    return PinResult.RIGHT


def locked_until(db: Database, number: str, side: Side) -> float:
    """When a box opens again after too many wrong PINs; 0 when it is not shut."""
    return _lock(db, number, side)[1]


def _lock(db: Database, number: str, side: Side) -> tuple[int, float]:
    row = db.execute(
        "SELECT failures, locked_until FROM voicemail_locks WHERE number = ? AND side = ?",
        [number, side],
    ).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


def _set_lock(db: Database, number: str, side: Side, failures: int, until: float) -> None:
    db.execute(
        "INSERT INTO voicemail_locks VALUES (?, ?, ?, ?) ON CONFLICT (number, side) "
        "DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until",
        [number, side, failures, until],
    )


def _keep(db: Database, number: str, column: str, value: str | float | None) -> None:
    db.execute(
        f"INSERT INTO voicemail_boxes (number, {column}) VALUES (?, ?) "  # noqa: S608 - our names
        f"ON CONFLICT (number) DO UPDATE SET {column} = excluded.{column}",
        [number, value],
    )
