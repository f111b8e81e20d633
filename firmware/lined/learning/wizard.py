"""The wizard: runs steps on one line, one after the other, and shows how it goes.

It dials nothing but what it was given. However it ends, the line is on hook and serves again,
and nothing has been set.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from firmware.lined.dialling import can_dial
from firmware.lined.learning.plan import tone_setting
from firmware.lined.learning.probe import Probe, StepFailed, Work
from firmware.lined.learning.steps import STEPS, StepTimes
from firmware.lined.trunk import TrunkLine
from firmware.link.learning import LearningRow, LearningStep, ProposalRow
from firmware.model.learning import (
    ASKS,
    DIALS,
    Fault,
    Finding,
    Observation,
    Setting,
    Step,
    conclude,
)

log = logging.getLogger(__name__)


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # no step has done what it was for
    CANCELLED = "cancelled"
    QUIET = "quiet"  # nobody asked; daily calls propose something


_FATAL = frozenset({Fault.LINE_CUT, Fault.PORT_LOST, Fault.CALL_CAME_IN, Fault.REMOVED})
"""Faults that take the line away: no further step can be made."""


def checked(line: TrunkLine, steps: Sequence[LearningStep]) -> tuple[LearningStep, ...]:
    """``steps``, if they can be run.

    Raises:
        ValueError: they cannot.
    """
    if not steps:
        raise ValueError(f"name a step: {', '.join(Step)}")
    for one in steps:
        if one.step not in set(Step):
            raise ValueError(f"there is no step {one.step!r}; there are {', '.join(Step)}")
        if one.step in DIALS and not can_dial(one.number, line.signals.dial):
            raise ValueError(f"step {one.step} dials: give it a number, not {one.number!r}")
        if one.step not in DIALS and one.number:
            raise ValueError(f"step {one.step} dials nothing: leave {one.number!r} out")
    return tuple(steps)


class Wizard:
    """One run on one line. ``tell`` posts the row after an event."""

    def __init__(
        self,
        line: TrunkLine,
        steps: Sequence[LearningStep],
        *,
        now: Mapping[str, str],
        work: Work,
        times: StepTimes,
        wall_clock: Callable[[], float],
        tell: Callable[[str, LearningRow], None],
    ) -> None:
        self._line = line
        self._steps = checked(line, steps)
        self._now = now
        self._times = times
        self._wall_clock = wall_clock
        self._tell = tell
        self._probe = Probe(line, work)
        self._observed: list[Observation] = []
        self._task: asyncio.Task[None] | None = None
        self.row = LearningRow(
            id=line.name,
            state=State.RUNNING,
            step="",
            asks="",
            number="",
            steps=tuple(one.step for one in self._steps),
            done=(),
            faults={},
        )

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.row.state == State.RUNNING

    def begin(self) -> None:
        """Take the line, and go.

        Raises:
            RuntimeError: the line is not idle.
        """
        self._line.learn(self._probe)
        self._show("began")
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._over)

    def cancel(self) -> None:
        """Give the line back now."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        for one in self._steps:
            await self._step(one)
            if self._probe.fault is not None:
                return

    def _over(self, task: asyncio.Task[None]) -> None:
        """Whatever happened, a fault of ours too, the line must not stay off hook. (A task that
        is cancelled before its first turn runs nothing of itself.)"""
        state = State.DONE if any(one.value for one in self._findings()) else State.FAILED
        if task.cancelled():
            state = State.CANCELLED
            self._failed(self.row.step, Fault.CANCELLED)
        elif (error := task.exception()) is not None:
            state = State.FAILED
            log.error("line %s: learning broke", self._line.name, exc_info=error)
        if self._probe.fault is None:
            self._line.end_learning()
        self._probe.forget()
        self._change(state=state)
        self._show("ended")

    async def _step(self, one: LearningStep) -> None:
        step = Step(one.step)
        self._change(step=step, asks=ASKS[step], number=one.number)
        self._show("stepped")
        self._probe.rings = False
        try:
            await STEPS[step](self._probe, one.number, self._observed, self._times)
            self._probe.rings = False
            await self._probe.hang_up(self._times.rest_s)
        except StepFailed as failed:
            self._failed(step, failed.fault)
            if failed.fault not in _FATAL:
                await self._rest()
        self._change(done=(*self.row.done, step))
        self._show("observed")

    async def _rest(self) -> None:
        """After a step that failed."""
        self._probe.rings = False
        try:
            await self._probe.hang_up(self._times.rest_s)
        except StepFailed as failed:
            self._failed(self.row.step, failed.fault)

    def _failed(self, step: str, fault: Fault) -> None:
        log.warning("line %s: learning, step %s: %s", self._line.name, step or "none", fault)
        self._change(faults={**self.row.faults, step: str(fault)})

    def _change(self, **changes: object) -> None:
        self.row = replace(self.row, **changes)  # type: ignore[arg-type]

    def _findings(self) -> tuple[Finding, ...]:
        return conclude(self._observed, receive_gain_db=self._line.signals.receive_gain_db)

    def _show(self, event: str) -> None:
        proposals = tuple(proposal(one, self._now, "learned") for one in self._findings())
        self._change(proposals=proposals, at=self._wall_clock())
        self._tell(event, self.row)


def proposal(finding: Finding, now: Mapping[str, str], source: str) -> ProposalRow:
    """A finding as the link shows it, beside the value in force."""
    return ProposalRow(
        setting=finding.setting,
        value=finding.value,
        now=now.get(finding.setting, ""),
        confidence=finding.confidence,
        why=finding.why.id,
        params=dict(finding.why.params),
        source=source,
    )


def in_force(line: TrunkLine) -> dict[str, str]:
    """What a line's settings are now, written as proposals are."""
    plan, signals = line.around.plan, line.signals
    tones: dict[str, str] = {
        name: str(tone_setting(plan.tone(name)))
        for name in (Setting.DIAL, Setting.BUSY, Setting.CONGESTION, Setting.RINGBACK)
    }
    return {
        **tones,
        Setting.HANG_UP: "+".join(signals.hang_up),
        Setting.ANSWER: signals.answer,
        Setting.CALLER_ID: signals.caller_id,
        Setting.RECEIVE_GAIN: f"{signals.receive_gain_db:g}",
        Setting.SILENCE_S: f"{line.silence_s:g}" if line.silence_s else "",
    }
