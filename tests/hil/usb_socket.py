"""Where simulated modems are plugged in on the QEMU bench: the guest's real USB."""

from __future__ import annotations

import functools
import os
import select
import threading
import time
from pathlib import Path

from hw.hotplug.port import HotplugEvent, UsbPort
from hw.hotplug.udev import UdevHotplug
from hw.modem.dialect import interfaces
from hw.modem.sim_kinds import Kind
from tests.hil.guest.gadget import Gadget, Identity
from tests.hil.mobile import USB_IDS

_FRAME_S = 0.02
_APPEAR_S = 10.0

_VENDOR_SPECIFIC = (255, 0, 0)
_INTERFACES = {
    "EC25": ((255, 255, 255), *(_VENDOR_SPECIFIC,) * 3),
    "SIMCOM_SIM7600E": (_VENDOR_SPECIFIC,) * 5,
    "E1550": ((255, 255, 255),) * 3,
}
_MAKERS = {"EC25": "Quectel", "SIMCOM_SIM7600E": "SimTech", "E1550": "HUAWEI"}


@functools.cache
def gadget_of(kind_model: str) -> Gadget:
    """The USB device of a model, one each for as long as the guest runs: FunctionFS is not taken
    apart while threads wait in it."""
    number = list(USB_IDS).index(kind_model)
    vendor, product = USB_IDS[kind_model]
    identity = Identity(
        name=f"modem{number}",
        vendor=vendor,
        product=product,
        maker=_MAKERS[kind_model],
        model=kind_model,
        serial=f"012345678{number}",
        interfaces=_INTERFACES[kind_model],
    )
    return Gadget(identity, f"dummy_udc.{number}")


class GadgetSocket:
    """A socket of the guest's USB, with a modem of this kind for it."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._vendor, self._product = USB_IDS[kind.model]
        found = interfaces(self._vendor, self._product)
        assert found is not None
        self._wanted: tuple[int, int] = found
        self._ptys: dict[int, int] = {}
        self._hotplug = UdevHotplug()
        self._events: list[HotplugEvent] = []
        self._next_s = time.monotonic()
        self._gadget = gadget_of(kind.model)
        self._gadget.hear = self._from_host
        self._running = True
        threading.Thread(target=self._to_host, daemon=True).start()

    def plug(self, at: Path, audio: Path) -> None:
        """See ``UsbSocket``."""
        opened = (os.open(path, os.O_RDWR | os.O_NOCTTY) for path in (at, audio))
        self._ptys = dict(zip(self._wanted, opened, strict=True))
        self._gadget.plug()
        deadline_s = time.monotonic() + _APPEAR_S
        while not {port.interface for port in self.ports()} >= set(self._wanted):
            assert time.monotonic() < deadline_s, (
                f"the modem's ports did not appear: {self.ports()}"
            )
            select.select([self._hotplug.fileno()], [], [], 0.1)
            self._events += self._hotplug.events()

    def unplug(self) -> None:
        """See ``UsbSocket``."""
        self._gadget.unplug()
        ptys, self._ptys = self._ptys, {}
        for pty in ptys.values():
            os.close(pty)

    def ports(self) -> tuple[UsbPort, ...]:
        """See ``UsbSocket``."""
        ours = (self._vendor, self._product)
        return tuple(port for port in self._hotplug.ports() if (port.vendor, port.product) == ours)

    def events(self) -> list[HotplugEvent]:
        """See ``UsbSocket``."""
        events, self._events = self._events + self._hotplug.events(), []
        return events

    def now_s(self) -> float:
        """See ``UsbSocket``."""
        return time.monotonic()

    def pass_frame(self, readable: int | None) -> None:
        """See ``UsbSocket``: the modem's clock is the guest's."""
        self._next_s = max(self._next_s + _FRAME_S, time.monotonic() - 1.0)
        while (left_s := self._next_s - time.monotonic()) > 0:
            select.select([], [], [], left_s)

    def close(self) -> None:
        """See ``UsbSocket``."""
        self._running = False
        self._hotplug.close()

    def _from_host(self, interface: int, some: bytes) -> None:
        if (pty := self._ptys.get(interface)) is not None:
            os.write(pty, some)

    def _to_host(self) -> None:
        """What the simulated modem says goes into its USB endpoints."""
        while self._running:
            ptys = dict(self._ptys)
            readable, _, _ = select.select(list(ptys.values()), [], [], 0.1)
            for interface, pty in ptys.items():
                if pty in readable:
                    self._gadget.send(interface, os.read(pty, 4096))
