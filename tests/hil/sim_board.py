"""The board of the simulated bench: mocked pins, simulated chips, watchdog and supply."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory

from hw.health.sysfs import Finding, look
from hw.power.chips import SimBus, SimChip
from hw.power.sim import SimSupply
from hw.rtc.sim import SimClock
from hw.watchdog.sim import SimWatchdog
from tests.hil.bench import BenchKind, missing

_TREE = {
    "proc/mounts": "/dev/vda / ext4 rw,relatime 0 0\n",
    "sys/fs/ext4/vda/errors_count": "0\n",
}


class SimUps:
    """``PlayedUps``."""

    def __init__(self) -> None:
        self._supply = SimSupply(time.monotonic)

    def supply(self) -> SimSupply:
        """PlayedUps."""
        return self._supply

    def mains(self, *, on: bool) -> None:
        """PlayedUps."""
        self._supply.switch_mains(on=on)

    def charge(self, percent: float) -> None:
        """PlayedUps."""
        self._supply.charge(percent)

    def call_it_low(self) -> None:
        """PlayedUps."""
        missing("a simulated supply that calls its own battery low")

    def silence(self) -> None:
        """PlayedUps."""
        self._supply.is_silent = True

    def speak(self) -> None:
        """PlayedUps."""
        self._supply.is_silent = False


class SimBoard:
    """``BoardBench``."""

    kind = BenchKind.SIM

    def __init__(self, folder: Path) -> None:
        self._root = folder
        for name, text in _TREE.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self._pins: MockFactory | None = None
        self._chips: dict[int, SimChip] = {}
        self._watchdog: SimWatchdog | None = None
        self._timeout_s = 0

    def pins(self, board: str) -> Any:
        """BoardBench."""
        self._pins = MockFactory(revision="d04170" if board.startswith("pi5") else "c03114")
        return self._pins

    def is_high(self, pin: int) -> bool:
        """BoardBench."""
        assert self._pins is not None
        return bool(self._pins.pin(pin).state)

    def drive(self, pin: int, *, high: bool) -> None:
        """BoardBench."""
        assert self._pins is not None
        driven = self._pins.pin(pin)
        if high:
            driven.drive_high()
        else:
            driven.drive_low()

    def place(self, chip: SimChip) -> None:
        """BoardBench."""
        self._chips[chip.address] = chip

    def bus(self) -> SimBus:
        """BoardBench."""
        return SimBus(*self._chips.values())

    def written(self, address: int, register: int) -> bytes:
        """BoardBench."""
        return dict(self._chips[address].written)[register]

    def watchdog(self, timeout_s: int) -> SimWatchdog:
        """BoardBench."""
        self._timeout_s = timeout_s
        self._watchdog = SimWatchdog(time.monotonic, float(timeout_s))
        return self._watchdog

    def armed(self) -> float | None:
        """BoardBench."""
        assert self._watchdog is not None
        return float(self._timeout_s) if self._watchdog.is_armed else None

    def abandon_watchdog(self) -> None:
        """BoardBench."""
        missing("a watchdog that outlives a program")

    def ups(self) -> SimUps:
        """BoardBench."""
        return SimUps()

    def rtc(self) -> SimClock:
        """BoardBench."""
        return SimClock(time.monotonic)

    def health(self) -> list[Finding]:
        """BoardBench."""
        return look(self._root)

    def spoil_disk(self) -> None:
        """BoardBench."""
        (self._root / "sys/fs/ext4/vda/errors_count").write_text("1\n")

    def settle(self) -> None:
        """BoardBench."""
        if self._pins is not None:
            self._pins.reset()
        self._pins, self._watchdog = None, None
        self._chips.clear()
