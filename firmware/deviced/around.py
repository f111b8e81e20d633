"""What the other daemons show that matters to the box as a thing: calls, lines, the internet."""

from __future__ import annotations

from firmware.link.client import Event, Snapshot
from firmware.link.internet import InternetRow
from firmware.link.rows import GONE, AlarmRow, CallRow, LineRow, Row

FOLLOWED = ("switchd", "lined", "edge", "recorder")

_LINE_DOWN = frozenset({"fault", "cut"})


class Around:
    """The rows of the daemons that are followed, by daemon."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[str, str], Row]] = {name: {} for name in FOLLOWED}

    def told(self, daemon: str, change: Snapshot | Event) -> None:
        """A daemon has shown something."""
        rows = self._rows[daemon]
        if isinstance(change, Snapshot):
            rows.clear()
            rows.update({(kind, r.id): r for kind, many in change.rows.items() for r in many})
        elif change.name in GONE:
            rows.pop((change.kind, change.row.id), None)
        else:
            rows[change.kind, change.row.id] = change.row

    def lost(self, daemon: str) -> None:
        """A daemon is gone, and what it showed with it."""
        self._rows[daemon].clear()

    @property
    def live_calls(self) -> int:
        """How many calls there are."""
        return sum(isinstance(row, CallRow) for row in self._rows["switchd"].values())

    @property
    def lines(self) -> str:
        """The word of the LED "lines"."""
        states = [row.state for row in self._rows["lined"].values() if isinstance(row, LineRow)]
        down = sum(state in _LINE_DOWN for state in states)
        if not states:
            return "none"
        return "good" if not down else "dead" if down == len(states) else "faulty"

    @property
    def internet(self) -> str:
        """The word of the LED "internet"."""
        found = [r.state for r in self._rows["edge"].values() if isinstance(r, InternetRow)]
        return found[0] if found else "unknown"

    @property
    def has_alarm(self) -> bool:
        """Whether somebody should do something about something."""
        return any(isinstance(r, AlarmRow) for rows in self._rows.values() for r in rows.values())
