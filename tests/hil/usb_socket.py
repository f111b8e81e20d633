"""Where simulated modems are plugged in on the QEMU bench: the guest's real USB."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import threading
import time
from pathlib import Path

from hw.hotplug.port import HotplugEvent, UsbPort
from hw.hotplug.udev import UdevHotplug
from tests.hil.guest.gadget import Gadget, Identity
from tests.hil.guest.serial_gadget import SerialGadget
from tests.hil.mobile import USB_IDS, wanted

_FRAME_S = 0.02
_APPEAR_S = 10.0

_VENDOR_SPECIFIC = (255, 0, 0)
_INTERFACES = {
    "EC25": ((255, 255, 255), *(_VENDOR_SPECIFIC,) * 3),
    "SIMCOM_SIM7600E": (_VENDOR_SPECIFIC,) * 5,
    "E1550": ((255, 255, 255),) * 3,
}
_MUTE = {"SIMCOM_SIM7600E": frozenset({0})}
_MAKERS = {
    "EC25": "Quectel",
    "SIMCOM_SIM7600E": "SimTech",
    "E1550": "HUAWEI",
    "USR5637": "U.S.Robotics",
    "CX93010": "Conexant",
}
_CONTROLLERS = {"USR5637": 3, "CX93010": 3}  # one at a time; the others have one each


@functools.cache
def gadget_of(model: str) -> Gadget | SerialGadget:
    """The USB device of a model, one each for as long as the guest runs: FunctionFS is not taken
    apart while threads wait in it."""
    number = list(USB_IDS).index(model)
    vendor, product = USB_IDS[model]
    identity = Identity(
        name=f"modem{number}",
        vendor=vendor,
        product=product,
        maker=_MAKERS[model],
        model=model,
        serial=f"012345678{number}",
        interfaces=_INTERFACES.get(model, ()),
        mute=_MUTE.get(model, frozenset()),
    )
    controller = f"dummy_udc.{_CONTROLLERS.get(model, number)}"
    if not identity.interfaces:
        return SerialGadget(identity, controller)
    return Gadget(identity, controller)


class GadgetSocket:
    """A socket of the guest's USB, with a modem of this model for it."""

    def __init__(self, model: str) -> None:
        self._vendor, self._product = USB_IDS[model]
        self._wanted = wanted(model)
        self._ptys: dict[int, int] = {}
        self._hotplug = UdevHotplug()
        self._events: list[HotplugEvent] = []
        self._next_s = time.monotonic()
        self._gadget = gadget_of(model)
        self._gadget.hear = self._from_host

    def plug(self, *ptys: Path) -> None:
        """See ``UsbSocket``."""
        opened = (os.open(path, os.O_RDWR | os.O_NOCTTY) for path in ptys)
        self._ptys = dict(zip(self._wanted, opened, strict=True))
        for interface, pty in self._ptys.items():
            threading.Thread(target=self._to_host, args=(interface, pty), daemon=True).start()
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
        self._ptys = {}

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
        self._hotplug.close()

    def _from_host(self, interface: int, some: bytes) -> None:
        if (pty := self._ptys.get(interface)) is not None:
            with contextlib.suppress(OSError):  # the simulated modem is just being closed
                os.write(pty, some)

    def _to_host(self, interface: int, pty: int) -> None:
        """What the simulated modem says goes into its USB endpoint, until the modem is closed."""
        with contextlib.suppress(OSError):
            while some := os.read(pty, 4096):
                self._gadget.send(interface, some)
        os.close(pty)
