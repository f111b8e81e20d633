"""Boards: which pin and which chip is what, read from ``hw/boards/NAME.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

BOARDS = Path(__file__).with_name("boards")


class UnknownBoard(ValueError):
    """There is no such board file, or it cannot be read; the text says why."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a board file: unknown keys are errors."""


class Contact(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An input pin and its level when what it tells of is so."""

    pin: int
    active: Literal["high", "low"]


class PowerPins(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supply. ``mains_lost`` is active without mains. ``gauge`` "" is none."""

    gauge: Literal["", "max17040", "ina219", "pijuice"] = ""
    bus: int = 1
    address: int | None = None  # None: the chip's usual one
    cells: int = 2
    shunt_ohm: float = 0.1
    mains_lost: Contact | None = None


class PanelPins(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """LEDs by name, the button, the lifeline relay's output."""

    leds: Mapping[str, int] = msgspec.field(default_factory=dict)
    button: Contact | None = None
    lifeline: int | None = None
    lifeline_by_pulses: bool = False


class Board(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole board. ``watchdog`` is a device of the kernel's, "" for none."""

    title: str
    simulated: bool = False
    watchdog: str = ""
    watchdog_timeout_s: int = 15
    power: PowerPins = msgspec.field(default_factory=PowerPins)
    panel: PanelPins = msgspec.field(default_factory=PanelPins)

    @property
    def has_pins(self) -> bool:
        """Whether anything is on a GPIO pin."""
        panel = self.panel
        return bool(
            panel.leds or panel.button or panel.lifeline is not None or self.power.mains_lost
        )

    def without_pins(self) -> Board:
        """What is left of it where its pins cannot be had."""
        power = msgspec.structs.replace(self.power, mains_lost=None)
        return msgspec.structs.replace(self, power=power, panel=PanelPins())


def names(folder: Path = BOARDS) -> list[str]:
    """The boards there are."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load(name: str, folder: Path = BOARDS) -> Board:
    """The board of that name.

    Raises:
        UnknownBoard: no such file, or what it says is no board.
    """
    path = folder / f"{name}.toml"
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Board)
    except OSError as error:
        known = ", ".join(names(folder))
        raise UnknownBoard(f"there is no board {name!r}; there are {known}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnknownBoard(f"{path.name}: {error}") from error
