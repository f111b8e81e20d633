"""The simulated bench: both ends of each wire are ours and time is a count of frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hw.dahdi.hybrid import Hybrid
from hw.dahdi.port import FRAME_S, PortKind
from hw.dahdi.sim import SimPort
from hw.dahdi.telephone import Telephone
from hw.dahdi.wire import End, Feed, Loop, Socket
from tests.hil.bench import BenchKind
from tests.hil.far_end import Exchange, Speech, keys
from tests.hil.line import PolledLine
from tests.hil.mobile import MODELS, PtySocket, SimulatedMobile
from tests.hil.voice import SimulatedVoice

T = TypeVar("T")

_PULSE_FRAMES, _DIGIT_GAP_FRAMES, _HANG_UP_FRAMES = 4, 10, 63  # as DAHDI has them: 80, 200, 1250 ms


class SimFeeding:
    """The line card at the exchange's end of a simulated wire."""

    def __init__(self, port: SimPort) -> None:
        self._port = port
        self.lifted = False
        self.pulsed = ""
        self.flashes = 0
        self._pulses = self._open_frames = self._closed_frames = 0
        self._ringing = self._reversed = self._cut = False
        self._battery = True
        self._transmit_frames = 0

    def return_echo(self) -> None:
        """See ``FarEnd``."""
        self._port.hybrid = Hybrid(12.0)

    def ring(self, on: bool) -> None:
        """See ``Feeding``."""
        self._ringing = on

    def battery(self, on: bool) -> None:
        """See ``Feeding``."""
        self._battery = on

    def reverse(self, reversed_: bool) -> None:
        """See ``Feeding``."""
        self._reversed = reversed_

    def transmit(self, seconds: float) -> None:
        """See ``Feeding``."""
        self._transmit_frames = round(seconds / FRAME_S)

    def cut(self, is_cut: bool) -> None:
        """See ``Feeding``."""
        self._cut = is_cut

    def feed(self, audio: bytes) -> Feed:
        """20 ms of it."""
        self._transmit_frames = max(0, self._transmit_frames - 1)
        if self._cut or not self._battery:
            return Feed(battery=False)
        return Feed(
            reversed=self._reversed,
            ringing=self._ringing and not self.lifted,
            transmitting=self._transmit_frames > 0,
            audio=audio,
        )

    def take(self, loop: Loop) -> bytes:
        """What came back: the audio of it."""
        if self._cut:
            loop = Loop()
        self._count(loop)
        self.lifted = loop.closed or (self.lifted and self._open_frames < _HANG_UP_FRAMES)
        return loop.audio

    def _count(self, loop: Loop) -> None:
        """Breaks of the loop: pulses, digits, flashes."""
        if not loop.closed:
            self._open_frames += 1
            self._closed_frames = 0
            return
        self._closed_frames += 1
        if self.lifted and self._open_frames > _PULSE_FRAMES:
            self.flashes += 1
        elif self.lifted and self._open_frames:
            self._pulses += 1
        elif self._pulses and self._closed_frames == _DIGIT_GAP_FRAMES:
            self.pulsed += str(self._pulses % 10)
            self._pulses = 0
        self._open_frames = 0


class _SimLine(PolledLine):
    """A simulated port and the other end of its wire."""

    def __init__(self, kind: PortKind, folder: Path, name: str) -> None:
        self._socket = Socket(folder / name)
        super().__init__(SimPort(kind, folder / name))
        end = self._socket.plugged()
        assert end is not None
        self._end: End = end
        self._frames = 0

    @property
    def now_s(self) -> float:
        """See ``Line``."""
        return self._frames * FRAME_S

    def close(self) -> None:
        """Unplug both ends."""
        self.port.close()
        self._end.close()
        self._socket.close()


class SimTrunk(_SimLine):
    """An FXO port and an exchange."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(PortKind.FXO, folder, name)
        self._line = SimFeeding(self.port)
        self.far = Exchange(self._line)

    def take_card(self) -> None:
        """See ``Trunk``."""
        self._end.close()

    def step(self) -> None:
        """20 ms."""
        self._frames += 1
        heard = [self._line.take(loop) for loop in self._end.loops()]
        audio = self.far.step(b"".join(heard))
        self._end.send_feed(self._line.feed(audio))
        self.poll_port()


class SimHandset:
    """A telephone at the end of a simulated wire."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._telephone = Telephone()
        self._speech = Speech()
        self._bell = False
        self._battery = True
        self.heard = b""
        self.rings: list[tuple[float, bool]] = []
        self.battery_lost: list[float] = []
        self.lift = self._telephone.lift
        self.replace = self._telephone.replace
        self.flash = self._telephone.flash
        self.pulse = self._telephone.pulse
        self.say = self._speech.put

    def dial(self, digits: str) -> None:
        """See ``Handset``."""
        self.say(keys(digits))

    def step(self, feed: Feed) -> Loop:
        """20 ms."""
        if feed.ringing != self._bell:
            self._bell = feed.ringing
            self.rings.append((self._now_s(), self._bell))
        if self._battery and not feed.battery:
            self.battery_lost.append(self._now_s())
        self._battery = feed.battery
        self.heard += feed.audio
        return self._telephone.step(feed, self._speech.frame())


class SimStation(_SimLine):
    """An FXS port and a telephone."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(PortKind.FXS, folder, name)
        self.handset = SimHandset(lambda: self.now_s)
        self._feed = Feed()

    def step(self) -> None:
        """20 ms."""
        self._frames += 1
        self._end.send_loop(self.handset.step(self._feed))
        self.poll_port()
        self._feed = self._end.feeds()[-1]


class SimBench:
    """``tests.hil.bench.Bench`` without a kernel."""

    kind = BenchKind.SIM

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[Any] = []

    def trunk(self) -> SimTrunk:
        """See ``Bench``."""
        return self._kept(SimTrunk(self._folder, f"wire-{len(self._open)}"))

    def station(self) -> SimStation:
        """See ``Bench``."""
        return self._kept(SimStation(self._folder, f"wire-{len(self._open)}"))

    def modem(self, model: str) -> SimulatedMobile:
        """See ``Bench``."""
        kind = MODELS[model]
        mobile = SimulatedMobile(self._folder, kind, PtySocket(kind.model))
        return self._kept(mobile)

    def voice_modem(self, model: str) -> SimulatedVoice:
        """See ``Bench``."""
        return self._kept(SimulatedVoice(self._folder, model, PtySocket(model)))

    def settle(self) -> None:
        """See ``Bench``."""
        while self._open:
            self._open.pop().close()

    def _kept(self, made: T) -> T:
        self._open.append(made)
        return made
