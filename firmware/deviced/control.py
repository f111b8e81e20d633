"""What deviced can be asked over its link (``DevicedApi``)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import Protocol

from firmware.link.rows import DaemonStatus
from firmware.model.panel import LOOKS, Led
from firmware.version import VERSION

_LONGEST_PRESS_S = 60.0


class PlayedSupply(Protocol):
    """A simulated supply's levers."""

    is_silent: bool

    def switch_mains(self, *, on: bool) -> None:
        """Cut the mains, or give them back."""
        ...

    def charge(self, percent: float) -> None:
        """The battery is so full from now on."""
        ...


class PlayedPanel(Protocol):
    """A simulated panel's button."""

    pressed: bool


class Control:
    """Implements ``DevicedApi``. ``supply`` and ``panel`` are there where they are simulated."""

    def __init__(
        self,
        *,
        supply: PlayedSupply | None,
        panel: PlayedPanel | None,
        clock: Callable[[], float],
        reload: Callable[[], None],
        config_version: Callable[[], int],
        warnings: Callable[[], Sequence[str]],
    ) -> None:
        self._supply, self._panel = supply, panel
        self._clock, self._reload = clock, reload
        self._config_version, self._warnings = config_version, warnings
        self._started = clock()
        self.update = "none"

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        return DaemonStatus(
            name="deviced",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(self._clock() - self._started, 1),
            config_version=self._config_version(),
            warnings=tuple(self._warnings()),
        )

    def reload(self) -> None:
        """DaemonApi. Another board or source waits for a restart."""
        self._reload()

    def cut_mains(self) -> None:
        """BoardApi."""
        self._played().switch_mains(on=False)

    def restore_mains(self) -> None:
        """BoardApi."""
        self._played().switch_mains(on=True)

    def set_battery(self, percent: float) -> None:
        """BoardApi."""
        if not 0.0 <= percent <= 100.0:
            raise ValueError(f"{percent:g} is no percentage")
        self._played().charge(percent)

    def set_supply_silent(self, *, silent: bool) -> None:
        """BoardApi."""
        self._played().is_silent = silent

    def press(self, seconds: float) -> None:
        """BoardApi."""
        panel = self._panel
        if panel is None:
            raise RuntimeError("the board is a real one: its button has to be pressed by hand")
        if not 0.0 < seconds <= _LONGEST_PRESS_S:
            raise ValueError(f"a button is pressed for up to {_LONGEST_PRESS_S:g} s")
        panel.pressed = True

        def release() -> None:
            panel.pressed = False

        asyncio.get_running_loop().call_later(seconds, release)

    def tell_update(self, state: str) -> None:
        """BoardApi."""
        if state not in LOOKS[Led.UPDATE]:
            raise ValueError(f"{state!r}: there are {', '.join(LOOKS[Led.UPDATE])}")
        self.update = state

    def _played(self) -> PlayedSupply:
        if self._supply is None:
            raise RuntimeError("the supply is a real one: it has no levers")
        return self._supply
