"""The box as a thing over the link: its power, its LEDs, its health; and the levers of a simulated
board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """The box's power. Its event: changed."""

    id: str  # "power"
    state: str  # PowerState of firmware.model.power.state
    since: float  # Unix seconds of the last change of ``state``
    mains: bool | None  # None: nobody knows
    charge_percent: float | None
    minutes_left: float | None  # on battery at the present load
    voltage_v: float | None
    measures: tuple[str, ...]  # Measure of firmware.model.power.state, in force now
    fault: str  # "" or what is wrong with the supply or its sensor
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedRow:
    """One LED of the board. Its event: changed."""

    id: str  # "power", "lines", "internet", "alarm", "update"
    look: str  # Look of firmware.model.panel: "on", "off", "slow", "fast", "double"
    meaning: str  # its word in the table, "on_battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """One thing about the machine that can be bad. Its event: changed."""

    id: str  # "temperature", "throttling", "wear:mmcblk0", "disk:/"
    state: str  # "good", "warning", "bad"
    value: float | None
    unit: str  # "celsius", "percent", "errors", ""
    text: str  # in the log's words


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRow:
    """The button of the board. Its event: pressed."""

    id: str  # "button"
    gesture: str  # Gesture of firmware.model.panel: what the last press asked for
    at: float  # Unix seconds


class BoardApi(Protocol):
    """A part of ``DevicedApi``. The levers raise RuntimeError where the board is a real one."""

    def cut_mains(self) -> None:
        """Take the mains away from a simulated board."""
        ...

    def restore_mains(self) -> None:
        """Give them back."""
        ...

    def set_battery(self, percent: float) -> None:
        """Fill or empty the simulated battery.

        Raises:
            ValueError: no percentage.
        """
        ...

    def set_supply_silent(self, *, silent: bool) -> None:
        """The simulated supply stops answering, or answers again."""
        ...

    def press(self, seconds: float) -> None:
        """Press the simulated button for so long.

        Raises:
            ValueError: less than nothing, or over a minute.
        """
        ...

    def tell_update(self, state: str) -> None:
        """What the LED "update" shows: "none", "ready", "installing", "failed". On any board.

        Raises:
            ValueError: no such state.
        """
        ...
