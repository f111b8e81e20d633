"""How satisfied callers say they are: the scores of surveys after calls.

A score is *satisfied* from three quarters of its scale on: 4 and 5 of 1 to 5, 8 to 10 of 1 to 10,
2 of 1 to 2. Satisfaction (CSAT) is the share of satisfied scores in per cent.
"""

from __future__ import annotations

from dataclasses import dataclass

_FROM = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The lowest and the highest score of a question."""

    least: int = 1
    most: int = 5


def is_satisfied(score: float, scale: Scale) -> bool:
    """Whether a score counts as satisfied."""
    return score >= scale.least + _FROM * (scale.most - scale.least)


def place(score: float, scale: Scale) -> float:
    """Where a score lies on its scale, 0.0 to 1.0, so that scales can be put together."""
    if scale.most <= scale.least:
        return 1.0
    return min(max((score - scale.least) / (scale.most - scale.least), 0.0), 1.0)
