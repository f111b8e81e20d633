"""The bench of real drivers: in the guest's kernel, or on metal.

A loop of the rig is an FXO port wired to an FXS port. The end under test is the production
driver's; the other end is a bare channel that the bench plays exchange or telephone with.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any, TypeVar

from hw.dahdi.device import DahdiPort
from hw.dahdi.ioctl import PULSE_DIGIT, Event, Hook
from hw.dahdi.port import Port, PortKind, PortLost
from tests.hil.bench import BenchKind, missing
from tests.hil.channel import Channel
from tests.hil.far_end import Exchange, Speech, keys
from tests.hil.line import PolledLine
from tests.hil.metal_modem import MetalMobile, MetalSocket, Partner
from tests.hil.mobile import MODELS, SimulatedMobile
from tests.hil.rig import Loop, ModemEntry, Rig
from tests.hil.usb_socket import GadgetSocket
from tests.hil.voice import SimulatedVoice

T = TypeVar("T")

_VLINE = Path("/sys/module/dahdi_vline/parameters")
_ENDLESS_RING_MS = (60_000, 1_000)
_REST_S = 2.2
"""Ring debounce (2 s) and flash time (1.25 s) are over: what comes then is the next test's."""
_POLL_MS = 100


class DahdiFeeding:
    """An FXS channel as the exchange's line card. ``wire`` is the line's number on the virtual
    card, None on metal, where nobody can cut it."""

    def __init__(self, channel: Channel, wire: int | None) -> None:
        self._channel = channel
        self._wire = wire
        self.lifted = False
        self.pulsed = ""
        self.flashes = 0
        channel.set_cadence(_ENDLESS_RING_MS)

    def return_echo(self) -> None:
        """See ``FarEnd``: 1/4 of the amplitude, 40 samples late."""
        if self._wire is not None:
            (_VLINE / "echo_shift").write_text("2")

    def ring(self, on: bool) -> None:
        """See ``Feeding``: the cadence is the exchange's, burst by burst."""
        if on and not self.lifted:
            self._channel.hook(Hook.RING)
        elif not on:
            self._channel.hook(Hook.OFF if self.lifted else Hook.RING_OFF)

    def battery(self, on: bool) -> None:
        """See ``Feeding``: DAHDI's "kewl" hang-up; the battery returns by itself."""
        if not on:
            self._channel.hook(Hook.ON)

    def reverse(self, reversed_: bool) -> None:
        """See ``Feeding``."""
        if not self._channel.reverse(reversed_):
            missing("an FXS port that can reverse its polarity (DAHDI_SETPOLARITY)")

    def transmit(self, seconds: float) -> None:
        """See ``Feeding``."""
        if not self._channel.transmit(seconds):
            missing("an FXS port with on-hook transmission (DAHDI_ONHOOKTRANSFER)")

    def cut(self, is_cut: bool) -> None:
        """See ``Feeding``."""
        if self._wire is None:
            missing("a relay that cuts the pair")
        (_VLINE / "cut_mask").write_text(str((1 << self._wire) * is_cut))

    def take_events(self) -> None:
        """See the loop."""
        for event in self._channel.events():
            if event == Event.RING_OR_OFF_HOOK:
                self.lifted = True
                self._channel.hook(Hook.OFF)
            elif event == Event.ON_HOOK:
                self.lifted = False
                self._channel.hook(Hook.RING_OFF)  # at rest, and the battery stays
            elif event == Event.WINK_FLASH:
                self.flashes += 1
            elif event & PULSE_DIGIT:
                self.pulsed += chr(event & 0xFF)


class DahdiHandset:
    """An FXO channel as a telephone."""

    def __init__(self, channel: Channel, line: _DahdiLine) -> None:
        self._channel = channel
        self._line = line
        self._speech = Speech()
        self._dialling = False
        self.heard = b""
        self.rings: list[tuple[float, bool]] = []
        self.battery_lost: list[float] = []
        self.say = self._speech.put

    def lift(self) -> None:
        """See ``Handset``."""
        self._channel.hook(Hook.OFF)

    def replace(self) -> None:
        """See ``Handset``."""
        self._channel.hook(Hook.ON)

    def flash(self) -> None:
        """See ``Handset``."""
        self._channel.hook(Hook.FLASH)

    def dial(self, digits: str) -> None:
        """See ``Handset``."""
        self.say(keys(digits))

    def pulse(self, digits: str) -> None:
        """See ``Handset``."""
        self._dialling = True
        self._channel.dial("P" + digits)

    def take_events(self) -> None:
        """The bell, the battery, the end of dialling."""
        for event in self._channel.events():
            if event in (Event.RING_BEGIN, Event.RING_OR_OFF_HOOK):
                self.rings.append((self._line.now_s, event == Event.RING_BEGIN))
            elif event == Event.ON_HOOK:
                self.battery_lost.append(self._line.now_s)
            elif event == Event.DIAL_COMPLETE:
                self._dialling = False

    def step(self, heard: bytes) -> bytes | None:
        """20 ms; None: it dials and must not speak."""
        self.heard += heard
        return None if self._dialling else self._speech.frame()


