"""The loop-back test of a trunk line: off the hook, dial tone, our own sound, and on the hook."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware.lined.learning.probe import Probe, StepFailed, Work
from firmware.lined.line import Line
from firmware.lined.trunk import TrunkLine
from firmware.link.lines import LoopBackRow
from firmware.model.loopback import LoopBackFault, LoopBackState

log = logging.getLogger(__name__)

DIAL_TONE_S = 6.0
_ENOUGH_S = 2.0
DEEPEST_DB = 45.0
"""What is quieter is no hybrid's, but what is left of dial tone."""

_REST_S = 2.6
"""Ringing is not reported sooner after hanging up."""


class LoopBacks:
    """The tests of all lines, and what the last of each came to."""

    def __init__(
        self,
        *,
        work: Work,
        wall_clock: Callable[[], float],
        post: Callable[[str, LoopBackRow], None],
    ) -> None:
        self._work = work
        self._wall_clock = wall_clock
        self._post = post
        self._rows: dict[str, LoopBackRow] = {}
        self.lines: Mapping[str, Line[Any]] = {}

    def begin(self, name: str) -> None:
        """``LineTestsApi.loop_back``, its errors too."""
        line = self.lines.get(name)
        if line is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise KeyError(f"no line is called {name!r}; there are {known}")
        if isinstance(line, TrunkLine):
            LoopBack(line, self._work, self._told).begin()
            return
        raise RuntimeError(f"line {name} is no analogue trunk line: nothing sends sound back")

    def removed(self, name: str) -> None:
        """A line was taken out, or is built anew: what was found of the old one is void."""
        row = self._rows.pop(name, None)
        if row is not None:
            self._post("loopback.removed", row)

    def _told(self, event: str, row: LoopBackRow) -> None:
        if row.id not in self.lines:
            return  # the line is gone
        self._rows[row.id] = row = replace(row, at=self._wall_clock())
        self._post(f"loopback.{event}", row)


class LoopBack:
    """One test of one line. ``tell`` posts the row after an event."""

    def __init__(
        self, line: TrunkLine, work: Work, tell: Callable[[str, LoopBackRow], None]
    ) -> None:
        self._line = line
        self._tell = tell
        self._probe = Probe(line, work)
        self._task: asyncio.Task[LoopBackRow] | None = None
        self._row = LoopBackRow(
            id=line.name,
            state=LoopBackState.RUNNING,
            fault="",
            tone_dbm0=None,
            return_loss_db=None,
            at=0.0,
        )

    def begin(self) -> None:
        """Take the line, and go.

        Raises:
            RuntimeError: the line is not idle.
        """
        self._line.learn(self._probe)
        self._tell("began", self._row)
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._over)

    async def _run(self) -> LoopBackRow:
        try:
            await self._probe.seize()
            row = await self._measured()
            await self._probe.hang_up(_REST_S)
        except StepFailed as failed:
            row = self._failed(LoopBackFault(failed.fault))
        return row

    async def _measured(self) -> LoopBackRow:
        found = await self._probe.tone(
            self._probe.place,
            patience_s=DIAL_TONE_S,
            is_enough=lambda measured: measured.periods >= _ENOUGH_S,
        )
        if found is None:
            return self._failed(LoopBackFault.NO_DIAL_TONE)
        tone_dbm0 = round(found.level_dbm0, 1)
        echo = await self._probe.echo(found.freqs_hz)
        if echo.return_loss_db is None or echo.return_loss_db > DEEPEST_DB:
            return replace(self._failed(LoopBackFault.NO_ECHO), tone_dbm0=tone_dbm0)
        return replace(
            self._row,
            state=LoopBackState.PASSED,
            tone_dbm0=tone_dbm0,
            return_loss_db=round(echo.return_loss_db, 1),
        )

    def _failed(self, fault: LoopBackFault) -> LoopBackRow:
        return replace(self._row, state=LoopBackState.FAILED, fault=fault)

    def _over(self, task: asyncio.Task[LoopBackRow]) -> None:
        """Whatever happened, a fault of ours too, the line must not stay off hook."""
        if self._probe.fault is None:
            self._line.end_learning()
        self._probe.forget()
        if task.cancelled():
            return  # lined ends
        if (error := task.exception()) is not None:
            log.error("line %s: the loop-back test broke", self._line.name, exc_info=error)
            row = self._failed(LoopBackFault.BROKEN)
        else:
            row = task.result()
        log.info("line %s: loop-back test %s %s", row.id, row.state, row.fault)
        self._tell("ended", row)
