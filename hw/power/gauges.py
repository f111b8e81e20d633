"""The battery gauges of UPS HATs, each over I²C.

Registers: PiJuice from pijuice.py 1.3.1; X728 and X1200 (MAX17040/MAX17048, Maxim data sheet
19-5210) from Geekworm's scripts; INA219 from TI SBOS448. None was proven on metal yet.
"""

from __future__ import annotations

from typing import Protocol

from hw.power.i2c import Bus
from hw.power.port import Measured


class BadAnswer(OSError):
    """A chip answered what it cannot mean."""


class Gauge(Protocol):
    """One chip. ``read`` and ``cut`` wait for the bus."""

    can_cut: bool

    def read(self) -> Measured:
        """What it measures now.

        Raises:
            OSError: the bus, or ``BadAnswer``.
        """
        ...

    def cut(self, delay_s: int) -> None:
        """See ``hw.power.port.Supply``; only where ``can_cut``."""
        ...


class Max17040:
    """A fuel gauge for one cell. It knows nothing of mains."""

    ADDRESS = 0x36
    can_cut = False

    def __init__(self, bus: Bus, address: int = ADDRESS) -> None:
        self._bus, self._address = bus, address

    def read(self) -> Measured:
        """Gauge."""
        voltage, charge = self._word(0x02), self._word(0x04)
        if {voltage, charge} <= {0x0000, 0xFFFF}:  # SDA held low, or nobody drives it
            raise BadAnswer(f"gauge at 0x{self._address:02x} reads 0x{voltage:04x} everywhere")
        return Measured(voltage_v=voltage / 16 * 1.25 / 1000, charge_percent=charge / 256)

    def cut(self, delay_s: int) -> None:
        """Gauge."""
        raise OSError(f"a MAX17040 cannot cut the power (in {delay_s} s)")

    def _word(self, register: int) -> int:
        return int.from_bytes(self._bus.read(self._address, register, 2), "big")


class Ina219:
    """A current monitor beside a battery of lithium cells. Mains are read off the sign of the
    current: what a box takes from a battery is far above the noise of a full one."""

    ADDRESS = 0x42
    can_cut = False
    _EMPTY_V, _FULL_V = 3.0, 4.2
    _OUT_OF_BATTERY_UV = -1000

    def __init__(
        self, bus: Bus, address: int = ADDRESS, *, cells: int = 2, shunt_ohm: float = 0.1
    ) -> None:
        self._bus, self._address = bus, address
        self._cells, self._shunt_ohm = cells, shunt_ohm

    def read(self) -> Measured:
        """Gauge. Bus voltage: bits 15-3, 4 mV each; bit 0 says that arithmetic overflowed."""
        bus = int.from_bytes(self._bus.read(self._address, 0x02, 2), "big")
        shunt_uv = int.from_bytes(self._bus.read(self._address, 0x01, 2), "big", signed=True) * 10
        if bus in {0x0000, 0xFFFF}:
            raise BadAnswer(f"INA219 at 0x{self._address:02x} reads 0x{bus:04x}")
        voltage_v = (bus >> 3) * 0.004
        cell_v = voltage_v / self._cells
        charge = (cell_v - self._EMPTY_V) / (self._FULL_V - self._EMPTY_V) * 100.0
        return Measured(
            mains=shunt_uv > self._OUT_OF_BATTERY_UV,
            voltage_v=voltage_v,
            current_a=shunt_uv / 1e6 / self._shunt_ohm,
            charge_percent=min(max(charge, 0.0), 100.0),
        )

    def cut(self, delay_s: int) -> None:
        """Gauge."""
        raise OSError(f"an INA219 cannot cut the power (in {delay_s} s)")


class PiJuice:
    """A UPS with a controller of its own. Every block ends with a checksum."""

    ADDRESS = 0x14
    can_cut = True
    _STATUS, _CHARGE, _FAULT, _TEMPERATURE, _MILLIVOLTS = 0x40, 0x41, 0x44, 0x47, 0x49
    _POWER_OFF, _WAKE_ON_CHARGE = 0x62, 0x63
    _ATTEMPTS = 3
    _GOOD_INPUT = frozenset({2, 3})  # weak, present
    _NO_BATTERY = 3

    def __init__(self, bus: Bus, address: int = ADDRESS) -> None:
        self._bus, self._address = bus, address

    def read(self) -> Measured:
        """Gauge."""
        status = self._block(self._STATUS, 1)[0]
        inputs = {(status >> 4) & 3, (status >> 6) & 3}
        no_battery = (status >> 2) & 3 == self._NO_BATTERY
        return Measured(
            mains=bool(inputs & self._GOOD_INPUT),
            charge_percent=None if no_battery else float(self._block(self._CHARGE, 1)[0]),
            voltage_v=int.from_bytes(self._block(self._MILLIVOLTS, 2), "little") / 1000.0,
            temperature_c=float(
                int.from_bytes(self._block(self._TEMPERATURE, 1), "little", signed=True)
            ),
            fault=self._complaint(status, no_battery=no_battery),
        )

    def cut(self, delay_s: int) -> None:
        """Gauge. Waking on charge at 0 % first: a cut without it would be for good."""
        self._put(self._WAKE_ON_CHARGE, 0)
        self._put(self._POWER_OFF, min(max(delay_s, 1), 250))

    def _complaint(self, status: int, *, no_battery: bool) -> str:
        if no_battery:
            return "there is no battery"
        if status & 1:
            return f"PiJuice reports fault 0x{self._block(self._FAULT, 1)[0]:02x}"
        return ""

    def _block(self, register: int, count: int) -> bytes:
        """A block whose checksum is right. At times the first bit is lost (pijuice.py)."""
        for _attempt in range(self._ATTEMPTS):
            *content, checksum = self._bus.read(self._address, register, count + 1)
            for first in (content[0], content[0] | 0x80):
                whole = bytes([first, *content[1:]])
                if _checksum(whole) == checksum:
                    return whole
        raise BadAnswer(f"PiJuice's register 0x{register:02x} has a wrong checksum")

    def _put(self, register: int, value: int) -> None:
        content = bytes([value])
        self._bus.write(self._address, register, content + bytes([_checksum(content)]))


def _checksum(content: bytes) -> int:
    total = 0xFF
    for byte in content:
        total ^= byte
    return total
