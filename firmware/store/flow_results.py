"""What callers left behind in flows, as the store keeps it."""

from __future__ import annotations

from sqlite_utils import Database

from firmware.model.record import FlowResult


def newest(db: Database, *, flow: str = "", limit: int = 100) -> list[FlowResult]:
    """The newest first; of one flow, or of all."""
    rows = db.query(
        "SELECT * FROM flow_results WHERE :flow IN ('', flow) "
        "ORDER BY at DESC, id DESC LIMIT :limit",
        {"flow": flow, "limit": limit},
    )
    return [FlowResult(**row) for row in rows]
