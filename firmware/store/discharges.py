"""Discharges of the battery: how each stretch on battery went, the newest of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlite_utils import Database

from firmware.model.power.battery import NEWEST, Discharge, End, Sample
from firmware.model.record import DischargeRecord

OPEN = "open"
_KEPT = 4 * NEWEST


def record(
    ident: str, began_at: float, boot: str, ended: str, samples: Sequence[Sample]
) -> DischargeRecord:
    """A discharge as it is stored; ``ended`` is ``OPEN`` while it goes on."""
    return DischargeRecord(
        id=ident,
        began_at=began_at,
        boot=boot,
        ended=ended,
        samples=json.dumps([[s.at_s, s.level_percent, s.load_percent] for s in samples]),
    )


def close_open(db: Database, boot: str) -> int:
    """End what a dead daemon left open: in an earlier life of the machine it was the battery that
    died, in this one only the daemon. Returns how many batteries died."""
    died = db.execute(
        "UPDATE discharges SET ended = ? WHERE ended = ? AND boot <> ?", [End.DIED, OPEN, boot]
    ).rowcount
    db.execute("UPDATE discharges SET ended = ? WHERE ended = ?", [End.BACK, OPEN])
    db.execute(
        "DELETE FROM discharges WHERE id NOT IN "
        "(SELECT id FROM discharges ORDER BY began_at DESC LIMIT ?)",
        [_KEPT],
    )
    return died


def newest(db: Database, limit: int = NEWEST) -> list[Discharge]:
    """The newest that are over, the oldest of them first."""
    found = db.query(
        "SELECT * FROM discharges WHERE ended <> ? ORDER BY began_at DESC LIMIT ?", [OPEN, limit]
    )
    return [
        Discharge(
            began_at=row["began_at"],
            samples=tuple(
                Sample(at_s=at_s, level_percent=level, load_percent=load)
                for at_s, level, load in json.loads(row["samples"])
            ),
            end=End(row["ended"]),
        )
        for row in reversed(list(found))
    ]
