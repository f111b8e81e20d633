"""A real modem under test, and another real one that plays the network's subscriber."""

from __future__ import annotations

import select
import time
from pathlib import Path
from typing import Any

from hw.hotplug.port import HotplugEvent, UsbPort
from hw.hotplug.udev import UdevHotplug
from hw.modem.port import CallAnswered, CallEnded, CallRang
from hw.modem.sim import Answered, BoxHungUp, Dialled
from hw.modem.sim_card import Pin
from tests.hil.bench import missing
from tests.hil.mobile import MODELS, USB_IDS, PolledMobile, UsbSocket, opened
from tests.hil.rig import ModemEntry

_FRAME_S = 0.02


class MetalSocket:
    """The socket of the modem that a rig's entry means. Drawing it is taking the kernel's
    permission for the device away, which needs root or the image's udev rule."""

    def __init__(self, entry: ModemEntry, sysfs: Path = Path("/sys/bus/usb/devices")) -> None:
        self._entry = entry
        self._sysfs = sysfs
        self._ids = USB_IDS[MODELS[entry.model].model]
        self._hotplug = UdevHotplug()
        found = self.ports()
        if not found:
            missing(
                f"the rig's {entry.model} ({entry.where or entry.serial or 'any'}): not plugged in"
            )
        self._where = found[0].where

    def plug(self, *ptys: Path) -> None:
        """See ``UsbSocket``; a real modem has no ptys."""
        self._authorize("1")

    def unplug(self) -> None:
        """See ``UsbSocket``."""
        self._authorize("0")

    def ports(self) -> tuple[UsbPort, ...]:
        """See ``UsbSocket``."""
        one = self._entry
        return tuple(
            port
            for port in self._hotplug.ports()
            if (port.vendor, port.product) == self._ids
            and one.where in ("", port.where)
            and one.serial in ("", port.serial)
        )

    def events(self) -> list[HotplugEvent]:
        """See ``UsbSocket``."""
        return self._hotplug.events()

    def now_s(self) -> float:
        """See ``UsbSocket``."""
        return time.monotonic()

    def pass_frame(self, readable: int | None) -> None:
        """See ``UsbSocket``."""
        select.select([] if readable is None else [readable], [], [], _FRAME_S)

    def close(self) -> None:
        """See ``UsbSocket``."""
        self._hotplug.close()

    def _authorize(self, value: str) -> None:
        try:
            (self._sysfs / self._where / "authorized").write_text(value)
        except OSError as error:
            missing(f"the right to draw {self._where} out of its socket ({error.strerror})")


class Partner:
    """``SimNetwork`` by a second modem: it calls the first one's number, and its events are what
    the network saw."""

    def __init__(self, socket: UsbSocket, number: str) -> None:
        self._socket = socket
        self._number = number
        self._port = opened(socket, Pin())
        self._done: list[Any] = []

    def ring(self, number: str) -> None:
        """Call the modem under test. Its own number is what is shown, whatever is asked for."""
        self._port.dial(self._number)

    def hang_up(self) -> None:
        """The far party hangs up."""
        self._port.hang_up()

    def events(self) -> list[Any]:
        """What the modem under test did."""
        done, self._done = self._done, []
        return done

    def step(self, spoken: bytes) -> bytes:
        """20 ms: what it heard."""
        for event in self._port.events():
            match event:
                case CallRang():
                    self._done.append(Dialled(self._number))
                    self._port.answer()
                case CallAnswered():
                    self._done.append(Answered())
                case CallEnded():
                    self._done.append(BoxHungUp())
                case _:
                    pass
        heard = self._port.read()
        if heard:
            self._port.write(spoken)
        return heard

    def close(self) -> None:
        """Let go of it."""
        self._port.close()
        self._socket.close()


class MetalMobile(PolledMobile):
    """A real modem; ``network`` is its partner, None when the rig names none."""

    def __init__(self, socket: UsbSocket, partner: Partner | None) -> None:
        super().__init__(socket)
        self.network = partner

    def pass_network(self) -> None:
        """20 ms of the other side."""
        if self.network is not None:
            self.heard_by_far += self.network.step(self._far_speech.frame())
            self.done += self.network.events()

    def unplug(self) -> None:
        """See ``Mobile``."""
        self._socket.unplug()

    def replug(self) -> None:
        """See ``Mobile``: its ports come back in their own time."""
        self._socket.plug()

    def close(self) -> None:
        """See ``Mobile``."""
        if self.port is not None:
            self.port.close()
        if self.network is not None:
            self.network.close()
        self._socket.close()
