"""How well calls went, counted: evaluations, surveys and first calls, by agent and over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Cell = TypeVar("_Cell", bound=Hashable)


class Kind(StrEnum):
    EVALUATION = "evaluation"
    SURVEY = "survey"
    FIRST_CALL = "first_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that says how a call went. ``share`` is 0.0 to 1.0: the evaluation's score, the
    survey's on its scale; ``is_good``: no fatal question failed, satisfied, resolved."""

    kind: Kind
    agent: str
    queue: str
    at: float  # Unix seconds
    share: float
    is_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Marks of one kind."""

    count: int = 0
    shares: float = 0.0
    good: int = 0

    @property
    def mean_percent(self) -> float | None:
        """The mean share in per cent; None of nothing."""
        return 100.0 * self.shares / self.count if self.count else None

    @property
    def good_percent(self) -> float | None:
        """How many of a hundred are good; None of nothing."""
        return 100.0 * self.good / self.count if self.count else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            count=self.count + other.count,
            shares=self.shares + other.shares,
            good=self.good + other.good,
        )

    @property
    def bad(self) -> int:
        """How many are not good."""
        return self.count - self.good


Tallies = Mapping[Kind, Tally]

NOTHING: Tallies = {kind: Tally() for kind in Kind}


def tallies(marks: Iterable[Mark], key: Callable[[Mark], _Key]) -> dict[_Key, Tallies]:
    """The marks told apart by ``key``, each kind of mark counted; every kind is there."""
    apart: dict[_Key, list[Mark]] = defaultdict(list)
    for mark in marks:
        apart[key(mark)].append(mark)
    return {name: {kind: _tally(mine, kind) for kind in Kind} for name, mine in apart.items()}


def gathered(cells: Mapping[_Cell, Tallies], key: Callable[[_Cell], _Key]) -> dict[_Key, Tallies]:
    """What was counted apart, added up by ``key``."""
    found: dict[_Key, Tallies] = {}
    for cell, mine in cells.items():
        there = found.get(key(cell), NOTHING)
        found[key(cell)] = {kind: there[kind] + mine[kind] for kind in Kind}
    return found


def _tally(marks: Iterable[Mark], kind: Kind) -> Tally:
    mine = [mark for mark in marks if mark.kind is kind]
    return Tally(
        count=len(mine),
        shares=sum(mark.share for mark in mine),
        good=sum(mark.is_good for mark in mine),
    )
