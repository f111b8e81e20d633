"""The seam to the power supply: what it says of itself, and whether it can cut and give back.

``nut.py`` asks upsd, ``board.py`` a HAT's gauge and its contact, ``sim.py`` is played by levers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class SupplySilent(OSError):
    """The supply cannot be asked now; the text says who, and why."""


class CannotCut(OSError):
    """The supply did not take the order to cut the power; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a supply says at one moment. None: it does not know.

    ``current_a`` flows into the battery; negative: out of it. ``is_low`` is its own "shut down
    now". ``fault`` is "" or what it complains of.
    """

    mains: bool | None = None
    charge_percent: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    load_percent: float | None = None
    runtime_s: float | None = None
    temperature_c: float | None = None
    is_low: bool = False
    fault: str = ""


class Supply(Protocol):
    """One supply."""

    async def read(self) -> Measured:
        """Ask it.

        Raises:
            SupplySilent: it does not answer, or not sensibly.
        """
        ...

    async def can_cut(self) -> bool:
        """Whether it takes power away when ordered, and gives it back *whenever there are mains
        after that*, even if they were back before the cut."""
        ...

    async def cut(self, delay_s: int) -> None:
        """Take the power away in ``delay_s`` seconds, give it back when there are mains.

        Raises:
            CannotCut: it cannot, or did not take the order.
        """
        ...

    async def close(self) -> None:
        """Ask no more."""
        ...
