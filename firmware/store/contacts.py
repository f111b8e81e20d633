"""The phonebook on the disk: contacts, their numbers, and who is blocked.

Whoever changes it (console, command line) writes here and then asks switchd to read it again
(``SwitchApi.read_phonebook``), as with users: only switchd's look-up must not wait for a disk.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from sqlite_utils import Database

from firmware.model.contact import (
    Block,
    BlockAnswer,
    BlockKind,
    Contact,
    ContactNumber,
    NumberKind,
)
from firmware.model.pattern import Pattern
from firmware.phonebook.check import checked_contact
from firmware.phonebook.number import checked
from firmware.store.search import folded
from firmware.store.sqlite import writing


def add(db: Database, contact: Contact) -> Contact:
    """Add a contact; as it was kept, with its id.

    Raises:
        BadContact: see ``checked_contact``.
        sqlite3.Error: it could not be written.
    """
    contact = checked_contact(contact)
    with writing(db):
        return _insert(db, contact, time.time())


def change(db: Database, contact: Contact) -> None:
    """Put ``contact`` in the place of the one with its id.

    Raises:
        KeyError: there is none.
        BadContact: see ``checked_contact``.
    """
    contact = checked_contact(contact)
    with writing(db):
        if not _delete(db, contact.id):
            raise KeyError(f"there is no contact {contact.id}")
        _insert(db, contact, time.time())


def remove(db: Database, contact_id: int) -> None:
    """Take a contact out.

    Raises:
        KeyError: there is none.
    """
    with writing(db):
        if not _delete(db, contact_id):
            raise KeyError(f"there is no contact {contact_id}")


def put_all(db: Database, contacts: Iterable[Contact], *, instead: bool = False) -> tuple[int, int]:
    """Add many at once, all or none. A contact of the same name and organisation as one that is
    there takes its place. ``instead``: everything that was there goes.

    Returns:
        How many were new, and how many took another's place.

    Raises:
        BadContact: one of them cannot be kept; nothing was changed.
    """
    wanted = [checked_contact(contact) for contact in contacts]
    now, replaced = time.time(), 0
    with writing(db):
        if instead:
            db.execute("DELETE FROM contacts")
        there: dict[tuple[str, str], list[int]] = {}
        for row in db.query("SELECT id, name, organisation FROM contacts ORDER BY id DESC"):
            there.setdefault(_same(row["name"], row["organisation"]), []).append(row["id"])
        for contact in wanted:
            # Two people of one name in one file stay two, and the next import finds both.
            alike = there.get(_same(contact.name, contact.organisation))
            old = alike.pop() if alike else 0
            replaced += bool(old) and _delete(db, old)
            _insert(db, replace(contact, id=old), now)
    return len(wanted) - replaced, replaced


def everyone(db: Database, search: str = "") -> list[Contact]:
    """All contacts, by name; with ``search`` those that have it in a name, an organisation or a
    number."""
    numbers: dict[int, list[ContactNumber]] = {}
    for row in db.query("SELECT * FROM contact_numbers ORDER BY contact_id, place"):
        number = ContactNumber(number=row["number"], kind=NumberKind(row["kind"]))
        numbers.setdefault(row["contact_id"], []).append(number)
    found = [
        Contact(
            id=row["id"],
            name=row["name"],
            organisation=row["organisation"],
            language=row["language"],
            is_vip=bool(row["is_vip"]),
            note=row["note"],
            numbers=tuple(numbers.get(row["id"], ())),
        )
        for row in db.query("SELECT * FROM contacts ORDER BY name, organisation, id")
    ]
    return [contact for contact in found if _has(contact, search)]


def mark(db: Database) -> tuple[object, ...]:
    """Something that differs when a contact was added, changed or removed."""
    found = db.execute("SELECT count(*), max(id), max(changed_at) FROM contacts").fetchone()
    return tuple(found)


def changed_at(db: Database) -> dict[int, float]:
    """When each contact was added or last changed, in Unix seconds, by its id."""
    return dict(db.execute("SELECT id, changed_at FROM contacts").fetchall())


def find(db: Database, contact_id: int) -> Contact | None:
    """One contact."""
    return next((contact for contact in everyone(db) if contact.id == contact_id), None)


def block(db: Database, blocked: Block) -> None:
    """Let such callers in no more; the same again changes what they hear.

    Raises:
        ValueError: no number, or a pattern that means nothing.
    """
    value = ""
    if blocked.kind is BlockKind.NUMBER:
        value = checked(blocked.value)
    elif blocked.kind is BlockKind.PATTERN:
        value = Pattern(blocked.value).text
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO blocks (kind, value, answer, note, created_at) "
            "VALUES (?, ?, ?, ?, ?)",
            [str(blocked.kind), value, str(blocked.answer), blocked.note, time.time()],
        )


def unblock(db: Database, kind: BlockKind, value: str = "") -> None:
    """Let such callers in again.

    Raises:
        KeyError: they were not blocked.
    """
    with writing(db):
        gone = db.execute("DELETE FROM blocks WHERE kind = ? AND value = ?", [str(kind), value])
        if gone.rowcount == 0:
            raise KeyError(f"the {kind} {value} is not blocked".replace("  ", " "))


def blocks(db: Database) -> list[Block]:
    """Everybody who is not let in."""
    return [
        Block(
            kind=BlockKind(row["kind"]),
            value=row["value"],
            answer=BlockAnswer(row["answer"]),
            note=row["note"],
            created_at=row["created_at"],
        )
        for row in db.query("SELECT * FROM blocks ORDER BY kind, value")
    ]


def _insert(db: Database, contact: Contact, at: float) -> Contact:
    cursor = db.execute(
        "INSERT INTO contacts (id, name, organisation, language, is_vip, note, changed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            contact.id or None,
            contact.name,
            contact.organisation,
            contact.language,
            int(contact.is_vip),
            contact.note,
            at,
        ],
    )
    kept = replace(contact, id=int(cursor.lastrowid or 0))
    for place, number in enumerate(contact.numbers):
        db.execute(
            "INSERT INTO contact_numbers (contact_id, place, number, kind) VALUES (?, ?, ?, ?)",
            [kept.id, place, number.number, str(number.kind)],
        )
    return kept


def _delete(db: Database, contact_id: int) -> bool:
    return bool(db.execute("DELETE FROM contacts WHERE id = ?", [contact_id]).rowcount)


def _same(name: str, organisation: str) -> tuple[str, str]:
    return (name.casefold(), organisation.casefold())


def _has(contact: Contact, search: str) -> bool:
    if not search:
        return True
    texts = (contact.name, contact.organisation, *(n.number for n in contact.numbers))
    return any(folded(search) in folded(text) for text in texts)
