"""The parts of the board that deviced was given, chosen by ``main`` and closed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.deviced.control import PlayedPanel, PlayedSupply
from firmware.deviced.health import Finding
from hw.machine.port import Machine
from hw.panel.port import Panel
from hw.power.port import Supply
from hw.rtc.port import Rtc, SystemClock
from hw.watchdog.port import Watchdog


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """``clocks`` are the battery's and the machine's; None: the machine's is not ours to set.
    ``fault`` is what could not be had of the board, "" if all could.
    ``played_*`` are the simulated ones, which have levers; None where they are real."""

    title: str
    supply: Supply
    machine: Machine
    panel: Panel
    watchdog: Watchdog | None
    look_at_health: Callable[[], Sequence[Finding]]
    clocks: tuple[Rtc, SystemClock] | None = None
    fault: str = ""
    played_supply: PlayedSupply | None = None
    played_panel: PlayedPanel | None = None
