"""The clock with a battery, and the machine's: which of the two is right, and set the other.

At the start a machine that nobody has told the time goes on from when the box last ran
(``firmware.box.clock``). That is never too late, so a battery's clock that is behind it has lost
its time, and one that is ahead knows how long the box was off. Later the network may tell the time;
what it tells is kept. Nobody else sets the machine's clock back.
"""

from __future__ import annotations

import logging
import time
from enum import StrEnum

from hw.rtc.port import Rtc, SystemClock

log = logging.getLogger(__name__)

EVERY_S = 660.0
"""As often as the kernel itself does, where it does (CONFIG_RTC_SYSTOHC)."""

_APART_S = 2.0
_LATEST_S = 4_102_444_800.0  # the year 2100: a clock that is later than that is wrong


class Step(StrEnum):
    LEAVE = "leave"
    TAKE = "take"  # the machine's clock is set by the battery's
    KEEP = "keep"  # the battery's is set by the machine's


def next_step(machine: float, battery: float | None, *, synchronised: bool, starts: bool) -> Step:
    """What to do about the two times, Unix seconds. None: the battery's clock has no time."""
    if battery is None or battery >= _LATEST_S:
        return Step.KEEP
    if abs(machine - battery) < _APART_S:
        return Step.LEAVE
    if synchronised or battery < machine:
        return Step.KEEP
    return Step.TAKE if starts else Step.LEAVE


class TimeKeeper:
    """The two clocks of a machine."""

    def __init__(self, rtc: Rtc, machine: SystemClock) -> None:
        self._rtc, self._machine = rtc, machine
        self._starts = True
        self._fails = False

    def look(self) -> Step:
        """Compare and set; to be called at the start and every ``EVERY_S``. May wait a second."""
        step = next_step(
            self._machine.read(),
            self._battery(),
            synchronised=self._machine.is_synchronised(),
            starts=self._starts,
        )
        self._starts = False
        try:
            self._do(step)
        except OSError as error:
            if not self._fails:
                log.warning("the clocks cannot be set by each other (%s): %s", step, error)
            self._fails = True
            return Step.LEAVE
        self._fails = False
        return step

    def _do(self, step: Step) -> None:
        if step is Step.TAKE:
            now = self._rtc.read()
            self._machine.set(now)
            shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
            log.warning("the machine's clock was behind: the battery's says %s UTC", shown)
        elif step is Step.KEEP:
            self._rtc.set(self._machine.read())

    def _battery(self) -> float | None:
        try:
            return self._rtc.read()
        except (OSError, ValueError):
            return None
