"""A world of mains, a battery, a supply and a box, second by second, around the power keeper.

What is modelled is what can go wrong: a halted box stays halted for as long as it has power; only
power that comes after none, or an order to start anew, makes it run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.model.power.ending import Ending, Order
from firmware.model.power.keeper import Limits, PowerKeeper
from firmware.model.power.reading import Reading
from firmware.model.power.state import Measure, PowerState

LIMITS = Limits(drain_s=20.0, finalise_s=10.0, settle_s=30.0, low_minutes=0.6, critical_minutes=0.2)
POLICIES = {
    PowerState.ON_BATTERY: frozenset({Measure.STOP_BACKGROUND}),
    PowerState.CRITICAL: frozenset({Measure.DRAIN}),
}
HALTING_S, BOOTING_S, CUT_DELAY_S, REST_S = 8, 10, 20, 3


class Box(StrEnum):
    RUNNING = "running"
    HALTING = "halting"
    HALTED = "halted"
    RESTING = "resting"
    BOOTING = "booting"
    OFF = "off"


@dataclass
class World:
    ending: Ending
    drain_per_s: float = 0.5
    percent: float = 100.0
    mains: bool = True
    live_calls: int = 0
    obeys_cut: bool = True
    now: int = 0
    box: Box = Box.RUNNING
    says: Reading | None = None  # what the sensor says instead of the truth
    is_silent: bool = False
    orders: list[Order] = field(default_factory=list)
    states: list[PowerState] = field(default_factory=list)
    _since: int = 0
    _cut_at: int | None = None
    _was_cut: bool = False

    def __post_init__(self) -> None:
        self.keeper = self._new_keeper()

    def _new_keeper(self) -> PowerKeeper:
        return PowerKeeper(
            limits=LIMITS, policies=POLICIES, ending=self.ending, since=float(self.now)
        )

    def run(self, seconds: int) -> World:
        for _second in range(seconds):
            self.second()
        return self

    def second(self) -> None:
        self.now += 1
        self._supply()
        if self._has_power():
            self._live()
        elif self.box is not Box.OFF:
            self._become(Box.OFF)

    def _supply(self) -> None:
        step = 0.5 if self.mains else -self.drain_per_s
        self.percent = min(100.0, max(0.0, self.percent + step))
        if self._cut_at is not None and self.now >= self._cut_at:
            self._cut_at, self._was_cut = None, True
        elif self._was_cut and self.mains:
            self._was_cut = False

    def _has_power(self) -> bool:
        if self._was_cut:
            return False
        return self.mains or (self.percent > 0.0 and self.box is not Box.OFF)

    def _live(self) -> None:
        lasted = self.now - self._since
        if self.box is Box.OFF:
            self._become(Box.BOOTING)
        elif self.box is Box.BOOTING and lasted >= BOOTING_S:
            self.keeper = self._new_keeper()
            self._become(Box.RUNNING)
        elif self.box is Box.HALTING and lasted >= HALTING_S:
            self._become(Box.HALTED)
        elif self.box in {Box.RUNNING, Box.RESTING}:
            self._look()

    def _look(self) -> None:
        if self.is_silent:
            self.keeper.silent("no answer", float(self.now))
        else:
            truth = Reading(mains=self.mains, charge_percent=self.percent)
            minutes = self.percent / self.drain_per_s / 60.0
            self.keeper.hear(self.says or truth, minutes, float(self.now))
        step = self.keeper.look(float(self.now), live_calls=self.live_calls)
        self.states += [step.after] if step.after is not step.before else []
        for order in step.orders:
            self._do(order)

    def _do(self, order: Order) -> None:
        self.orders.append(order)
        if order is Order.ARM_CUT:
            if self.obeys_cut:
                self._cut_at = self.now + CUT_DELAY_S
            else:
                self.keeper.cannot_cut()
        elif order is Order.HALT:
            self._become(Box.HALTING if self.keeper.ending is Ending.CUT else Box.RESTING)
        elif order is Order.REST:
            self._become(Box.RESTING)
        elif order is Order.RESTART:
            self._become(Box.BOOTING)

    def _become(self, box: Box) -> None:
        self.box, self._since = box, self.now
