"""What calls leave behind in a box that should be at rest: nothing but their records."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from firmware.store.db import open_store
from tests.rig.box import Box
from tests.rig.until import TooLate, until

_AT_REST_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What is there once the box is at rest."""

    rows: int  # calls, legs and recordings that switchd still shows
    spooled: int  # folders the recorder has not finished
    broken: int  # folders no recording could be made of
    unended: int  # call records without an end
    recordings: int
    dispositions: dict[str, int]  # calls on record

    @property
    def at_rest(self) -> bool:
        return not (self.rows or self.spooled or self.broken or self.unended)


def settle(box: Box) -> Leftovers:
    """Wait until nothing of any call is left; what is left after a minute and a half."""
    with contextlib.suppress(TooLate):
        until(lambda: look(box).at_rest, _AT_REST_S, "the box is at rest")
    return look(box)


def look(box: Box) -> Leftovers:
    """What is there now."""
    folders = [path for path in box.home.spool.iterdir() if not path.name.startswith(".")]
    broken = box.home.spool / "broken"
    db = open_store(box.home)
    try:
        dispositions = dict(db.execute("SELECT disposition, count(*) FROM calls GROUP BY 1"))
        unended = db.execute("SELECT count(*) FROM calls WHERE ended_at IS NULL").fetchone()[0]
        recordings = db.execute("SELECT count(*) FROM recordings").fetchone()[0]
    finally:
        db.close()
    return Leftovers(
        rows=_rows(box),
        spooled=len([path for path in folders if path != broken]),
        broken=len(list(broken.iterdir())) if broken.is_dir() else 0,
        unended=unended,
        recordings=recordings,
        dispositions=dispositions,
    )


def recordings(box: Box) -> list[tuple[str, Path]]:
    """The caller's number and the file of every recording, in the order they began."""
    db = open_store(box.home)
    try:
        found = db.execute(
            "SELECT calls.caller, recordings.path FROM recordings "
            "JOIN calls ON calls.id = recordings.call_id ORDER BY recordings.started_at"
        )
        return [(caller, box.home.recordings / path) for caller, path in found]
    finally:
        db.close()


def _rows(box: Box) -> int:
    with box.link("switchd") as link:
        snapshot = link.snapshot()
    return sum(len(snapshot.get(kind, ())) for kind in ("call", "leg", "recording"))
