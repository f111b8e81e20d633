"""The plan of agents' shifts: what adherence is measured by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.store.sqlite import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShift:
    """What an agent is meant to do, in Unix seconds: ``activity`` is "work", or the reason of a
    pause."""

    agent: str
    begins_at: float
    ends_at: float
    activity: str = "work"


def replace(db: Database, shifts: Iterable[PlannedShift]) -> int:
    """Take up a plan: of each agent in it, all that was planned from their first shift to the end
    of their last is replaced. How many shifts there are now.

    Raises:
        ValueError: a shift ends before it begins, or two of one agent overlap; nothing was changed.
        sqlite3.Error: it could not be written.
    """
    by_agent: dict[str, list[PlannedShift]] = {}
    for shift in sorted(shifts, key=lambda shift: shift.begins_at):
        if shift.ends_at <= shift.begins_at:
            raise ValueError(f"a shift of {shift.agent} ends before it begins")
        mine = by_agent.setdefault(shift.agent, [])
        if mine and shift.begins_at < mine[-1].ends_at:
            raise ValueError(f"two shifts of {shift.agent} overlap")
        mine.append(shift)
    with writing(db):
        for agent, mine in by_agent.items():
            db.execute(
                "DELETE FROM agent_shifts WHERE agent = ? AND begins_at >= ? AND begins_at < ?",
                [agent, mine[0].begins_at, mine[-1].ends_at],
            )
            for shift in mine:
                db.execute(
                    "INSERT OR REPLACE INTO agent_shifts VALUES (?, ?, ?, ?)",
                    [agent, shift.begins_at, shift.ends_at, shift.activity],
                )
    return sum(map(len, by_agent.values()))
