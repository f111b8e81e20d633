"""A USB that tests and the bench plug things into. An eventfd stands for the netlink socket."""

from __future__ import annotations

import contextlib
import os
from collections import deque

from hw.hotplug.port import CannotReset, HotplugEvent, Plugged, Step, Unplugged, UsbPort


class SimHotplug:
    """``Hotplug`` whose ports are plugged and unplugged by calls."""

    def __init__(self) -> None:
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._events: deque[HotplugEvent] = deque()
        self._ports: dict[str, UsbPort] = {}

    def plug(self, *ports: UsbPort) -> None:
        """The ports of a device appear, one after another, as they do."""
        for port in ports:
            self._ports[port.device] = port
            self._tell(Plugged(port))

    def unplug(self, where: str) -> None:
        """A device is drawn out of its socket."""
        for port in [port for port in self._ports.values() if port.where == where]:
            del self._ports[port.device]
            self._tell(Unplugged(port))

    def fileno(self) -> int:
        """See ``Hotplug``."""
        return self._bell

    def events(self) -> list[HotplugEvent]:
        """See ``Hotplug``."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)
        found = list(self._events)
        self._events.clear()
        return found

    def ports(self) -> tuple[UsbPort, ...]:
        """See ``Hotplug``."""
        return tuple(self._ports.values())

    def close(self) -> None:
        """See ``Hotplug``."""
        os.close(self._bell)

    def _tell(self, event: HotplugEvent) -> None:
        self._events.append(event)
        os.eventfd_write(self._bell, 1)


class SimPower:
    """``UsbPower`` that writes down what it was told; steps in ``impossible`` cannot be done."""

    def __init__(self, impossible: frozenset[Step] = frozenset()) -> None:
        self.done: list[tuple[str, Step]] = []
        self._impossible = impossible

    def reset(self, where: str, step: Step) -> None:
        """See ``UsbPower``."""
        if step in self._impossible:
            raise CannotReset(f"{where}: no switch")
        self.done.append((where, step))
