"""What people have set, and the wake-up calls they wait for: read once, when switchd starts."""

from __future__ import annotations

import logging

import msgspec
from sqlite_utils import Database

from firmware.model.personal import Person
from firmware.model.record import CallRecord, PersonRecord
from firmware.model.wakeup import WakeUp, WakeUpState
from firmware.store import calls

log = logging.getLogger(__name__)


def record_of(person: Person, at: float) -> PersonRecord:
    """What ``person`` has set, as the store keeps it."""
    settings = msgspec.json.encode(person).decode()
    return PersonRecord(id=person.number, changed_at=at, settings=settings)


def people(db: Database) -> dict[str, Person]:
    """Everybody who has set something, by number. Settings that cannot be read, which another
    release may have written, are left out, and the log says whose."""
    found = {}
    for row in db.query("SELECT id, settings FROM people"):
        try:
            found[row["id"]] = msgspec.json.decode(row["settings"], type=Person)
        except msgspec.DecodeError as error:
            log.error("what %s has set cannot be read (%s): starts anew", row["id"], error)
    return found


def waiting(db: Database) -> list[WakeUp]:
    """The wake-up calls that have not come to an end, the next first."""
    found = db.query(
        "SELECT * FROM wake_ups WHERE state = ? ORDER BY due_at, id", [str(WakeUpState.WAITING)]
    )
    return [WakeUp(**(row | {"state": WakeUpState(row["state"])})) for row in found]


def newest_calls(db: Database, limit: int = 2000) -> list[CallRecord]:
    """The newest calls, the oldest of them first: what last-number redial remembers."""
    return calls.recent(db, limit=limit)[::-1]
