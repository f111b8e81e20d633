"""An I²C bus: what the gauges need of it, and the kernel's (``/dev/i2c-N``) by smbus2.

Bytes come in the order of the wire, and each chip says what they mean: MAX17040 and INA219 send
the high one first, PiJuice the low one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from smbus2 import SMBus

_T = TypeVar("_T")
_WORD = 2


class Bus(Protocol):
    """Waits for milliseconds; a bus that a chip holds down waits for the kernel's time-out."""

    def read(self, address: int, register: int, count: int) -> bytes:
        """``count`` bytes (1 to 32) from ``register`` on, as they come.

        Raises:
            OSError: nobody acknowledges (EREMOTEIO, ENXIO), or the bus is stuck (ETIMEDOUT).
        """
        ...

    def write(self, address: int, register: int, content: bytes) -> None:
        """The bytes into ``register`` on.

        Raises:
            OSError: as ``read``.
        """
        ...

    def close(self) -> None:
        """Leave the bus."""
        ...


class KernelBus:
    """``/dev/i2c-N``, opened when it is first needed and anew after an error: a bus whose driver
    comes late, or goes and comes again, is one that does not answer for a while.

    Two bytes go as an SMBus word: on the wire that is the same as a block of two, and every
    controller can do it. A word's first byte on the wire is its low one.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._bus: SMBus | None = None

    def read(self, address: int, register: int, count: int) -> bytes:
        """Bus."""
        if count == _WORD:
            word: int = self._do(lambda bus: bus.read_word_data(address, register))
            return word.to_bytes(_WORD, "little")
        return bytes(self._do(lambda bus: bus.read_i2c_block_data(address, register, count)))

    def write(self, address: int, register: int, content: bytes) -> None:
        """Bus."""
        if len(content) == _WORD:
            word = int.from_bytes(content, "little")
            self._do(lambda bus: bus.write_word_data(address, register, word))
        else:
            self._do(lambda bus: bus.write_i2c_block_data(address, register, list(content)))

    def close(self) -> None:
        """Bus."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _do(self, transfer: Callable[[SMBus], _T]) -> _T:
        try:
            if self._bus is None:
                self._bus = SMBus(self._number)
            return transfer(self._bus)
        except OSError:
            self.close()
            raise