class _DahdiLine(PolledLine):
    """A port and the channel it is wired to, polled by one thread."""

    def __init__(self, port: Port, channel: Channel) -> None:
        super().__init__(port)
        self._channel = channel
        self._began_s = time.monotonic()
        self._poll = select.poll()
        for fd in (port.fileno(), channel.fileno()):
            self._poll.register(fd, select.POLLIN | select.POLLPRI)

    @property
    def now_s(self) -> float:
        """See ``Line``."""
        return time.monotonic() - self._began_s

    def step(self) -> None:
        """Until something is to be done at either end."""
        for fd, _ in self._poll.poll(_POLL_MS):
            if fd == self._channel.fileno():
                self._other_end()
            else:
                self.poll_port()

    def close(self) -> None:
        """Put both ends on hook, wait until what that causes has happened, and close."""
        with contextlib.suppress(OSError):
            self.rest()
            self.run(_REST_S)
        self.port.close()
        self._channel.close()

    def rest(self) -> None:
        """Both ends on hook."""
        raise NotImplementedError

    def _other_end(self) -> None:
        raise NotImplementedError


class DahdiTrunk(_DahdiLine):
    """An FXO port under test, and an FXS channel as the exchange."""

    def __init__(self, loop: Loop, wire: int | None) -> None:
        channel = Channel(loop.fxs)
        super().__init__(DahdiPort(PortKind.FXO, loop.fxo), channel)
        self._line = DahdiFeeding(channel, wire)
        self._wire = wire
        self._taken: Path | None = None
        self.far = Exchange(self._line)

    def take_card(self) -> None:
        """See ``Trunk``: DAHDI unassigns the span, as it does when a card's driver goes."""
        if self._wire is None:
            missing("a card that may be taken away while the suite runs")
        self._taken = card_of(self.port.fileno())
        (self._taken / "unassign_span").write_text("1")

    def close(self) -> None:
        """See above; the card comes back."""
        super().close()
        if self._taken is not None:
            (self._taken / "assign_span").write_text("1:1:1")
            for order in (["udevadm", "settle"], ["dahdi_cfg"], ["udevadm", "settle"]):
                subprocess.run(order, check=True)

    def rest(self) -> None:
        """See above."""
        self._channel.hook(Hook.RING_OFF)
        self._channel.reverse(False)
        if self._wire is not None:
            self._line.cut(False)
            (_VLINE / "echo_shift").write_text("0")
        self.port.on_hook()

    def _other_end(self) -> None:
        self._line.take_events()
        while frame := self._channel.read():
            self._channel.write(self.far.step(frame))


class DahdiStation(_DahdiLine):
    """An FXS port under test, and an FXO channel as the telephone."""

    def __init__(self, loop: Loop) -> None:
        channel = Channel(loop.fxo)
        super().__init__(DahdiPort(PortKind.FXS, loop.fxs), channel)
        self.handset = DahdiHandset(channel, self)

    def rest(self) -> None:
        """See above."""
        self.port.stop_ringing()
        self.handset.replace()

    def _other_end(self) -> None:
        self.handset.take_events()
        while frame := self._channel.read():
            spoken = self.handset.step(frame)
            if spoken is not None:
                self._channel.write(spoken)


def card_of(fd: int) -> Path:
    """The kernel's folder of the card whose channel is open there."""
    number = os.minor(os.fstat(fd).st_rdev)
    for span in Path("/sys/bus/dahdi_spans/devices").iterdir():
        first, count = (int((span / name).read_text()) for name in ("basechan", "channels"))
        if first <= number < first + count:
            return span.resolve().parent
    raise FileNotFoundError(f"no card of channel {number} in /sys/bus/dahdi_spans/devices")


class DahdiBench:
    """``tests.hil.bench.Bench`` on the drivers that a rig names."""

    def __init__(self, kind: BenchKind, rig: Rig, folder: Path) -> None:
        self.kind = kind
        self._rig = rig
        self._folder = folder
        self._open: list[Any] = []

    def trunk(self) -> DahdiTrunk:
        """See ``Bench``."""
        loop = self._loop()
        wire = self._rig.loops.index(loop) if self._rig.card else None
        return self._kept(DahdiTrunk(loop, wire))

    def station(self) -> DahdiStation:
        """See ``Bench``."""
        return self._kept(DahdiStation(self._loop()))

    def modem(self, model: str) -> Any:
        """See ``Bench``."""
        entries = [entry for entry in self._rig.modems if entry.model == model]
        if not entries:
            missing(f"a [[modem]] {model} in the rig {self._rig.name!r}")
        if not self._rig.card:
            return self._kept(self._metal_modem(entries[0]))
        kind = MODELS[model]
        return self._kept(SimulatedMobile(self._folder, kind, GadgetSocket(kind.model)))

    def _metal_modem(self, entry: ModemEntry) -> MetalMobile:
        socket = MetalSocket(entry)
        others = [o for o in self._rig.modems if entry.partner in (o.where, o.serial)]
        if not entry.partner or not others:
            return MetalMobile(socket, None)
        return MetalMobile(socket, Partner(MetalSocket(others[0]), entry.number))

    def voice_modem(self, model: str) -> SimulatedVoice:
        """See ``Bench``."""
        if not self._rig.card:
            missing("an exchange that a rig's voice modem is plugged into")
        return self._kept(SimulatedVoice(self._folder, model, GadgetSocket(model)))

    def settle(self) -> None:
        """See ``Bench``."""
        while self._open:
            self._open.pop().close()

    def _loop(self) -> Loop:
        """The next one that is free in this test."""
        used = sum(isinstance(opened, _DahdiLine) for opened in self._open)
        loops = self._rig.loops
        if used >= len(loops):
            missing(f"another [[loop]] in the rig {self._rig.name!r} (it has {len(loops)})")
        loop = loops[used]
        for path in (loop.fxo, loop.fxs):
            if not Path(path).exists():
                raise PortLost(f"{path} of the rig is not there: load the driver, run dahdi_cfg")
        return loop

    def _kept(self, made: T) -> T:
        self._open.append(made)
        return made
