"""What a supply says of itself at one moment, and whether that can be true."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """None: the supply does not know it. ``mains``: power comes from outside."""

    mains: bool | None = None
    charge_percent: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None  # into the battery; negative: out of it
    load_percent: float | None = None
    runtime_s: float | None = None  # what the supply itself believes is left
    temperature_c: float | None = None
    is_low: bool = False  # the supply's own word for "shut down now"
    fault: str = ""  # "" or what it complains of


_LEAST_V, _MOST_V = 0.5, 400.0
_MOST_RUNTIME_S = 7 * 86400.0


def plausible(reading: Reading) -> Reading:
    """``reading`` without what cannot be: a gauge that is stuck reads zeros or ones throughout."""
    return replace(
        reading,
        charge_percent=_within(reading.charge_percent, 0.0, 100.0, slack=5.0),
        voltage_v=_within(reading.voltage_v, _LEAST_V, _MOST_V),
        load_percent=_within(reading.load_percent, 0.0, 200.0),
        runtime_s=_within(reading.runtime_s, 0.0, _MOST_RUNTIME_S),
        temperature_c=_within(reading.temperature_c, -40.0, 125.0),
    )


def _within(value: float | None, least: float, most: float, slack: float = 0.0) -> float | None:
    """``value`` between the two, drawn in by at most ``slack`` (gauges say 101 %), else None."""
    if value is None or not math.isfinite(value) or not least - slack <= value <= most + slack:
        return None
    return min(max(value, least), most)
