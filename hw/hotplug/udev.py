"""USB serial ports as the kernel's device manager tells of them (libudev by pyudev)."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import pyudev

from hw.hotplug.port import HotplugEvent, Plugged, Unplugged, UsbPort

log = logging.getLogger(__name__)

_SUBSYSTEM = "tty"


class UdevHotplug:
    """The real ports.

    Raises:
        OSError: the kernel gives no netlink socket, as in a container without rights.
    """

    def __init__(self) -> None:
        self._context = pyudev.Context()
        self._monitor = pyudev.Monitor.from_netlink(self._context)
        self._monitor.filter_by(_SUBSYSTEM)
        self._monitor.start()
        self._known: dict[str, UsbPort] = {}
        for device in self._context.list_devices(subsystem=_SUBSYSTEM):
            if (port := port_of(device)) is not None:
                self._known[port.device] = port

    def fileno(self) -> int:
        """See ``Hotplug``."""
        return int(self._monitor.fileno())

    def events(self) -> list[HotplugEvent]:
        """See ``Hotplug``."""
        found: list[HotplugEvent] = []
        while (device := self._monitor.poll(timeout=0)) is not None:
            found += self._take(device)
        return found

    def ports(self) -> tuple[UsbPort, ...]:
        """See ``Hotplug``."""
        return tuple(self._known.values())

    def close(self) -> None:
        """See ``Hotplug``."""
        # The monitor's socket closes with its last reference: pyudev has no method for it.
        del self._monitor

    def _take(self, device: Any) -> list[HotplugEvent]:
        """A removed device has lost its parents and most of its properties: what it was is what
        we noted when it came."""
        node = device.device_node
        if device.action == "remove":
            gone = self._known.pop(node, None)
            return [] if gone is None else [Unplugged(gone)]
        port = port_of(device)
        if port is None or self._known.get(node) == port:
            return []
        self._known[node] = port
        return [Plugged(port)]


def port_of(device: Any) -> UsbPort | None:
    """The USB serial port that a udev device is; None for any other tty."""
    properties = device.properties
    usb = None
    with contextlib.suppress(pyudev.DeviceNotFoundError):
        usb = device.find_parent("usb", "usb_device")
    if usb is None or not device.device_node or "ID_VENDOR_ID" not in properties:
        return None
    interface = properties.get("ID_USB_INTERFACE_NUM", "")
    return UsbPort(
        device=device.device_node,
        vendor=properties["ID_VENDOR_ID"].lower(),
        product=properties.get("ID_MODEL_ID", "").lower(),
        interface=int(interface, 16) if interface else 0,
        serial=properties.get("ID_SERIAL_SHORT", ""),
        where=usb.sys_name,
    )
