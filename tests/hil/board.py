"""What every bench gives a test of the board: pins with a world at their other end, chips on a bus,
a watchdog, a UPS.

*sim*: gpiozero's mocked pins, the simulated chips, watchdog and supply of ``hw``. *qemu*: the
kernel's gpio-sim, i2c-stub and softdog, driven by the drivers the box has on metal, and NUT with
its driver dummy-ups. A test asks for the ``board`` fixture. Metal has no bench: nothing presses
its button.
"""

from __future__ import annotations

from typing import Any, Protocol

from hw.health.sysfs import Finding
from hw.power.chips import SimChip
from hw.power.i2c import Bus
from hw.power.port import Supply
from hw.rtc.port import Rtc
from hw.watchdog.port import Watchdog
from tests.hil.bench import BenchKind


class PlayedUps(Protocol):
    """A UPS and the world around it. What it is told holds until it is told otherwise."""

    def supply(self) -> Supply:
        """The production driver, new; to be closed."""
        ...

    def mains(self, *, on: bool) -> None:
        """Cut the mains, or give them back."""
        ...

    def charge(self, percent: float) -> None:
        """The battery is so full."""
        ...

    def call_it_low(self) -> None:
        """The UPS itself says that its battery ends; skips the test where it cannot."""
        ...

    def silence(self) -> None:
        """Whoever speaks for it is gone."""
        ...

    def speak(self) -> None:
        """They are back."""
        ...


class BoardBench(Protocol):
    """One machine."""

    kind: BenchKind

    def pins(self, board: str) -> Any:
        """gpiozero's factory as the box makes it on the machine of this board file."""
        ...

    def is_high(self, pin: int) -> bool:
        """What the box drives the pin to."""
        ...

    def drive(self, pin: int, *, high: bool) -> None:
        """Drive a pin that the box reads."""
        ...

    def place(self, chip: SimChip) -> None:
        """On the bus is a chip that reads as ``chip`` does now."""
        ...

    def bus(self) -> Bus:
        """The bus of the board files, opened."""
        ...

    def written(self, address: int, register: int) -> bytes:
        """The two bytes that were last written into a register, in the order of the wire."""
        ...

    def watchdog(self, timeout_s: int) -> Watchdog:
        """The watchdog, not armed."""
        ...

    def armed(self) -> float | None:
        """Its time in seconds; None: it sleeps."""
        ...

    def abandon_watchdog(self) -> None:
        """A program has armed the watchdog and died; skips the test where none can."""
        ...

    def ups(self) -> PlayedUps:
        """A UPS with mains and a full battery."""
        ...

    def rtc(self) -> Rtc:
        """The clock with a battery."""
        ...

    def health(self) -> list[Finding]:
        """What the production code finds of the machine's health."""
        ...

    def spoil_disk(self) -> None:
        """A file system finds an error in itself."""
        ...

    def settle(self) -> None:
        """Between two tests."""
        ...
