"""The desk where lines are learned: the wizards that run, and what is proposed for each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware.lined.learning.daily import DailyWatch
from firmware.lined.learning.probe import Work
from firmware.lined.learning.steps import StepTimes
from firmware.lined.learning.wizard import State, Wizard, in_force, proposal
from firmware.lined.line import Line
from firmware.lined.trunk import TrunkLine
from firmware.link.learning import LearningRow, LearningStep, ProposalRow
from firmware.model.evidence import Evidence, alike


class LearningDesk:
    """``LearningApi`` over ``lines``. ``post`` shows a row after an event. In ``folder`` is what
    daily calls taught, a file a line; without one nothing is learned from them."""

    def __init__(
        self,
        *,
        work: Work,
        wall_clock: Callable[[], float],
        post: Callable[[str, LearningRow], None],
        clock: Callable[[], float],
        folder: Path | None = None,
        times: StepTimes | None = None,
    ) -> None:
        self._work = work
        self._wall_clock = wall_clock
        self._post = post
        self._clock = clock
        self._folder = folder
        self._times = times or StepTimes()
        self._wizards: dict[str, Wizard] = {}
        self._rows: dict[str, LearningRow] = {}
        self._watches: dict[str, DailyWatch] = {}
        self._from_calls: dict[str, tuple[ProposalRow, ...]] = {}
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
        if line in self._watches:
            self._watches[line].forget()
        self._remove(line)

    def added(self, line: Line[Any]) -> None:
        """A line is there: watch its daily calls."""
        if self._folder is None or not isinstance(line, TrunkLine):
            return
        watch = DailyWatch(
            self._folder / f"{line.name}.json",
            work=self._work,
            clock=self._clock,
            wall_clock=self._wall_clock,
            learned=lambda evidence: self._daily(line.name, evidence),
        )
        line.watcher = self._watches[line.name] = watch
        self._daily(line.name, watch.evidence)

    def _daily(self, name: str, evidence: Evidence) -> None:
        """Daily calls showed something: propose it, if that is new."""
        line = self.lines.get(name)
        if not isinstance(line, TrunkLine):
            return
        now = in_force(line)
        found = tuple(proposal(one, now, "calls") for one in evidence.findings(now))
        before = self._from_calls.get(name, ())
        self._from_calls[name] = found
        if _says_the_same(found, before):
            return
        row = self._rows.get(name) or _quiet(name)
        self._show("proposed", replace(row, at=self._wall_clock()))

    def _show(self, event: str, row: LearningRow) -> None:
        """Post a row, with what the wizard found before what daily calls say."""
        wizards = [one for one in row.proposals if one.source == "learned"]
        known = {one.setting for one in wizards if one.value}
        calls = [one for one in self._from_calls.get(row.id, ()) if one.setting not in known]
        row = replace(row, proposals=(*wizards, *calls))
        self._rows[row.id] = row
        self._post(f"learning.{event}", row)

    def removed(self, line: str) -> None:
        """A line was taken out, or is built anew: what was proposed for the old one is void. A
        wizard that had it has been told by the line."""
        self._wizards.pop(line, None)
        self._watches.pop(line, None)
        self._remove(line)

    def _remove(self, line: str) -> None:
        self._from_calls.pop(line, None)
        row = self._rows.pop(line, None)
        if row is not None:
            self._post("learning.removed", replace(row, proposals=()))

    def _told(self, event: str, row: LearningRow) -> None:
        trunk = self.lines.get(row.id)
        if trunk is None or (row.id not in self._wizards and event != "began"):
            return  # the line is gone
        self._show(event, row)

    def _trunk(self, name: str) -> TrunkLine:
        line = self.lines.get(name)
        if line is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise KeyError(f"no line is called {name!r}; there are {known}")
        if isinstance(line, TrunkLine):
            return line
        raise RuntimeError(f"line {name} is no analogue trunk line: there is nothing to learn")


def _quiet(line: str) -> LearningRow:
    """The row of a line that nobody asked to learn."""
    return LearningRow(
        id=line, state=State.QUIET, step="", asks="", number="", steps=(), done=(), faults={}
    )


def _says_the_same(one: Sequence[ProposalRow], other: Sequence[ProposalRow]) -> bool:
    """Whether both propose the same, but for how sure they are."""
    if [a.setting for a in one] != [b.setting for b in other]:
        return False
    return all(alike(a.setting, a.value, b.value) for a, b in zip(one, other, strict=True))
