"""Short messages: read newest first, and what a restarted lined must take up again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from firmware.model.sms import SmsPart, SmsRecord, SmsState

LOOKED_AT = 2000

_OPEN = (SmsState.QUEUED, SmsState.SENDING, SmsState.SENT)


def recent(db: Database, limit: int = 50, *, line: str = "") -> list[SmsRecord]:
    """The newest messages first, of all lines or of one."""
    found = db.query(
        "SELECT * FROM sms WHERE ? IN ('', line) ORDER BY at DESC, id DESC LIMIT ?", [line, limit]
    )
    return [_record(row) for row in found]


def of_numbers(db: Database, numbers: Iterable[str], limit: int) -> list[SmsRecord]:
    """The newest messages first, from and to somebody whose number has these spellings."""
    found = db.query(
        "SELECT * FROM sms WHERE number IN (SELECT value FROM json_each(?)) "
        "ORDER BY at DESC, id DESC LIMIT ?",
        [json.dumps([*numbers]), limit],
    )
    return [_record(row) for row in found]


def find(db: Database, sms_id: str) -> SmsRecord | None:
    """One message."""
    for row in db.query("SELECT * FROM sms WHERE id = ?", [sms_id]):
        return _record(row)
    return None


def unfinished(db: Database, since: float) -> list[SmsRecord]:
    """Messages going out since then whose end is not known, the oldest first."""
    found = db.query(
        "SELECT * FROM sms WHERE at >= ? AND (state IN (?, ?) OR (state = ? AND unreported <> ''))"
        " ORDER BY at, rowid",
        [since, *map(str, _OPEN)],
    )
    return [_record(row) for row in found]


def parts_since(db: Database, since: float) -> list[SmsPart]:
    """The parts that were received since then, the oldest first."""
    found = db.query("SELECT * FROM sms_parts WHERE at >= ? ORDER BY at, rowid", [since])
    return [SmsPart(**row) for row in found]


def _record(row: dict[str, Any]) -> SmsRecord:
    return SmsRecord(**(row | {"state": SmsState(row["state"])}))
