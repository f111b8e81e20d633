"""Who is on the line, and the calls that were with them before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlite_utils import Database

from firmware.model.record import CallRecord
from firmware.phonebook.index import Phonebook
from firmware.phonebook.number import spellings
from firmware.store import outcomes, search
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


def caller_of(db: Database, book: Phonebook, *, number: str, name: str, call_id: str) -> Caller:
    """What is known of a number; ``call_id`` is the call that goes on now.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    if not number:
        return Caller(number="", name=name)
    known = book.find(number)
    return Caller(
        number=number,
        name=(known.shown if known else "") or name,
        organisation=known.organisation if known else "",
        note=known.note if known else "",
        before=_before(db, spellings(number, book.country), call_id),
    )


def _before(db: Database, numbers: Iterable[str], call_id: str) -> tuple[Before, ...]:
    earlier = {
        call.id: call
        for number in numbers
        # ``number`` too, as by it an index finds what ``party`` would look for among all calls.
        for call in search.search(db, Wanted(party=number, number=number), limit=MOST_CONTACTS + 1)
        if call.id != call_id
    }
    newest = sorted(earlier.values(), key=lambda call: -call.started_at)[:MOST_CONTACTS]
    chosen = outcomes.of_calls(db, (call.id for call in newest))
    return tuple(_of_call(db, call, chosen) for call in newest)


def _of_call(db: Database, call: CallRecord, chosen: Mapping[str, str]) -> Before:
    written = search.notes_of(db, call.id)
    return Before(
        at=call.started_at,
        kind="voicemail" if call.place.startswith("voicemail:") else "call",
        call=call,
        outcome=chosen.get(call.id, ""),
        notes=tuple(note.text for _id, note in written if note.kind == search.TextKind.NOTE),
    )
