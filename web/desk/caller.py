"""Who is on the line, and the calls that were with them before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlite_utils import Database

from firmware.model.record import CallRecord
from firmware.store import contacts, outcomes, search
from firmware.store.search import Wanted

MOST_CONTACTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One earlier call, which may have ended in the voicemail."""

    at: float  # Unix seconds
    kind: str  # "call", "voicemail"
    call: CallRecord
    outcome: str = ""  # an outcome's name
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom the agent talks to. ``note`` and ``organisation`` are the phonebook's."""

    number: str
    name: str
    organisation: str = ""
    note: str = ""
    before: tuple[Before, ...] = field(default=())


def caller_of(db: Database, *, number: str, name: str, call_id: str) -> Caller:
    """What is known of a number; ``call_id`` is the call that goes on now.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    if not number:
        return Caller(number="", name=name)
    known = next(iter(contacts.everyone(db, number)), None)
    return Caller(
        number=number,
        name=(known.shown if known else "") or name,
        organisation=known.organisation if known else "",
        note=known.note if known else "",
        before=_before(db, number, call_id),
    )


def _before(db: Database, number: str, call_id: str) -> tuple[Before, ...]:
    found = search.search(db, Wanted(party=number), limit=MOST_CONTACTS + 1)
    earlier = [call for call in found if call.id != call_id]
    chosen = outcomes.of_calls(db, (call.id for call in earlier))
    return tuple(_of_call(db, call, chosen) for call in earlier[:MOST_CONTACTS])


def _of_call(db: Database, call: CallRecord, chosen: Mapping[str, str]) -> Before:
    written = search.notes_of(db, call.id)
    return Before(
        at=call.started_at,
        kind="voicemail" if call.place.startswith("voicemail:") else "call",
        call=call,
        outcome=chosen.get(call.id, ""),
        notes=tuple(note.text for _id, note in written if note.kind == search.TextKind.NOTE),
    )
