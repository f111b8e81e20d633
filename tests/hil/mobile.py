"""A modem under test and the simulated network around it.

The brain is ``hw.modem.sim.SimModem`` behind two ptys. A ``UsbSocket`` says how the production
driver reaches them: by the ptys themselves, or in the guest by way of a USB device whose
other side they are.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from hw.hotplug.port import HotplugEvent, UsbPort
from hw.hotplug.sim import SimHotplug
from hw.modem.dialect import DIALECTS, interfaces
from hw.modem.port import ModemEvent
from hw.modem.sim import SimModem, SimModemEvent
from hw.modem.sim_card import Pin
from hw.modem.sim_kinds import E1550, EC25, SIM7600, Kind
from hw.modem.tty import TtyModem
from tests.hil.far_end import Speech

T = TypeVar("T")

MODELS = {"EC25": EC25, "SIM7600": SIM7600, "E1550": E1550}
USB_IDS = {
    "EC25": ("2c7c", "0125"),
    "SIMCOM_SIM7600E": ("1e0e", "9001"),
    "E1550": ("12d1", "1001"),
    "USR5637": ("0baf", "0303"),
    "CX93010": ("0572", "1329"),
}
NETWORK_TIME = 1794730512.0  # the network's clock stands still
_SETTLE_S = 0.002


def wanted(model: str) -> tuple[int, ...]:
    """The interfaces of commands and of audio; a voice modem has one for both."""
    return interfaces(*USB_IDS[model]) or (0,)


class UsbSocket(Protocol):
    """Where a modem is plugged in."""

    def plug(self, *ptys: Path) -> None:
        """Put in the modem whose commands, and audio if it has a port of its own, are at these
        ptys; returns once its ports are there."""
        ...

    def unplug(self) -> None:
        """Draw it."""
        ...

    def ports(self) -> tuple[UsbPort, ...]:
        """The ports it has now."""
        ...

    def events(self) -> list[HotplugEvent]:
        """What hot-plugging told."""
        ...

    def now_s(self) -> float:
        """The clock the driver is given."""
        ...

    def pass_frame(self, readable: int | None) -> None:
        """20 ms go by, or are counted; ``readable`` is the driver's descriptor."""
        ...

    def close(self) -> None:
        """Away with it."""
        ...


class PtySocket:
    """No USB: the driver opens the ptys, a simulated hot-plug tells of them, time is counted."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._hotplug = SimHotplug()
        self._frames = 0

    def plug(self, *ptys: Path) -> None:
        """See ``UsbSocket``."""
        vendor, product = USB_IDS[self._model]
        for path, interface in zip(ptys, wanted(self._model), strict=True):
            self._hotplug.plug(
                UsbPort(
                    device=str(path),
                    vendor=vendor,
                    product=product,
                    interface=interface,
                    serial="0123456789",
                    where="1-1",
                )
            )

    def unplug(self) -> None:
        """See ``UsbSocket``."""
        self._hotplug.unplug("1-1")

    def ports(self) -> tuple[UsbPort, ...]:
        """See ``UsbSocket``."""
        return self._hotplug.ports()

    def events(self) -> list[HotplugEvent]:
        """See ``UsbSocket``."""
        return self._hotplug.events()

    def now_s(self) -> float:
        """See ``UsbSocket``."""
        return self._frames * 0.02

    def pass_frame(self, readable: int | None) -> None:
        """See ``UsbSocket``: the kernel's ttys hand over in their own time."""
        self._frames += 1
        select.select([] if readable is None else [readable], [], [], _SETTLE_S)

    def close(self) -> None:
        """See ``UsbSocket``."""
        self._hotplug.close()


class PolledMobile:
    """``tests.hil.bench.Mobile`` without its network: a bench adds ``pass_network``, ``unplug`` and
    ``replug``."""

    def __init__(self, socket: UsbSocket) -> None:
        self._socket = socket
        self._speech = Speech()
        self._far_speech = Speech()
        self.port: Any = None
        self.network: Any = None
        self.pin = Pin()
        self.events: list[ModemEvent] = []
        self.done: list[SimModemEvent] = []
        self.plugs: list[HotplugEvent] = []
        self.heard = b""
        self.heard_by_far = b""

    def open(self) -> Any:
        """See ``Mobile``."""
        self.port = opened(self._socket, self.pin)
        return self.port

    def say(self, audio: bytes) -> None:
        """See ``Mobile``."""
        self._speech.put(audio)

    def far_says(self, audio: bytes) -> None:
        """See ``Mobile``."""
        self._far_speech.put(audio)

    @property
    def now_s(self) -> float:
        """The driver's clock."""
        return self._socket.now_s()

    def run(self, seconds: float) -> None:
        """See ``Mobile``."""
        end_s = self.now_s + seconds
        while self.now_s < end_s - 1e-6:
            self.step()

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """See ``Mobile``."""
        end_s = self.now_s + timeout_s
        while not (found := condition()):
            if self.now_s >= end_s:
                raise AssertionError(
                    f"{what}: not within {timeout_s:g} s; the driver told {self.events}, "
                    f"the network saw {self.done}"
                )
            self.step()
        return found

    def step(self) -> None:
        """20 ms: the network, the hot-plug, the driver."""
        self.pass_network()
        self._socket.pass_frame(None if self.port is None else self.port.fileno())
        self.plugs += self._socket.events()
        if self.port is None:
            return
        self.events += self.port.events()
        while frame := self.port.read():
            self.heard += frame
            self.port.write(self._speech.frame())

    def pass_network(self) -> None:
        """20 ms of the other side."""
        raise NotImplementedError

    def converse(self, heard: bytes) -> bytes:
        """What the far party says; ``heard`` is what it hears."""
        self.heard_by_far += heard
        return self._far_speech.frame()


def opened(socket: UsbSocket, pin: Pin) -> TtyModem:
    """The production driver on the modem in ``socket``, by its identity and interfaces."""
    by_interface = {port.interface: port for port in socket.ports()}
    any_port = next(iter(by_interface.values()))
    found = interfaces(any_port.vendor, any_port.product)
    assert found is not None, f"no dialect of {DIALECTS} knows {any_port}"
    at, audio = (by_interface[number].device for number in found)
    return TtyModem(at, audio, socket.now_s, pin=pin)


class SimulatedMobile(PolledMobile):
    """A modem whose network is a ``SimModem``."""

    def __init__(self, folder: Path, kind: Kind, socket: UsbSocket) -> None:
        super().__init__(socket)
        self._folder = folder
        self._kind = kind
        self.replug()

    def pass_network(self) -> None:
        """20 ms of the other side."""
        if self.network is not None:
            self.network.step(self.converse)
            self.done += self.network.events()

    def unplug(self) -> None:
        """See ``Mobile``."""
        self._socket.unplug()
        self.network.close()
        self.network = None

    def replug(self) -> None:
        """See ``Mobile``."""
        at, audio = self._folder / "at", self._folder / "audio"
        self.network = SimModem(at, audio, kind=self._kind, now=lambda: NETWORK_TIME)
        self._socket.plug(at, audio)

    def close(self) -> None:
        """See ``Mobile``."""
        if self.port is not None:
            self.port.close()
        if self.network is not None:
            self.unplug()
        self._socket.close()
