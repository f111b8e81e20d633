"""A trunk line of lined, a simulated exchange at the other end of its wire, and people who answer,
call and hang up there: all on a clock that jumps (``tests.jump``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from firmware.config.sections.lines import TrunkSignals
from firmware.lined.learning.desk import LearningDesk
from firmware.lined.learning.steps import StepTimes
from firmware.lined.line import LineTimes, Surroundings
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel
from firmware.lined.trunk import TrunkLine
from firmware.link.learning import LearningRow, LearningStep, ProposalRow
from firmware.link.rows import LineRow
from hw.dahdi.exchanges import OWN, WRONG, Exchange
from hw.dahdi.office import Answered, BoxHungUp, Disconnected, FarAnswered, OfficeState
from hw.dahdi.port import PortKind, PortLost
from hw.dahdi.sim import SimPort
from hw.dahdi.wire import SILENCE, Loop, Socket
from hw.signal.caller_id import CallerId
from hw.signal.level import amplified
from hw.signal.tone import TonePlan, plan_of

T = TypeVar("T")

FRIEND = "5550123"
CALLER = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")

ALL_STEPS = (
    LearningStep(step="dial_tone"),
    LearningStep(step="busy", number=OWN),
    LearningStep(step="congestion", number=WRONG),
    LearningStep(step="call_out", number=FRIEND),
    LearningStep(step="call_in"),
)


class LearningBench:
    """``country`` is what the box takes the line for. ``talk_s`` is how long after an answer the
    far party leaves."""

    def __init__(
        self,
        folder: Path,
        exchange: Exchange,
        around: Callable[..., Surroundings],
        *,
        country: TonePlan | None = None,
        talk_s: float = 15.0,
        times: StepTimes | None = None,
        learns_in: Path | None = None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.office = exchange.office()
        self._loss_db = exchange.loss_db
        self.office.far_ring_s = 14.0
        self.talk_s = talk_s
        self.caller = CALLER
        self.calls_after_s = 4.0
        self.spoken: Callable[[bytes], bytes] = lambda _heard: SILENCE
        self.on_line: Callable[[bytes], bytes] = lambda audio: audio
        self.rows: list[tuple[str, LearningRow]] = []
        self.line_rows: list[tuple[str, LineRow]] = []
        self.dialled: list[str] = []
        self._socket = Socket(folder / "wire")
        self.port = SimPort(PortKind.FXO, folder / "wire")
        end = self._socket.plugged()
        assert end is not None
        self._end = end
        self.patch = Patch(lambda function, *arguments: function(*arguments))
        self.channel: Channel[Any] = Channel("fxo-1", lambda: self.port, self.patch)
        self.line = TrunkLine(
            "fxo-1",
            self.channel,
            around(country or plan_of("ir"), self.loop, self._line_told),
            simulated=True,
            signals=TrunkSignals(),
        )
        self.line.on_found()
        self.wall_clock: Callable[[], float] = lambda: 0.0
        self.desk = LearningDesk(
            work=_at_once,
            clock=self.loop.time,
            wall_clock=self._wall_time,
            post=self._told,
            folder=learns_in,
            times=times,
        )
        self.desk.lines = {"fxo-1": self.line}
        self.desk.added(self.line)
        self._world = self.loop.create_task(self._turn())

    def _wall_time(self) -> float:
        return self.wall_clock()

    def _told(self, event: str, row: LearningRow) -> None:
        self.rows.append((event, row))
        if event == "learning.stepped" and row.step == "call_in":
            self.loop.call_later(self.calls_after_s, self._call_the_box)

    def _line_told(self, event: str, row: LineRow) -> None:
        self.line_rows.append((event, row))

    def _call_the_box(self) -> None:
        if self.office.state is OfficeState.IDLE and not self.office.is_cut:
            self.office.ring(self.caller)

    # -- time -----------------------------------------------------------------------------

    async def _turn(self) -> None:
        while True:
            self.step()
            await asyncio.sleep(0.02)

    def step(self) -> None:
        """20 ms."""
        while self.channel._orders:
            self.channel._orders.popleft()(self.port)
        loops = self._end.loops()
        loop = loops[-1] if loops else Loop()
        heard = amplified(loop.audio, -self._loss_db)  # behind the pair of wires
        feed = self.office.step(loop, self.spoken(heard))
        if loop.closed and feed.battery:
            feed = type(feed)(battery=True, reversed=feed.reversed, audio=self.on_line(feed.audio))
        self._end.send_feed(feed)
        for event in self.office.events():
            match event:
                case Answered() | FarAnswered():
                    self.loop.call_later(self.talk_s, self.office.hang_up)
                case Disconnected() | BoxHungUp():
                    pass
                case _:
                    self.dialled.append(getattr(event, "number", ""))
        try:
            for happened in self.port.events():
                self.line.on_port(happened)
            while frame := self.port.read():
                self.port.write(self.patch.say())
                self.patch.hear(frame)
        except PortLost as lost:
            self.line.on_lost(str(lost))
            self._world.cancel()

    async def learn(self, steps: Sequence[LearningStep] = ALL_STEPS) -> LearningRow:
        """Run steps to their end; the last row."""
        self.desk.begin_learning("fxo-1", tuple(steps))
        await self.until(lambda: self.row.state != "running", 600)
        return self.row

    async def until(self, condition: Callable[[], object], timeout_s: float) -> None:
        """Let time go by until something is true."""
        end = self.loop.time() + timeout_s
        while not condition():
            assert self.loop.time() < end, f"not within {timeout_s:g} s: {self.rows[-1:]}"
            await asyncio.sleep(0.02)

    async def pass_s(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None:
        self._world.cancel()
        self.port.close()
        self._end.close()
        self._socket.close()

    # -- what came of it ------------------------------------------------------------------

    @property
    def row(self) -> LearningRow:
        return self.rows[-1][1]

    def proposals_if_any(self) -> bool:
        return bool(self.rows and self.row.proposals)

    def proposals(self) -> dict[str, ProposalRow]:
        return {one.setting: one for one in self.row.proposals}


async def _at_once(function: Callable[[], T]) -> T:
    return function()


def surroundings(exchange: Any) -> Callable[..., Surroundings]:
    """What a line is given, around an exchange that stands for switchd."""

    def make(plan: TonePlan, clock: Any, post: Callable[[str, LineRow], None]) -> Surroundings:
        return Surroundings(exchange=exchange, clock=clock, plan=plan, times=LineTimes(), post=post)

    return make
