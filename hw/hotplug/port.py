"""The seam to hot-plugging: which serial ports of USB devices there are, and what happens to them.

``udev.py`` is the real one; ``sim.py`` lets a test plug and unplug.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbPort:
    """One serial port of a USB device.

    ``device`` changes from boot to boot; ``serial`` (which several devices of a maker may share)
    and ``where`` (the socket, "1-1.2") do not.
    """

    device: str  # "/dev/ttyUSB2"
    vendor: str  # four small hexadecimal digits
    product: str
    interface: int
    serial: str  # "" when the device has none
    where: str


@dataclass(frozen=True, slots=True)
class Plugged:
    """A serial port appeared."""

    port: UsbPort


@dataclass(frozen=True, slots=True)
class Unplugged:
    """A serial port is gone."""

    port: UsbPort


HotplugEvent = Plugged | Unplugged


class Hotplug(Protocol):
    """The box's USB serial ports."""

    def fileno(self) -> int:
        """Readable when something happened."""
        ...

    def events(self) -> list[HotplugEvent]:
        """What happened since the last call, in order. Never waits."""
        ...

    def ports(self) -> tuple[UsbPort, ...]:
        """The ports that are there now."""
        ...

    def close(self) -> None:
        """Listen no more."""
        ...


class Step(StrEnum):
    """What can be done to a USB device that does not answer, the gentlest first."""

    POWER = "power"  # take its power away for a moment, where the hub can do that
    REENUMERATE = "reenumerate"  # let the kernel forget and find it again


class CannotReset(OSError):
    """The step is not possible here: the hub does not switch power, or the rights are missing."""


class UsbPower(Protocol):
    """Resets USB devices. Takes seconds: call it from a thread that may wait."""

    def reset(self, where: str, step: Step) -> None:
        """Do ``step`` to the device at ``where``.

        Raises:
            CannotReset: it cannot be done; the text says why.
        """
        ...
