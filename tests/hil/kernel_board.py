"""The board of the guest: gpio-sim, i2c-stub, softdog, dummy-ups (``guest/board`` loads them)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hw.health.sysfs import Finding, look
from hw.panel.gpio import kernel_pins
from hw.power.chips import BusFault, SimChip
from hw.power.i2c import KernelBus
from hw.rtc.device import KernelRtc
from hw.watchdog.device import KernelWatchdog
from tests.hil.bench import BenchKind, missing
from tests.hil.kernel_parts import BUS, CHIPS, SOFTDOG, WATCHDOG, GpioSim, be_a, put
from tests.hil.ups import Ups

NUT_PORT = 3493


class KernelBoard:
    """``BoardBench``."""

    kind = BenchKind.QEMU

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gpio: GpioSim | None = None
        self._factory: Any = None
        self._ups: Ups | None = None
        self._bus = KernelBus(BUS)

    def pins(self, board: str) -> Any:
        """BoardBench."""
        model = board[:3]
        be_a(model)
        self._gpio = GpioSim(CHIPS[model] + 1)
        self._factory = kernel_pins(self._folder)
        return self._factory

    def is_high(self, pin: int) -> bool:
        """BoardBench."""
        assert self._gpio is not None
        return self._gpio.value(pin)

    def drive(self, pin: int, *, high: bool) -> None:
        """BoardBench."""
        assert self._gpio is not None
        self._gpio.pull(pin, up=high)

    def place(self, chip: SimChip) -> None:
        """BoardBench."""
        if chip.fault in {BusFault.STUCK, BusFault.NACK}:
            missing("a chip of i2c-stub's that does not answer")
        put(self._bus, chip)

    def bus(self) -> KernelBus:
        """BoardBench."""
        return KernelBus(BUS)

    def written(self, address: int, register: int) -> bytes:
        """BoardBench."""
        return self._bus.read(address, register, 2)

    def watchdog(self, timeout_s: int) -> KernelWatchdog:
        """BoardBench."""
        return KernelWatchdog(WATCHDOG, timeout_s)

    def armed(self) -> float | None:
        """BoardBench."""
        if (SOFTDOG / "state").read_text().strip() == "inactive":
            return None
        return float((SOFTDOG / "timeout").read_text())

    def abandon_watchdog(self) -> None:
        """BoardBench."""
        program = "from hw.watchdog.device import KernelWatchdog as Dog; Dog({!r}, 60).feed()"
        subprocess.run([sys.executable, "-c", program.format(WATCHDOG)], check=True)

    def ups(self) -> Ups:
        """BoardBench."""
        folder = self._folder / "nut"
        folder.mkdir(exist_ok=True)
        self._ups = Ups(folder, NUT_PORT)
        return self._ups

    def rtc(self) -> KernelRtc:
        """BoardBench."""
        return KernelRtc()

    def health(self) -> list[Finding]:
        """BoardBench."""
        return look()

    def spoil_disk(self) -> None:
        """BoardBench."""
        Path("/sys/fs/ext4/vda/trigger_fs_error").write_text("a test\n")

    def settle(self) -> None:
        """BoardBench."""
        if self._factory is not None:
            self._factory.close()
        if self._gpio is not None:
            self._gpio.close()
        if self._ups is not None:
            self._ups.stop()
        self._factory = self._gpio = self._ups = None
        if self.armed() is not None:
            dog = KernelWatchdog(WATCHDOG, 60)
            dog.feed()
            dog.close()
        self._bus.close()
