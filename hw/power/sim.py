"""A simulated supply: a battery that empties without mains and fills with them, and levers."""

from __future__ import annotations

from collections.abc import Callable

from hw.power.port import CannotCut, Measured, SupplySilent

_CHARGING_FASTER = 2.0


class SimSupply:
    """``clock`` gives steady seconds. ``lasts_s`` is how long a full battery lasts."""

    def __init__(self, clock: Callable[[], float], *, lasts_s: float = 3600.0) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._percent = 100.0
        self._at = clock()
        self.mains = True
        self.is_silent = False
        self.takes_cut = True
        self.cut_at: float | None = None

    @property
    def percent(self) -> float:
        """The charge now."""
        now = self._clock()
        passed_s, self._at = now - self._at, now
        change = passed_s / self._lasts_s * 100.0
        self._percent += change * _CHARGING_FASTER if self.mains else -change
        self._percent = min(max(self._percent, 0.0), 100.0)
        return self._percent

    def switch_mains(self, *, on: bool) -> None:
        """Cut the mains, or give them back."""
        self._percent = self.percent
        self.mains = on

    def charge(self, percent: float) -> None:
        """The battery is so full from now on."""
        self._percent, self._at = min(max(percent, 0.0), 100.0), self._clock()

    async def read(self) -> Measured:
        """Supply."""
        if self.is_silent:
            raise SupplySilent("the simulated supply is silent")
        percent = self.percent
        return Measured(
            mains=self.mains,
            charge_percent=percent,
            voltage_v=3.0 + 1.2 * percent / 100.0,
            load_percent=30.0,
            temperature_c=25.0,
        )

    async def can_cut(self) -> bool:
        """Supply."""
        return self.takes_cut

    async def cut(self, delay_s: int) -> None:
        """Supply."""
        if not self.takes_cut:
            raise CannotCut("the simulated supply takes no orders")
        self.cut_at = self._clock() + delay_s

    async def close(self) -> None:
        """Supply."""
