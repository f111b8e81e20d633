"""Rows: records to and from their tables, which have the same names for the same things."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlite_utils import Database

from firmware.model.acd_piece import AcdPiece
from firmware.model.quality import LegQuality
from firmware.model.queue_event import QueueEvent
from firmware.model.record import (
    CalendarOrder,
    CallEvent,
    CallOutcome,
    CallRecord,
    DischargeRecord,
    FlowResult,
    LegRecord,
    PersonRecord,
    Record,
    RecordingRecord,
)
from firmware.model.sms import SmsPart, SmsRecord
from firmware.model.wakeup import WakeUp

TABLES: dict[type[Record], str] = {
    CalendarOrder: "calendar_orders",
    CallRecord: "calls",
    LegRecord: "legs",
    LegQuality: "leg_quality",
    CallEvent: "call_events",
    CallOutcome: "call_outcomes",
    RecordingRecord: "recordings",
    PersonRecord: "people",
    WakeUp: "wake_ups",
    SmsRecord: "sms",
    SmsPart: "sms_parts",
    FlowResult: "flow_results",
    QueueEvent: "queue_events",
    AcdPiece: "acd_memory",
    DischargeRecord: "discharges",
}

_KEYS: dict[type[Record], tuple[str, ...]] = {CallOutcome: ("call_id", "agent")}
"""What makes a record the same, where that is not its id."""


def save(db: Database, record: Record) -> None:
    """Write a record; one with the same id is replaced. Joins the transaction that is open,
    otherwise is one of its own.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute(_INSERTIONS[type(record)], [_storable(v) for v in _values(record)])


def _values(record: Record) -> list[Any]:
    return [getattr(record, field.name) for field in fields(record)]


def _storable(value: Any) -> Any:
    """Text from the network may hold halves of surrogate pairs, which SQLite refuses; a record
    with a "?" in a name is better than none."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _insertion(kind: type[Record]) -> str:
    columns = [field.name for field in fields(kind)]
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {TABLES[kind]} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    keys = _KEYS.get(kind, ("id",))
    if not set(keys) <= set(columns):
        return sql
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    return f"{sql} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


_INSERTIONS = {kind: _insertion(kind) for kind in TABLES}
