"""What the ACD engine remembers, in pieces, so that only what changed is written again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AcdPiece:
    """One piece of ``Acd.snapshot``; the newest record of an id stands."""

    id: str  # "agents/101", "day": a key of the snapshot, or of a mapping in it
    changed_at: float  # Unix seconds
    piece: str  # JSON; "" is gone
