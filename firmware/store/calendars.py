"""What people have ordered of calendars: read once, when switchd starts."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.model.record import CalendarOrder


def orders(db: Database) -> dict[str, CalendarOrder]:
    """The newest order about each calendar, by its name."""
    rows = db.query("SELECT id, state, until, at FROM calendar_orders")
    return {row["id"]: CalendarOrder(**row) for row in rows}
