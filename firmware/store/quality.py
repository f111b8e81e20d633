"""What the audio of each leg was like."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.model.quality import LegQuality


def of_call(db: Database, call_id: str) -> list[LegQuality]:
    """The quality of a call's legs, in the order they were written."""
    found = db.query("SELECT * FROM leg_quality WHERE call_id = ? ORDER BY rowid", [call_id])
    return [LegQuality(**row) for row in found]
