"""The power of USB devices, by the kernel's own switches in sysfs.

``authorized`` (Documentation/usb/authorization.rst) lets a device be forgotten and found again;
``disable`` of a hub's port (ABI/testing/sysfs-bus-usb, since 6.0) takes its power away where the
hub switches it, which few do. Both need root, or a udev rule that gives them to our user.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from hw.hotplug.port import CannotReset, Step

SYSFS = Path("/sys/bus/usb/devices")

_OFF_S = 2.0
"""How long a modem is without power or driver: its capacitors and its firmware notice."""

_WHERE = re.compile(r"^\d+-\d+(\.\d+)*$")


class SysfsPower:
    """``UsbPower``; ``pause`` waits so many seconds."""

    def __init__(self, root: Path = SYSFS, off_s: float = _OFF_S) -> None:
        self._root = root
        self._off_s = off_s

    def reset(self, where: str, step: Step) -> None:
        """See ``UsbPower``."""
        if not _WHERE.match(where):
            raise CannotReset(f"{where!r} is no place on USB")
        switch, off, on = self._switch(where, step)
        self._write(switch, off)
        try:
            time.sleep(self._off_s)
        finally:
            self._write(switch, on)

    def _switch(self, where: str, step: Step) -> tuple[Path, str, str]:
        if step is Step.REENUMERATE:
            return self._root / where / "authorized", "0", "1"
        hub, _, number = where.rpartition(".")
        if not hub:  # straight in the root hub: "1-2" is port 2 of "1-0:1.0"
            bus, _, number = where.partition("-")
            return self._root / f"{bus}-0:1.0" / f"usb{bus}-port{number}" / "disable", "1", "0"
        return self._root / f"{hub}:1.0" / f"{hub}-port{number}" / "disable", "1", "0"

    def _write(self, switch: Path, value: str) -> None:
        try:
            with switch.open("r+") as opened:  # never makes a file that is not there
                opened.write(value)
        except FileNotFoundError as error:
            raise CannotReset(f"there is no {switch}: this hub or kernel has no switch") from error
        except OSError as error:
            raise CannotReset(f"{switch}: {error.strerror}") from error
