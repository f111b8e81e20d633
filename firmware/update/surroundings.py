"""What goes on at the box as far as a restart minds: calls, calls for help, the power."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from firmware.link.board import PowerRow
from firmware.link.client import Event, Snapshot
from firmware.link.rows import CallRow, EmergencyRow
from firmware.model.update import Around


class Surroundings:
    """The rows of switchd and deviced, followed. ``clock`` gives steady seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: set[str] | None = None
        self._emergencies: set[str] = set()
        self._quiet_since = clock()
        self._emergency_at: float | None = None
        self._on_battery = False

    def told_by_switchd(self, change: Snapshot | Event) -> None:
        """Calls come and go."""
        if isinstance(change, Snapshot):
            self._calls = {row.id for row in change.rows.get("call", ())}
            self._emergencies = {row.id for row in change.rows.get("emergency", ())}
        else:
            self._take(change)
        if self._calls:
            self._quiet_since = self._clock()
        if self._emergencies:
            self._emergency_at = self._clock()

    def _take(self, event: Event) -> None:
        if isinstance(event.row, CallRow):
            calls = self._calls if self._calls is not None else set()
            (calls.discard if event.name == "call.ended" else calls.add)(event.row.id)
            self._calls = calls
            self._quiet_since = self._clock()
        elif isinstance(event.row, EmergencyRow):
            over = event.name == "emergency.ended"
            (self._emergencies.discard if over else self._emergencies.add)(event.row.id)
            self._emergency_at = self._clock()

    def switchd_lost(self) -> None:
        """Nobody knows what calls there are."""
        self._calls = None
        self._quiet_since = self._clock()

    def told_by_deviced(self, change: Snapshot | Event) -> None:
        """The mains come and go."""
        rows = change.rows.get("power", ()) if isinstance(change, Snapshot) else (change.row,)
        for row in rows:
            if isinstance(row, PowerRow):
                self._on_battery = row.mains is False

    def now(self, wall: float, zone: ZoneInfo) -> Around:
        """All of it at a moment (Unix seconds)."""
        here, clock = datetime.fromtimestamp(wall, zone), self._clock()
        since_emergency = None if self._emergency_at is None else clock - self._emergency_at
        return Around(
            live_calls=None if self._calls is None else len(self._calls),
            quiet_s=0.0 if self._calls else clock - self._quiet_since,
            emergency_s=0.0 if self._emergencies else since_emergency,
            minute=60 * here.hour + here.minute,
            on_battery=self._on_battery,
        )
