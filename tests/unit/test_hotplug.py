"""USB's serial ports as udev shows them, and the power of a device as sysfs switches it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pyudev

from hw.hotplug.port import CannotReset, Plugged, Step, Unplugged, UsbPort
from hw.hotplug.udev import UdevHotplug, port_of
from hw.hotplug.usb import SysfsPower


@dataclass
class FakeUsb:
    sys_name: str = "1-1.2"


@dataclass
class FakeDevice:
    """A udev device, as far as it is looked at. A removed one has no parents any more."""

    device_node: str = "/dev/ttyUSB2"
    action: str = "add"
    usb: FakeUsb | None = field(default_factory=FakeUsb)
    properties: dict[str, str] = field(
        default_factory=lambda: {
            "ID_VENDOR_ID": "2C7C",
            "ID_MODEL_ID": "0125",
            "ID_USB_INTERFACE_NUM": "02",
            "ID_SERIAL_SHORT": "0123",
        }
    )

    def find_parent(self, subsystem: str, kind: str) -> FakeUsb | None:
        assert (subsystem, kind) == ("usb", "usb_device")
        return self.usb


class FakeMonitor:
    def __init__(self) -> None:
        self.devices: deque[Any] = deque()

    def filter_by(self, subsystem: str) -> None:
        assert subsystem == "tty"

    def start(self) -> None: ...

    def fileno(self) -> int:
        return 0

    def poll(self, timeout: float) -> Any:
        assert timeout == 0
        return self.devices.popleft() if self.devices else None


PORT = UsbPort(
    device="/dev/ttyUSB2", vendor="2c7c", product="0125", interface=2, serial="0123", where="1-1.2"
)


@pytest.fixture
def udev(monkeypatch):
    """The driver of pyudev with a monitor of ours behind it; no device is there yet."""
    monitor = FakeMonitor()
    monkeypatch.setattr(pyudev.Monitor, "from_netlink", lambda context: monitor)
    monkeypatch.setattr(pyudev.Context, "list_devices", lambda self, **kind: [])
    return UdevHotplug(), monitor


def test_a_port_that_comes_and_goes(udev):
    hotplug, monitor = udev
    monitor.devices += [FakeDevice()]
    assert hotplug.events() == [Plugged(PORT)]
    assert hotplug.ports() == (PORT,)
    gone = FakeDevice(action="remove", usb=None, properties={})
    monitor.devices += [gone]
    assert hotplug.events() == [Unplugged(PORT)]
    assert hotplug.ports() == ()


def test_the_same_port_told_twice_is_plugged_once(udev):
    hotplug, monitor = udev
    monitor.devices += [FakeDevice(), FakeDevice(action="change"), FakeDevice(action="bind")]
    assert hotplug.events() == [Plugged(PORT)]


def test_ports_of_nothing_on_usb_are_not_ours(udev):
    hotplug, monitor = udev
    monitor.devices += [
        FakeDevice(device_node="/dev/ttyS0", usb=None, properties={}),
        FakeDevice(device_node="/dev/ttyS0", action="remove", usb=None, properties={}),
    ]
    assert hotplug.events() == []


def test_a_port_without_a_serial_number_or_interface():
    found = port_of(FakeDevice(properties={"ID_VENDOR_ID": "12d1", "ID_MODEL_ID": "1001"}))
    assert found is not None
    assert (found.serial, found.interface) == ("", 0)


def test_the_real_udev_of_this_machine_answers():
    try:
        hotplug = UdevHotplug()
    except OSError as error:
        pytest.skip(f"no udev netlink socket here: {error}")
    assert hotplug.events() == []
    assert all(port.where for port in hotplug.ports())
    hotplug.close()


# -- power ------------------------------------------------------------------------------------


def switch(root: Path, path: str, value: str) -> Path:
    made = root / path
    made.parent.mkdir(parents=True)
    made.write_text(value)
    return made


class Watched(SysfsPower):
    """Notes what the switch said while the device was off."""

    def __init__(self, root: Path, watched: Path) -> None:
        super().__init__(root, off_s=0.0)
        self.watched = watched
        self.written: list[str] = []

    def _write(self, switch: Path, value: str) -> None:
        super()._write(switch, value)
        self.written.append(self.watched.read_text())


@pytest.mark.parametrize(
    ("where", "step", "path", "written"),
    [
        ("1-1.2", Step.REENUMERATE, "1-1.2/authorized", ["0", "1"]),
        ("1-1.2", Step.POWER, "1-1:1.0/1-1-port2/disable", ["1", "0"]),
        ("1-1.4.3", Step.POWER, "1-1.4:1.0/1-1.4-port3/disable", ["1", "0"]),
        ("2-3", Step.POWER, "2-0:1.0/usb2-port3/disable", ["1", "0"]),
    ],
)
def test_the_switch_of_a_device_is_turned_off_and_on(tmp_path, where, step, path, written):
    made = switch(tmp_path, path, written[1])
    power = Watched(tmp_path, made)
    power.reset(where, step)
    assert power.written == written


def test_a_hub_that_does_not_switch_says_so(tmp_path):
    with pytest.raises(CannotReset, match="this hub or kernel has no switch"):
        SysfsPower(tmp_path, off_s=0.0).reset("1-1.2", Step.POWER)


@pytest.mark.parametrize("where", ["", "../1-1", "1-1/..", "usb1", "1-1.2;x"])
def test_what_is_no_place_is_refused(tmp_path, where):
    with pytest.raises(CannotReset, match="no place on USB"):
        SysfsPower(tmp_path, off_s=0.0).reset(where, Step.REENUMERATE)
