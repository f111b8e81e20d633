"""A USB that udev and sysfs show though it is not there (umockdev), and our hot-plugging on it.

Run by ``umockdev-wrapper``, which puts itself between this program and the kernel; what is seen is
said as lines of JSON. umockdev's C library is called by ctypes: its Python face needs PyGObject,
which the box has not.
"""

from __future__ import annotations

import ctypes
import json
import select
from typing import Any

from hw.hotplug.port import CannotReset, HotplugEvent, Step
from hw.hotplug.udev import UdevHotplug
from hw.hotplug.usb import SYSFS, SysfsPower

_WAIT_S = 2.0

MODEM = """P: /devices/pci0/usb1/1-1/1-1.2
N: bus/usb/001/004
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: DEVNAME=/dev/bus/usb/001/004
A: idVendor=2c7c\\n
A: idProduct=0125\\n
A: authorized=1\\n
"""

PORT = """P: /devices/pci0/usb1/1-1/1-1.2/1-1.2:1.{interface}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceNumber=0{interface}\\n

P: /devices/pci0/usb1/1-1/1-1.2/1-1.2:1.{interface}/ttyUSB{number}/tty/ttyUSB{number}
N: ttyUSB{number}
E: SUBSYSTEM=tty
E: DEVNAME=/dev/ttyUSB{number}
E: ID_BUS=usb
E: ID_VENDOR_ID=2c7c
E: ID_MODEL_ID=0125
E: ID_USB_INTERFACE_NUM=0{interface}
E: ID_SERIAL_SHORT=0123456789ABCDEF
"""

TTY = "/sys/devices/pci0/usb1/1-1/1-1.2/1-1.2:1.{interface}/ttyUSB{number}/tty/ttyUSB{number}"


class Testbed:
    """umockdev's, as far as it is needed."""

    def __init__(self) -> None:
        library: Any = ctypes.CDLL("libumockdev.so.0")
        library.umockdev_testbed_new.restype = ctypes.c_void_p
        self._add = library.umockdev_testbed_add_from_string
        self._add.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        self._uevent = library.umockdev_testbed_uevent
        self._uevent.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        self._bed = library.umockdev_testbed_new()

    def add(self, text: str) -> None:
        """A device, as umockdev writes it."""
        assert self._add(self._bed, text.encode(), None), text

    def tell(self, interface: int, number: int, action: str) -> None:
        """What the kernel says of it."""
        path = TTY.format(interface=interface, number=number)
        self._uevent(self._bed, path.encode(), action.encode())


def say(what: str, **more: object) -> None:
    print(json.dumps({"what": what, **more}), flush=True)


def told(hotplug: UdevHotplug) -> list[HotplugEvent]:
    """The events within a while."""
    select.select([hotplug.fileno()], [], [], _WAIT_S)
    return hotplug.events()


def shown(events: list[HotplugEvent]) -> list[str]:
    return [f"{type(event).__name__} {event.port.device} {event.port.where}" for event in events]


def main() -> None:
    bed = Testbed()
    bed.add(MODEM)
    for interface in (1, 2):
        bed.add(PORT.format(interface=interface, number=interface))
    hotplug = UdevHotplug()
    for port in sorted(hotplug.ports(), key=lambda port: port.interface):
        say(
            "port",
            device=port.device,
            id=f"{port.vendor}:{port.product}",
            interface=port.interface,
            serial=port.serial,
            where=port.where,
        )
    bed.tell(2, 2, "remove")
    say("removed", events=shown(told(hotplug)))
    bed.tell(2, 2, "add")
    say("added", events=shown(told(hotplug)))
    bed.tell(2, 2, "change")
    say("changed", events=shown(told(hotplug)))
    power = SysfsPower(off_s=0.0)
    for step in (Step.REENUMERATE, Step.POWER):
        try:
            power.reset("1-1.2", step)
        except CannotReset as error:
            say(str(step), fault=str(error))
        else:
            say(
                str(step), fault="", authorized=(SYSFS / "1-1.2" / "authorized").read_text().strip()
            )
    hotplug.close()


if __name__ == "__main__":
    main()
