"""The desk where lines are learned: the wizards that run, and what is proposed for each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware.lined.learning.probe import Work
from firmware.lined.learning.steps import StepTimes
from firmware.lined.learning.wizard import Wizard, in_force
from firmware.lined.line import Line
from firmware.lined.trunk import TrunkLine
from firmware.link.learning import LearningRow, LearningStep


class LearningDesk:
    """``LearningApi`` over ``lines``. ``post`` shows a row after an event."""

    def __init__(
        self,
        *,
        work: Work,
        wall_clock: Callable[[], float],
        post: Callable[[str, LearningRow], None],
        times: StepTimes | None = None,
    ) -> None:
        self._work = work
        self._wall_clock = wall_clock
        self._post = post
        self._times = times or StepTimes()
        self._wizards: dict[str, Wizard] = {}
        self._rows: dict[str, LearningRow] = {}
        self.lines: Mapping[str, Line[Any]] = {}

    def begin_learning(self, line: str, steps: tuple[LearningStep, ...]) -> None:
        """See ``LearningApi``."""
        trunk = self._trunk(line)
        if line in self._wizards and self._wizards[line].runs:
            raise RuntimeError(f"line {line} is being learned already")
        wizard = Wizard(
            trunk,
            steps,
            now=in_force(trunk),
            work=self._work,
            times=self._times,
            wall_clock=self._wall_clock,
            tell=self._told,
        )
        wizard.begin()
        self._wizards[line] = wizard

    def cancel_learning(self, line: str) -> None:
        """See ``LearningApi``."""
        self._trunk(line)
        wizard = self._wizards.get(line)
        if wizard is None or not wizard.runs:
            raise RuntimeError(f"line {line} is not being learned")
        wizard.cancel()

    def forget_learning(self, line: str) -> None:
        """See ``LearningApi``."""
        self._trunk(line)
        if line in self._wizards and self._wizards[line].runs:
            raise RuntimeError(f"line {line} is being learned")
        self._wizards.pop(line, None)
        self._remove(line)

    def removed(self, line: str) -> None:
        """A line was taken out, or is built anew: what was proposed for the old one is void. A
        wizard that had it has been told by the line."""
        self._wizards.pop(line, None)
        self._remove(line)

    def _remove(self, line: str) -> None:
        row = self._rows.pop(line, None)
        if row is not None:
            self._post("learning.removed", replace(row, proposals=()))

    def _told(self, event: str, row: LearningRow) -> None:
        trunk = self.lines.get(row.id)
        if trunk is None or (row.id not in self._wizards and event != "began"):
            return  # the line is gone
        self._rows[row.id] = row
        self._post(f"learning.{event}", row)

    def _trunk(self, name: str) -> TrunkLine:
        line = self.lines.get(name)
        if line is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise KeyError(f"no line is called {name!r}; there are {known}")
        if isinstance(line, TrunkLine):
            return line
        raise RuntimeError(f"line {name} is no analogue trunk line: there is nothing to learn")
