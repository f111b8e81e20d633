"""deviced's power watch on a clock that a test moves, with a simulated supply and machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.config.sections.power import Power
from firmware.deviced.discharge import History
from firmware.deviced.power import PowerWatch
from firmware.link.server import Board
from firmware.model.power.state import PowerState
from hw.machine.sim import SimMachine
from hw.power.port import Supply
from hw.power.sim import SimSupply


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """``lasts_s``: of the battery; ``calls``: those that live."""

    lasts_s: float = 600.0
    plan: Power = field(
        default_factory=lambda: Power(
            full_minutes=10.0,
            low_minutes=0.0,
            critical_minutes=0.0,
            settle_s=30.0,
            drain_s=20.0,
            finalise_s=10.0,
        )
    )
    past: tuple = ()
    refused: frozenset[str] = frozenset()
    calls: int = 0

    def __post_init__(self) -> None:
        self.clock, self.board, self.kept, self.moves = Clock(), Board(), [], []
        self.supply = SimSupply(self.clock, lasts_s=self.lasts_s)
        self.machine = SimMachine(self.refused)
        self.watch = self.watching(self.supply, self.clock)

    def watching(self, supply: Supply, clock: Callable[[], float]) -> PowerWatch:
        """A watch over a supply, by a clock; what it orders goes to ``machine``."""
        history = History(self.past, boot="life-1", keep=self.kept.append, clock=clock, wall=clock)
        return PowerWatch(
            supply,
            self.machine,
            history,
            plan=self.plan,
            board=self.board,
            simulated=True,
            clock=clock,
            wall=clock,
            live_calls=lambda: self.calls,
            told=lambda _before, after: self.moves.append(after),
        )

    async def run(self, seconds: int) -> None:
        for _second in range(seconds):
            self.clock.now += 1
            await self.watch.look()

    async def until(self, state: PowerState, most_s: int = 1200) -> None:
        for _second in range(most_s):
            if self.watch.state is state:
                return
            await self.run(1)
        raise AssertionError(f"power is {self.watch.state}, not {state}, after {most_s} s")

    @property
    def row(self):
        (row,) = self.board.snapshot()["rows"]["power"]
        return row
