"""What the audio of each leg was like, and which telephone, line or trunk it is bad with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.quality import LegQuality

POOR_MOS = 3.6
"""Below it many listeners are dissatisfied (ITU-T G.107 Annex B: R under 70)."""

_BY_PEER = """
SELECT peer, count(*) AS legs,
    sum(heard_mos BETWEEN 0.1 AND :poor OR told_mos BETWEEN 0.1 AND :poor) AS poor_legs,
    coalesce(avg(nullif(heard_mos, 0)), 0) AS heard_mos,
    coalesce(avg(nullif(told_mos, 0)), 0) AS told_mos,
    coalesce(1.0 * sum(heard_lost + heard_late) / nullif(sum(heard_packets + heard_lost), 0), 0)
        AS heard_loss,
    coalesce(1.0 * sum(told_lost) / nullif(sum(told_packets + told_lost), 0), 0) AS told_loss,
    max(max(heard_jitter_ms, told_jitter_ms)) AS jitter_ms, max(round_trip_ms) AS round_trip_ms
FROM leg_quality WHERE ended_at >= :since GROUP BY peer
ORDER BY 1.0 * poor_legs / legs DESC, legs DESC, peer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerQuality:
    """One telephone, line or trunk over many legs: how many, how many of them poor, the means of
    the ratings both ways (0: never told), the shares lost (0 to 1), the worst jitter and trip."""

    peer: str
    legs: int
    poor_legs: int
    heard_mos: float
    told_mos: float
    heard_loss: float
    told_loss: float
    jitter_ms: float
    round_trip_ms: float


def of_call(db: Database, call_id: str) -> list[LegQuality]:
    """The quality of a call's legs, in the order they were written."""
    found = db.query("SELECT * FROM leg_quality WHERE call_id = ? ORDER BY rowid", [call_id])
    return [LegQuality(**row) for row in found]


def by_peer(db: Database, since: float) -> list[PeerQuality]:
    """Everyone with legs that ended at ``since`` (Unix seconds) or later, the worst first."""
    found = db.query(_BY_PEER, {"since": since, "poor": POOR_MOS})
    return [PeerQuality(**row) for row in found]
