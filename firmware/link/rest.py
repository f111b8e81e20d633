"""Whether a daemon's background work rests for now: power is short, and the work costs it.

What rests is done later and nothing of it is lost: recordings wait in the spool (messages of
voicemail are finished all the same, somebody waits), a backup is due until it was made.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.link.board import PowerRow
from firmware.link.client import Event, Snapshot
from firmware.model.power.state import Measure


class Rest:
    """``ended`` is called when it is over. What deviced said last holds while it is away."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self.is_wanted = False

    def told(self, change: Snapshot | Event) -> None:
        """deviced has shown something."""
        rows = change.rows.get("power", ()) if isinstance(change, Snapshot) else (change.row,)
        for row in rows:
            if isinstance(row, PowerRow):
                was, self.is_wanted = self.is_wanted, Measure.STOP_BACKGROUND in row.measures
                if was and not self.is_wanted:
                    self._ended()
