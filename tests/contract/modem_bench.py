"""A modem's driver, pyserial and all, and a simulated modem on two ptys, stepped together."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw.modem.port import Registered
from hw.modem.sim import SimModem
from hw.modem.sim_card import Pin
from hw.modem.sim_kinds import EC25, Kind
from hw.modem.tty import TtyModem

SILENCE = bytes(320)
NOW = 1794730512.0  # the network's clock stands still


class ModemBench:
    """The driver's clock is in frames."""

    def __init__(self, folder: Path, kind: Kind = EC25) -> None:
        self.folder = folder
        self.modem = SimModem(folder / "at", folder / "audio", kind=kind, now=lambda: NOW)
        self.now_s = 0.0
        self.events: list[object] = []
        self.done: list[object] = []
        self.heard = b""
        self.heard_by_far = b""
        self.pin = Pin()

    def open(self) -> ModemBench:
        self.port = TtyModem(
            str(self.folder / "at"),
            str(self.folder / "audio"),
            lambda: self.now_s,
            pin=self.pin,
        )
        return self

    def registered(self) -> ModemBench:
        """Opened, and in a network, and nothing more to say."""
        self.open()
        self.until(lambda: Registered(False) in self.events)
        self.until(lambda: self.port._talk.idle)
        return self

    def run(self, seconds: float, say: bytes = b"", spoken: bytes = SILENCE) -> None:
        def converse(heard: bytes) -> bytes:
            self.heard_by_far += heard
            return spoken

        for _ in range(round(seconds * 50)):
            self.now_s += 0.02
            self.modem.step(converse)
            self.done += self.modem.events()
            self.settle()
            while frame := self.port.read():
                self.heard += frame
                self.port.write(say[:320].ljust(320, b"\0"))
                say = say[320:]

    def settle(self) -> None:
        """The kernel's ttys hand over in their own time: wait for what is on its way."""
        select.select([self.port.fileno()], [], [], 0.002)
        self.events += self.port.events()

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 20
        while not (found := condition()):
            assert time.monotonic() < deadline, (self.events, self.done)
            self.run(0.02)
        return found

    def seen(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        self.port.close()
        self.modem.close()
