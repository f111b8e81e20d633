"""How the box is, as it is said to whoever pressed its button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStatus:
    """What is said. "" and None are not said."""

    calls_possible: bool
    lines: str  # a word of the LED "lines" of firmware.model.panel: "good", "faulty", "dead", ""
    power: str  # "mains" or "battery"
    minutes_left: int | None  # on battery
    internet: str  # "up", "limited", "down", ""
    address: str  # where the console is: "192.168.1.10"


class StatusApi(Protocol):
    """A part of ``SwitchApi``."""

    def announce_status(self, extension: str, status: BoxStatus) -> None:
        """Ring an extension's telephone and tell who answers how the box is, twice, in the
        office's language.

        Raises:
            KeyError: no such extension.
            RuntimeError: no new calls may begin.
        """
        ...
