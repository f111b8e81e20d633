"""What hinders a daemon, as rows on its board: raised, changed when the words change, cleared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from firmware.link.rows import AlarmRow
from firmware.link.server import Board


class Alarms:
    """A daemon's alarms. To be used in its loop's thread, as its board is."""

    def __init__(self, daemon: str, board: Board, wall: Callable[[], float] = time.time) -> None:
        self._daemon = daemon
        self._board = board
        self._wall = wall
        self._rows: dict[str, AlarmRow] = {}

    def show(self, warnings: Mapping[str, str]) -> None:
        """Show each warning by its name; "" clears it."""
        for name, text in warnings.items():
            row = self._rows.get(name)
            if row is None and text:
                row = AlarmRow(id=name, daemon=self._daemon, text=text, since=self._wall())
                self._rows[name] = row
                self._board.post("alarm.raised", row)
            elif row is not None and not text:
                del self._rows[name]
                self._board.post("alarm.cleared", row)
            elif row is not None and row.text != text:
                self._rows[name] = replace(row, text=text)
                self._board.post("alarm.changed", self._rows[name])
