"""Bringing a modem back that is plugged in and does not answer: in steps, the gentlest first, ever
less often.

Each time it falls silent its port is opened anew at once, which alone helps when it waited for
the end of a message. Then it is told to restart (``AT+CFUN=1,1``), then loses its power for a
moment, then is made the kernel to find again; after that from the start, with longer pauses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hw.hotplug.port import CannotReset, Step, UsbPower

log = logging.getLogger(__name__)

RESTART = "restart"
STEPS = ("reopen", RESTART, str(Step.POWER), str(Step.REENUMERATE))
PAUSES_S = (0.0, 10.0, 30.0, 120.0, 600.0)
"""Before a step: by how many were taken since it last worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A step that was taken: for the log and the row."""

    step: str
    count: int
    fault: str = ""


class Reviver:
    """One modem's. ``work`` runs a function in a thread that may wait, ``hand_over`` one in the
    daemon's; ``later`` after so many seconds; ``tell`` makes an attempt known. ``where`` gives the
    modem's place on USB, "" when it has none."""

    def __init__(
        self,
        *,
        power: UsbPower,
        where: Callable[[], str],
        work: Callable[[Callable[[], None]], object],
        hand_over: Callable[..., None],
        later: Callable[[float, Callable[[], None]], object],
        tell: Callable[[Attempt], None],
    ) -> None:
        self._power = power
        self._where = where
        self._work = work
        self._hand_over = hand_over
        self._later = later
        self._tell = tell
        self._count = 0
        self._busy = False
        self.restarts = False
        """Whether the port that is opened next shall tell the modem to restart."""

    def answers(self) -> None:
        """The modem is well."""
        self._count = 0
        self.restarts = False

    def fell_silent(self) -> None:
        """It does not answer; its port has been closed and is being opened anew."""
        if self._busy:
            return
        self._busy = True
        pause_s = PAUSES_S[min(self._count, len(PAUSES_S) - 1)]
        self._later(pause_s, self._step)

    def _step(self) -> None:
        step = STEPS[self._count % len(STEPS)]
        self._count += 1
        self.restarts = step == RESTART
        where = self._where()
        if step not in {str(s) for s in Step}:
            self._done(Attempt(step=step, count=self._count))
        elif not where:
            self._done(Attempt(step=step, count=self._count, fault="its place on USB is not known"))
        else:
            self._work(lambda: self._reset(where, Step(step)))

    def _reset(self, where: str, step: Step) -> None:
        fault = ""
        try:
            self._power.reset(where, step)
        except CannotReset as error:
            fault = str(error)
        attempt = Attempt(step=str(step), count=self._count, fault=fault)
        self._hand_over(self._done, attempt)

    def _done(self, attempt: Attempt) -> None:
        self._busy = False
        outcome = f"cannot: {attempt.fault}" if attempt.fault else "done"
        log.warning(
            "modem does not answer: attempt %d, %s: %s", attempt.count, attempt.step, outcome
        )
        self._tell(attempt)
