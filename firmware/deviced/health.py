"""The machine's health, looked at now and then, shown as rows and told in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from firmware.link.board import HealthRow
from firmware.link.server import Board

log = logging.getLogger(__name__)

EVERY_S = 15.0

_RANK = ("good", "warning", "bad")


class Finding(Protocol):
    """One thing about the machine (``hw.health.sysfs.Finding``)."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def text(self) -> str: ...


class Health:
    """``look`` finds out; it may wait for a disk."""

    def __init__(self, look: Callable[[], Sequence[Finding]], board: Board) -> None:
        self.look = look
        self._board = board
        self._rows: dict[str, HealthRow] = {}

    @property
    def worst(self) -> str:
        """The worst state of all."""
        return max((row.state for row in self._rows.values()), key=_RANK.index, default="good")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is not good, in words."""
        return tuple(f"{r.id}: {r.text}" for r in self._rows.values() if r.state != "good")

    def show(self, findings: Sequence[Finding]) -> None:
        """Take up what was found."""
        for one in findings:
            row = HealthRow(
                id=one.id, state=one.state, value=one.value, unit=one.unit, text=one.text
            )
            before = self._rows.get(row.id)
            if before == row:
                continue
            self._rows[row.id] = row
            self._board.post("health.changed", row)
            if before is None or before.state != row.state:
                level = logging.INFO if row.state == "good" else logging.WARNING
                log.log(level, "%s is %s: %s", row.id, row.state, row.text)
