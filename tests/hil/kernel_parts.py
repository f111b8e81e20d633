"""What the guest has of a board, and how the world drives it: lines of gpio-sim, chips of i2c-stub.

gpio-sim: Documentation/admin-guide/gpio/gpio-sim.rst; i2c-stub: Documentation/i2c/i2c-stub.rst.
"""

from __future__ import annotations

from pathlib import Path

from hw.power.chips import BusFault, SimChip
from hw.power.i2c import KernelBus

BUS = 1
WATCHDOG = "/dev/watchdog"
SOFTDOG = Path("/sys/class/watchdog/watchdog0")
_CONFIG = Path("/sys/kernel/config/gpio-sim/board")
_PLATFORM = Path("/sys/devices/platform")
_CPUINFO = Path("/tmp/cpuinfo")  # lies over /proc/cpuinfo
_LINES = 54
_REVISIONS = {"pi4": "c03114", "pi5": "d04170", "cm5": "d04180"}
CHIPS = {"pi4": 0, "pi5": 4, "cm5": 0}
"""Which gpiochip has the header's pins. A Pi 5 has others before it (kernels before 6.6.45), and
gpiozero looks for them on it; on a Compute Module 5 it takes the first one always."""


class GpioSim:
    """A machine's GPIO chips; the last one has the header's pins."""

    def __init__(self, chips: int) -> None:
        _CONFIG.mkdir()
        for number in range(chips):
            bank = _CONFIG / f"bank{number}"
            bank.mkdir()
            (bank / "num_lines").write_text(str(_LINES))
        (_CONFIG / "live").write_text("1")
        device = (_CONFIG / "dev_name").read_text().strip()
        self._lines = _PLATFORM / device / f"gpiochip{chips - 1}"

    def value(self, pin: int) -> bool:
        """What the line is."""
        return (self._lines / f"sim_gpio{pin}" / "value").read_text().strip() == "1"

    def pull(self, pin: int, *, up: bool) -> None:
        """Pull the line to a level, as a switch or a contact does."""
        (self._lines / f"sim_gpio{pin}" / "pull").write_text("pull-up" if up else "pull-down")

    def close(self) -> None:
        """Take the chips away."""
        (_CONFIG / "live").write_text("0")
        for bank in _CONFIG.glob("bank*"):
            bank.rmdir()
        _CONFIG.rmdir()


def be_a(model: str) -> None:
    """This machine is a model of ``CHIPS`` from now on, as far as gpiozero looks."""
    lines = [x for x in _CPUINFO.read_text().splitlines() if not x.startswith("Revision")]
    _CPUINFO.write_text("\n".join([*lines, f"Revision\t: {_REVISIONS[model]}"]) + "\n")


def put(bus: KernelBus, chip: SimChip) -> None:
    """Into i2c-stub what the chip's registers are, with its fault."""
    for register, content in chip.registers.items():
        bus.write(chip.address, register, _as_read(content, chip.fault))


def _as_read(content: bytes, fault: BusFault) -> bytes:
    if fault is BusFault.ZEROS:
        return bytes(len(content))
    if fault is BusFault.ONES:
        return b"\xff" * len(content)
    if fault is BusFault.GARBLED:
        return bytes([content[0] ^ 0x04]) + content[1:]
    return content
