"""The supply of a board: a gauge, a contact that tells of mains, or both.

A gauge waits for its bus, so it is read in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from hw.power.gauges import Gauge
from hw.power.port import CannotCut, Measured, SupplySilent


class BoardSupply:
    """``contact`` tells whether there are mains; ``close`` gives pins and bus back."""

    def __init__(
        self,
        gauge: Gauge | None,
        contact: Callable[[], bool] | None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._gauge, self._contact, self._close = gauge, contact, close

    async def read(self) -> Measured:
        """Supply. The contact stands above the gauge's own view of mains."""
        measured = Measured()
        if self._gauge is not None:
            try:
                measured = await asyncio.to_thread(self._gauge.read)
            except OSError as error:
                if self._contact is None:
                    raise SupplySilent(f"gauge: {error}") from error
                measured = Measured(fault=f"gauge: {error}")
        if self._contact is not None:
            measured = replace(measured, mains=self._contact())
        return measured

    async def can_cut(self) -> bool:
        """Supply."""
        return self._gauge is not None and self._gauge.can_cut

    async def cut(self, delay_s: int) -> None:
        """Supply."""
        if self._gauge is None or not self._gauge.can_cut:
            raise CannotCut("this board's supply takes no orders")
        try:
            await asyncio.to_thread(self._gauge.cut, delay_s)
        except OSError as error:
            raise CannotCut(f"gauge: {error}") from error

    async def close(self) -> None:
        """Supply."""
        self._close()
