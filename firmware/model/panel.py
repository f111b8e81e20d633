"""What the LEDs mean and what the button asks for, as data. Pure; times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from firmware.model.power.state import PowerState


class Led(StrEnum):
    POWER = "power"
    LINES = "lines"
    INTERNET = "internet"
    ALARM = "alarm"
    UPDATE = "update"


class Look(StrEnum):
    OFF = "off"
    ON = "on"
    SLOW = "slow"  # half a second each
    FAST = "fast"  # a tenth each
    DOUBLE = "double"  # two short flashes, a pause


_PERIOD_S = 1.0
_LIT: Mapping[Look, tuple[tuple[float, float], ...]] = {
    Look.OFF: (),
    Look.ON: ((0.0, 1.0),),
    Look.SLOW: ((0.0, 0.5),),
    Look.FAST: tuple((n / 10, (n + 1) / 10) for n in range(0, 10, 2)),
    Look.DOUBLE: ((0.0, 0.1), (0.2, 0.3)),
}
"""When in each second it is lit."""


def is_lit(look: Look, at_s: float) -> bool:
    """Whether an LED of this look is lit at a moment of any steady clock."""
    place = round(at_s % _PERIOD_S, 3)
    return any(begin <= place < end for begin, end in _LIT[look])


LOOKS: Mapping[Led, Mapping[str, Look]] = {
    Led.POWER: {
        PowerState.MAINS: Look.ON,
        PowerState.RESTORED: Look.ON,
        PowerState.ON_BATTERY: Look.SLOW,
        PowerState.LOW: Look.FAST,
        PowerState.CRITICAL: Look.FAST,
        PowerState.FINALISING: Look.DOUBLE,
        PowerState.HALTED: Look.OFF,
    },
    Led.LINES: {"good": Look.ON, "faulty": Look.SLOW, "dead": Look.FAST, "none": Look.OFF},
    Led.INTERNET: {
        "up": Look.ON,
        "limited": Look.DOUBLE,
        "down": Look.SLOW,
        "unknown": Look.OFF,
    },
    Led.ALARM: {"none": Look.OFF, "warning": Look.SLOW, "bad": Look.FAST, "deaf": Look.ON},
    Led.UPDATE: {
        "none": Look.OFF,
        "ready": Look.SLOW,
        "installing": Look.FAST,
        "failed": Look.DOUBLE,
    },
}
"""What each LED shows, by the word for what is so. "deaf": no call can be made."""


class Gesture(StrEnum):
    STATUS = "status"  # a short press: say how the box is
    HALT = "halt"  # a long one
    RESET = "reset"  # a very long one after the start, confirmed by a short one


class Holding(StrEnum):
    """What letting go now would mean; the LEDs show it."""

    NOTHING = "nothing"
    STATUS = "status"
    HALT = "halt"
    RESET = "reset"
    HEARD = "heard"  # not held: a short press was heard
    CONFIRM = "confirm"  # not held: a short press confirms the reset


HOLDING_LOOKS: Mapping[Holding, Look] = {
    Holding.STATUS: Look.ON,
    Holding.HALT: Look.SLOW,
    Holding.RESET: Look.FAST,
    Holding.HEARD: Look.FAST,
    Holding.CONFIRM: Look.DOUBLE,
}
"""What all LEDs show together then."""

_BOUNCE_S, _SHORT_S, _LONG_S, _VERY_LONG_S = 0.05, 1.5, 4.0, 10.0
_AFTER_START_S, _CONFIRM_S, _HEARD_S = 120.0, 10.0, 1.5


@dataclass(slots=True)
class Button:
    """One button. ``started_at`` is when the box started, by the same clock as the presses."""

    started_at: float
    _down_at: float | None = None
    _asked_at: float | None = None
    _heard_at: float | None = None

    def press(self, now: float) -> None:
        """It went down."""
        if self._down_at is None:
            self._down_at = now

    def release(self, now: float) -> Gesture | None:
        """It came up: what was asked for. A press between short and long asks for nothing, so
        that nobody halts a box who only hesitated."""
        if self._down_at is None:
            return None
        held_s, began = now - self._down_at, self._down_at
        self._down_at = None
        is_short = _BOUNCE_S <= held_s < _SHORT_S
        if self._is_asked(began):
            self._asked_at = None
            return Gesture.RESET if is_short else None
        if held_s >= _VERY_LONG_S and self._is_early(began):
            self._asked_at = now
            return None
        if held_s >= _LONG_S:
            return Gesture.HALT if held_s < _VERY_LONG_S else None
        if is_short:
            self._heard_at = now
        return Gesture.STATUS if is_short else None

    def holding(self, now: float) -> Holding:
        """What the LEDs are to show."""
        if self._down_at is None:
            if self._is_asked(now):
                return Holding.CONFIRM
            return Holding.HEARD if self._is_heard(now) else Holding.NOTHING
        held_s = now - self._down_at
        if held_s >= _VERY_LONG_S:
            return Holding.RESET if self._is_early(self._down_at) else Holding.NOTHING
        if held_s >= _LONG_S:
            return Holding.HALT
        return Holding.STATUS if _BOUNCE_S <= held_s < _SHORT_S else Holding.NOTHING

    def _is_early(self, at: float) -> bool:
        return at - self.started_at <= _AFTER_START_S

    def _is_heard(self, at: float) -> bool:
        return self._heard_at is not None and at - self._heard_at <= _HEARD_S

    def _is_asked(self, at: float) -> bool:
        return self._asked_at is not None and at - self._asked_at <= _CONFIRM_S
