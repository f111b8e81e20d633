"""Simulated gauge chips on a simulated I²C bus: registers in the order of the wire, and faults.

A chip is its registers as bytes, as its data sheet lays them out; levers set what it measures.
"""

from __future__ import annotations

import errno
from enum import Enum


class BusFault(Enum):
    """What can be wrong with a chip on the bus."""

    NONE = "none"
    NACK = "nack"  # nobody acknowledges the address
    STUCK = "stuck"  # a chip holds the clock: the kernel gives up
    ZEROS = "zeros"  # the data line is held low
    ONES = "ones"  # nobody drives the data line
    GARBLED = "garbled"  # a bit is wrong in the middle of a block


class SimChip:
    """A chip at ``address``: bytes by register, two a register for 16-bit chips."""

    def __init__(self, address: int, *, width: int) -> None:
        self.address, self.width = address, width
        self.registers: dict[int, bytes] = {}
        self.written: list[tuple[int, bytes]] = []
        self.fault = BusFault.NONE

    def answer(self, register: int, count: int) -> bytes:
        """``count`` bytes from ``register`` on; what is beyond the last reads as ones."""
        content = self.registers.get(register, b"")
        return content[:count].ljust(count, b"\xff")


class SimMax17040(SimChip):
    """VCELL in 1.25 mV from bit 4 on, SOC in 1/256 %; high byte first."""

    def __init__(self, address: int = 0x36) -> None:
        super().__init__(address, width=2)
        self.measure(voltage_v=4.1, percent=100.0)

    def measure(self, *, voltage_v: float, percent: float) -> None:
        """The cell is so from now on."""
        self.registers[0x02] = (round(voltage_v / 0.00125) << 4).to_bytes(2, "big")
        self.registers[0x04] = round(percent * 256).to_bytes(2, "big")


class SimIna219(SimChip):
    """Bus voltage in 4 mV from bit 3 on, shunt voltage in 10 µV, signed; high byte first."""

    def __init__(self, address: int = 0x42, *, shunt_ohm: float = 0.1) -> None:
        super().__init__(address, width=2)
        self._shunt_ohm = shunt_ohm
        self.measure(voltage_v=8.2, current_a=0.0)

    def measure(self, *, voltage_v: float, current_a: float) -> None:
        """The battery is so from now on; negative current flows out of it."""
        self.registers[0x02] = (round(voltage_v / 0.004) << 3 | 0b010).to_bytes(2, "big")
        shunt = round(current_a * self._shunt_ohm * 1e6 / 10)
        self.registers[0x01] = shunt.to_bytes(2, "big", signed=True)


class SimPiJuice(SimChip):
    """Blocks with a checksum behind them; numbers low byte first."""

    def __init__(self, address: int = 0x14) -> None:
        super().__init__(address, width=1)
        self.measure(mains=True, percent=100, voltage_v=4.1, temperature_c=25)

    def measure(
        self,
        *,
        mains: bool,
        percent: int,
        voltage_v: float,
        temperature_c: int,
        fault: int = 0,
        battery: int = 0,
    ) -> None:
        """It is so from now on; ``battery`` 3 is none."""
        status = (3 if mains else 0) << 4 | battery << 2 | (1 if fault else 0)
        self._put(0x40, bytes([status]))
        self._put(0x41, bytes([percent]))
        self._put(0x44, bytes([fault]))
        self._put(0x47, temperature_c.to_bytes(1, "little", signed=True))
        self._put(0x49, round(voltage_v * 1000).to_bytes(2, "little"))

    def _put(self, register: int, content: bytes) -> None:
        checksum = 0xFF
        for byte in content:
            checksum ^= byte
        self.registers[register] = content + bytes([checksum])


class SimBus:
    """``hw.power.i2c.Bus`` with simulated chips on it."""

    def __init__(self, *chips: SimChip) -> None:
        self._chips = {chip.address: chip for chip in chips}

    def read(self, address: int, register: int, count: int) -> bytes:
        """Bus."""
        chip = self._chip(address)
        if chip.fault is BusFault.ZEROS:
            return bytes(count)
        if chip.fault is BusFault.ONES:
            return b"\xff" * count
        content = chip.answer(register, count)
        if chip.fault is BusFault.GARBLED:
            return bytes([content[0] ^ 0x04]) + content[1:]
        return content

    def write(self, address: int, register: int, content: bytes) -> None:
        """Bus."""
        self._chip(address).written.append((register, content))

    def close(self) -> None:
        """Bus."""

    def _chip(self, address: int) -> SimChip:
        chip = self._chips.get(address)
        if chip is None or chip.fault is BusFault.NACK:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        if chip.fault is BusFault.STUCK:
            raise OSError(errno.ETIMEDOUT, "Connection timed out")
        return chip
