"""What stands around a line under test: a clock that is moved by hand, an exchange and a port
that write down what they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.lined.line import LineTimes, Surroundings
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel
from firmware.link.rows import LineRow
from firmware.model.alert import Ringing
from firmware.model.cause import Cause
from firmware.sip.message import Invitation, Party
from hw.signal.dtmf import DtmfGenerator
from hw.signal.playout import SILENCE
from hw.signal.tone import ToneGenerator, plan_of

PLAN = plan_of("ir")


class HandClock:
    """Time goes by only in ``pass_s``."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay: float, callback: Callable[[], object]) -> _Timer:
        self._count += 1
        timer = (self.now_s + delay, self._count, callback)
        self._timers.append(timer)
        return _Timer(self._timers, timer)

    def pass_s(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while due := sorted(t for t in self._timers if t[0] <= end_s + 1e-9):
            self._timers.remove(due[0])
            self.now_s = max(self.now_s, due[0][0])
            due[0][2]()
        self.now_s = end_s

    @property
    def running(self) -> int:
        return len(self._timers)


@dataclass(frozen=True)
class _Timer:
    timers: list[tuple[float, int, Callable[[], object]]]
    timer: tuple[float, int, Callable[[], object]]

    def cancel(self) -> None:
        if self.timer in self.timers:
            self.timers.remove(self.timer)


@dataclass(eq=False)
class FakeDialog:
    """A dialog that writes down its orders; ``events`` is None once the line forgot it."""

    events: Any
    called: str = ""
    caller: str = ""
    caller_name: str = ""
    line: str = ""
    is_withheld: bool = False
    id: str = "dialog"
    orders: list[str] = field(default_factory=list)
    ended_with: Cause | None = None
    joined: bool = False
    introduced: Any = None

    def ring(self) -> None:
        self.orders.append("ring")

    def progress(self) -> None:
        self.orders.append("progress")

    def answer(self) -> None:
        self.orders.append("answer")

    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        self.orders.append(f"hang_up {cause.value}")

    def send_digits(self, digits: str) -> None:
        self.orders.append(f"digits {digits}")

    def tell(self, what: str) -> None:
        self.orders.append(f"tell {what}")

    def hold(self) -> None:
        self.orders.append("hold")

    def resume(self) -> None:
        self.orders.append("resume")


class FakeExchange:
    """switchd's place: keeps every dialog. ``full`` refuses calls."""

    def __init__(self) -> None:
        self.dialogs: list[FakeDialog] = []
        self.full = False
        self.refuses: Cause | None = None

    def call(
        self,
        line: str,
        called: str,
        *,
        caller: str,
        caller_name: str,
        events: Any,
        is_withheld: bool = False,
    ) -> FakeDialog:
        if self.full:
            raise RuntimeError("no slot")
        dialog = FakeDialog(
            events=events,
            called=called,
            caller=caller,
            caller_name=caller_name,
            line=line,
            is_withheld=is_withheld,
        )
        self.dialogs.append(dialog)
        if self.refuses is not None:
            events.on_ended(self.refuses, by_them=True)
            dialog.events = None
        return dialog

    def join(self, dialog: Any, line: str) -> None:
        dialog.joined = True

    def part(self, dialog: Any) -> None:
        dialog.joined, dialog.introduced = False, None

    def introduce(self, one: Any, other: Any) -> None:
        one.introduced, other.introduced = other, one

    def send(self, dialog: Any, number: str) -> None:
        dialog.orders.append(f"send {number}")

    def connect(self, dialog: Any, other: Any) -> None:
        dialog.orders.append(f"connect {other.called}")

    def forget(self, dialog: Any, cause: Cause) -> None:
        dialog.events, dialog.ended_with, dialog.joined = None, cause, False

    @property
    def last(self) -> FakeDialog:
        return self.dialogs[-1]


class FakePort:
    """A port that writes down its orders, whatever they are."""

    def __init__(self) -> None:
        self.orders: list[str] = []

    def write(self, frame: bytes) -> None:
        """Silence written ahead."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        def order(*arguments: object) -> None:
            self.orders.append(" ".join([name, *map(str, arguments)]))

        return order


class LineBench:
    """One line and its surroundings. ``frames`` are heard and made with ``hear`` and ``say``."""

    def __init__(self, make: Callable[..., Any], **settings: Any) -> None:
        self.clock = HandClock()
        self.exchange = FakeExchange()
        self.rows: list[tuple[str, LineRow]] = []
        self.port = FakePort()
        self.times = LineTimes()
        patch = Patch(lambda function, *arguments: function(*arguments))
        self.channel: Channel[Any] = Channel("line-1", lambda: self.port, patch)
        around = Surroundings(
            exchange=self.exchange,
            clock=self.clock,
            plan=PLAN,
            times=self.times,
            post=lambda event, row: self.rows.append((event, row)),
        )
        self.line = make("line-1", self.channel, around, simulated=True, **settings)
        self.line.on_found()

    @property
    def patch(self) -> Patch:
        return self.channel.patch

    def orders(self) -> list[str]:
        """What the port was told since the last call."""
        while self.channel._orders:
            self.channel._orders.popleft()(self.port)
        orders, self.port.orders = self.port.orders, []
        return orders

    def happen(self, *events: object) -> None:
        for event in events:
            self.line.on_port(event)

    def hear(self, audio: bytes) -> None:
        """The line hears ``audio``; the detectors report at once."""
        for at in range(0, len(audio), 320):
            self.patch.hear(audio[at : at + 320])

    def hear_digits(self, digits: str) -> None:
        generator = DtmfGenerator()
        generator.put(digits)
        while generator.busy:
            self.patch.hear(generator.frame())

    def say(self, seconds: float) -> bytes:
        """What the line says for so long."""
        return b"".join(self.patch.say() for _ in range(round(seconds * 50)))

    def invite(
        self,
        called: str,
        caller: str = "101",
        name: str = "Sara",
        ringing: Ringing | None = None,
        *,
        is_announcement: bool = False,
        is_private: bool = False,
    ) -> FakeDialog | Cause:
        """switchd calls the line; the dialog, or the cause it is refused with."""
        dialog = FakeDialog(events=None, called=called, caller=caller)
        invitation = Invitation(
            source="127.0.0.3:15090",
            called=called,
            sender=Party(user=caller, name=name),
            asserted=None,
            line="line-1",
            ringing=ringing,
            is_announcement=is_announcement,
            is_private=is_private,
        )
        refused: Cause | None = self.line.take(dialog, invitation)
        if refused is not None:
            return refused
        dialog.events = self.line.events_of(dialog)
        return dialog


def tone(name: str, seconds: float) -> bytes:
    """The country's tone called ``name``."""
    generator = ToneGenerator(PLAN.tone(name))
    return b"".join(generator.frame() for _ in range(round(seconds * 50)))


def silence(seconds: float) -> bytes:
    return SILENCE * round(seconds * 50)
