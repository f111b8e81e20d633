"""The figures of a report, as data: what each is called, what it counts, and of which sums.

``docs/figures-callcentre.md`` has the definitions and their sources. A ratio whose denominator
is zero is None: nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Sums = Mapping[str, float]
"""What was added up, by name; lengths in seconds."""


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"  # of 1
    MOMENT = "moment"  # Unix seconds


class Better(StrEnum):
    """Which way a figure improves."""

    MORE = "more"
    LESS = "less"
    NEITHER = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. ``in_brief``: it is on the page without being asked for."""

    name: str
    unit: Unit
    of: Callable[[Sums], float | None]
    better: Better = Better.NEITHER
    in_brief: bool = True


def ratio(part: float, whole: float) -> float | None:
    """A part of a whole; None where there is no whole."""
    return part / whole if whole else None


def _count(name: str, better: Better = Better.NEITHER, *, in_brief: bool = True) -> Figure:
    return Figure(
        name=name, unit=Unit.COUNT, of=lambda s: s[name], better=better, in_brief=in_brief
    )


def _length(name: str, *, in_brief: bool = False) -> Figure:
    return Figure(name=name, unit=Unit.SECONDS, of=lambda s: s[name], in_brief=in_brief)


def _share(
    name: str,
    of: Callable[[Sums], float | None],
    better: Better = Better.NEITHER,
    *,
    in_brief: bool = False,
) -> Figure:
    return Figure(name=name, unit=Unit.SHARE, of=of, better=better, in_brief=in_brief)


def _mean(
    name: str,
    of: Callable[[Sums], float | None],
    better: Better = Better.NEITHER,
    *,
    in_brief: bool = True,
) -> Figure:
    return Figure(name=name, unit=Unit.SECONDS, of=of, better=better, in_brief=in_brief)


def _ended(s: Sums) -> float:
    return s["answered"] + s["abandoned"]


def _net(s: Sums) -> float:
    return _ended(s) - s["short_abandoned"]


CAME = _count("came")
"""The calls behind the visits of one caller; a call may visit several queues."""

VISITS: tuple[Figure, ...] = (
    _count("offered"),
    _count("answered", Better.MORE),
    _count("abandoned", Better.LESS),
    _count("short_abandoned", in_brief=False),
    _count("overflowed", in_brief=False),
    _count("turned_away", in_brief=False),
    _count("callbacks", in_brief=False),
    _count("callbacks_reached", in_brief=False),
    _count("waiting", in_brief=False),
    _share(
        "service_level",
        lambda s: ratio(s["answered_in_target"], _net(s)),
        Better.MORE,
        in_brief=True,
    ),
    _share("service_level_gross", lambda s: ratio(s["answered_in_target"], _ended(s)), Better.MORE),
    _share(
        "service_level_of_answered",
        lambda s: ratio(s["answered_in_target"], s["answered"]),
        Better.MORE,
    ),
    _share(
        "service_level_inclusive",
        lambda s: ratio(s["answered_in_target"] + s["abandoned_in_target"], _ended(s)),
        Better.MORE,
    ),
    _share(
        "abandonment",
        lambda s: ratio(s["abandoned"] - s["short_abandoned"], _net(s)),
        Better.LESS,
        in_brief=True,
    ),
    _share("abandonment_gross", lambda s: ratio(s["abandoned"], _ended(s)), Better.LESS),
    _mean("asa_s", lambda s: ratio(s["answered_wait_s"], s["answered"]), Better.LESS),
    _mean(
        "mean_patience_s",
        lambda s: ratio(s["abandoned_wait_s"], s["abandoned"]),
        in_brief=False,
    ),
    _length("longest_wait_s", in_brief=True),
    _mean("aht_s", lambda s: ratio(s["talk_s"] + s["wrap_up_s"], s["talks"])),
    _length("talk_s"),
    _length("hold_s"),
    _length("wrap_up_s"),
    _count("transferred", in_brief=False),
    _share("transfer_rate", lambda s: ratio(s["transferred"], s["talks"]), in_brief=True),
    _count("offers", in_brief=False),
    _count("missed", Better.LESS, in_brief=False),
)
"""Of visits to queues, counted in the period in which they began."""


def _handling(s: Sums) -> float:
    return s["talking"] + s["wrap_up"]


AGENTS: tuple[Figure, ...] = (
    _count("offers_made", in_brief=False),
    _count("served", Better.MORE),
    _count("offers_missed", Better.LESS),
    _mean("logged_in_s", lambda s: s["logged_in"]),
    _mean("available_s", lambda s: s["available"], in_brief=False),
    _mean("ringing_s", lambda s: s["offered"], in_brief=False),
    _mean("talking_s", lambda s: s["talking"]),
    _mean("wrapping_up_s", lambda s: s["wrap_up"]),
    _mean("engaged_s", lambda s: s["engaged"], in_brief=False),
    _mean("paused_s", lambda s: s["paused"]),
    _share(
        "occupancy",
        lambda s: ratio(_handling(s), _handling(s) + s["available"] + s["offered"]),
        in_brief=True,
    ),
    _share("utilisation", lambda s: ratio(_handling(s), s["logged_in"]), in_brief=True),
    _share("adherence", lambda s: ratio(s["kept"], s["planned"]), Better.MORE, in_brief=True),
)
"""Of agents, their time cut at the edges of the period."""

DISPOSITIONS = (
    "answered",
    "no_answer",
    "busy",
    "failed",
    "congestion",
    "cancelled",
    "abandoned",
)
"""How a call came out, in the order of columns; what lives has none."""

CALLS: tuple[Figure, ...] = (
    _count("calls"),
    _count("calls_answered", Better.MORE),
    _count("calls_unanswered", Better.LESS),
    _share(
        "answer_rate",
        lambda s: ratio(s["calls_answered"], s["calls_ended"]),
        Better.MORE,
        in_brief=True,
    ),
    _count("calls_busy", in_brief=False),
    _count("calls_failed", in_brief=False),
    _mean("mean_ring_s", lambda s: ratio(s["ring_s"], s["calls_answered"]), Better.LESS),
    _mean("mean_talk_s", lambda s: ratio(s["call_talk_s"], s["calls_answered"])),
    _length("call_talk_s", in_brief=True),
    _length("longest_talk_s"),
)
"""Of all calls of the box, to a queue or not, counted in the period in which they began."""
