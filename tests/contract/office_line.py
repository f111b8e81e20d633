"""A trunk line of lined on a simulated port, an office at the other end of the wire, and no clock
but a count of frames: everything between the exchange outside and the SIP dialog, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config.sections.lines import TrunkSignals
from firmware.lined.line import LineTimes, Surroundings
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel
from firmware.lined.trunk import TrunkLine
from firmware.link.rows import LineRow
from firmware.sip.message import Invitation, Party
from hw.dahdi.hybrid import Hybrid
from hw.dahdi.office import CentralOffice, OfficeEvent
from hw.dahdi.port import EventPending, PortKind, PortLost
from hw.dahdi.sim import SimPort
from hw.dahdi.wire import SILENCE, Loop, Socket
from hw.signal.tone import TonePlan
from tests.unit.line_bench import FakeDialog, FakeExchange, HandClock

_FRAME_S = 0.02


@dataclass(eq=False)
class OfficeLine:
    """``events`` are the office's, ``rows`` what the line posted."""

    office: CentralOffice
    plan: TonePlan
    folder: Path
    signals: TrunkSignals = field(default_factory=TrunkSignals)
    hybrid: Hybrid | None = None
    events: list[OfficeEvent] = field(default_factory=list)
    rows: list[tuple[str, LineRow]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = HandClock()
        self.exchange = FakeExchange()
        self.patch = Patch(lambda function, *arguments: function(*arguments))
        self.socket = Socket(self.folder / "wire")
        self.channel: Channel = Channel("fxo-1", self._open, self.patch)
        around = Surroundings(
            exchange=self.exchange,
            clock=self.clock,
            plan=self.plan,
            times=LineTimes(),
            post=lambda event, row: self.rows.append((event, row)),
        )
        self.line = TrunkLine("fxo-1", self.channel, around, simulated=True, signals=self.signals)
        self.plug_in()

    def _open(self) -> SimPort:
        return SimPort(
            PortKind.FXO,
            self.folder / "wire",
            flash_ms=self.signals.flash_ms,
            hybrid=self.hybrid,
        )

    def plug_in(self) -> None:
        """Open the port."""
        self.port: SimPort | None = self._open()
        self.end = self.socket.plugged()
        self.line.on_found()

    @property
    def dialog(self) -> FakeDialog:
        """The newest that the line has begun."""
        return self.exchange.last

    def run(self, seconds: float, spoken: Callable[[], bytes] = lambda: SILENCE) -> None:
        """Let time go by; the far party says ``spoken``."""
        for _ in range(round(seconds / _FRAME_S)):
            self._frame(spoken())

    def until(self, condition: Callable[[], object], timeout_s: float) -> None:
        """Let time go by until ``condition()``."""
        for _ in range(round(timeout_s / _FRAME_S)):
            if condition():
                return
            self._frame(SILENCE)
        told = [(name, row.note) for name, row in self.rows]
        raise AssertionError(f"{self.line.state} after {timeout_s} s: {told}")

    def _frame(self, spoken: bytes) -> None:
        loops = self.end.loops() if self.end is not None else []
        feed = self.office.step(loops[-1] if loops else Loop(), spoken)
        self.events += self.office.events()
        self.clock.pass_s(_FRAME_S)
        if self.port is None:
            return
        if self.end is not None:
            self.end.send_feed(feed)
        try:
            self._serve(self.port)
        except PortLost as error:
            self.port.close()
            self.port = None
            self.line.on_lost(str(error))

    def _serve(self, port: SimPort) -> None:
        while self.channel._orders:
            self.channel._orders.popleft()(port)
        for event in port.events():
            self.line.on_port(event)
        try:
            while frame := port.read():
                port.write(self.patch.say())
                self.patch.hear(frame)
        except EventPending:
            self._serve(port)

    def unplug(self) -> None:
        """The card is drawn between one frame and the next."""
        assert self.end is not None
        self.end.close()
        self.end = None

    def invite(self, number: str) -> FakeDialog:
        """switchd calls out on the line."""
        dialog = FakeDialog(events=None, called=number, caller="101")
        invitation = Invitation(
            source="127.0.0.3:15090",
            called=number,
            sender=Party(user="101", name="Sara"),
            asserted=None,
            line="fxo-1",
        )
        refused = self.line.take(dialog, invitation)
        assert refused is None, refused
        dialog.events = self.line
        return dialog

    def close(self) -> None:
        """Unplug all."""
        if self.port is not None:
            self.port.close()
        if self.end is not None:
            self.end.close()
        self.socket.close()
