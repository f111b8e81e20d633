"""How long this battery lasts, learnt from how it went before. Pure.

A *discharge* is one stretch on battery: samples of time, level and load. *Level* is percent of
charge or anything else that falls monotonously from 100 to 0 (a voltage put on that scale); that
it is not proportional to energy does no harm, because what is learnt is how long each *band* of
ten percent lasts. A battery that died before level 0 has taught where its bottom is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

BANDS = 10
BAND_PERCENT = 100.0 / BANDS
NEWEST = 8
"""So many discharges are looked at: an older battery was another one."""

_LEAST_FALL_PERCENT = 2.0
"""Of a band that has to be crossed for it to teach anything; less is the gauge's noise."""

_SLOWEST, _FASTEST = 3.0, 1 / 4.0
"""How far the present discharge may correct what was learnt."""

_GAP_S = 120.0
"""Between two samples; more, and nobody knows what was in between."""


class End(StrEnum):
    """How a discharge ended."""

    BACK = "back"  # mains
    HALTED = "halted"  # in good order
    DIED = "died"  # without a word: the battery was empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """``at_s`` from the discharge's beginning; ``load_percent`` None when it is not measured."""

    at_s: float
    level_percent: float
    load_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """One stretch on battery, samples in the order of time."""

    began_at: float  # Unix seconds
    samples: tuple[Sample, ...]
    end: End


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What was learnt. ``pace_s`` is how many seconds a percent of each band lasts at
    ``load_percent``; ``empty_percent`` the level at which it dies."""

    pace_s: tuple[float, ...]
    load_percent: float | None
    empty_percent: float

    def minutes_left(self, level_percent: float, load_percent: float | None = None) -> float:
        """Minutes until it dies from ``level_percent`` on, at this load (None: the usual)."""
        seconds = 0.0
        for band, pace_s in enumerate(self.pace_s):
            bottom = max(band * BAND_PERCENT, self.empty_percent)
            top = min((band + 1) * BAND_PERCENT, level_percent)
            seconds += max(0.0, top - bottom) * pace_s
        return seconds * self._ease(load_percent) / 60.0

    def corrected(self, now_on: Sequence[Sample]) -> Battery:
        """The same battery in the discharge it is in: it may be colder, or older, than it was."""
        expected = actual = 0.0
        for earlier, later in _steps(now_on):
            fall = (self.minutes_left(earlier.level_percent, earlier.load_percent) * 60.0) - (
                self.minutes_left(later.level_percent, earlier.load_percent) * 60.0
            )
            expected += fall
            actual += later.at_s - earlier.at_s
        fallen = now_on[0].level_percent - now_on[-1].level_percent if now_on else 0.0
        if fallen < 2 * _LEAST_FALL_PERCENT or expected <= 0.0:
            return self
        factor = min(max(actual / expected, _FASTEST), _SLOWEST)
        return Battery(
            pace_s=tuple(pace_s * factor for pace_s in self.pace_s),
            load_percent=self.load_percent,
            empty_percent=self.empty_percent,
        )

    def _ease(self, load_percent: float | None) -> float:
        if not load_percent or not self.load_percent:
            return 1.0
        return min(max(self.load_percent / load_percent, _FASTEST), _SLOWEST)


def learnt(discharges: Iterable[Discharge], *, full_minutes: float) -> Battery:
    """The battery that these discharges show; ``full_minutes`` is what it is taken for where they
    show nothing: how long it lasts from full to empty."""
    newest = sorted(discharges, key=lambda one: one.began_at)[-NEWEST:]
    loads = [s.load_percent for one in newest for s in one.samples if s.load_percent]
    load = median(loads) if loads else None
    seen: list[list[float]] = [[] for _ in range(BANDS)]
    for discharge in newest:
        for band, pace_s in _paces(discharge.samples, load).items():
            seen[band].append(pace_s)
    default_s = full_minutes * 60.0 / 100.0
    known = [median(paces) for paces in seen if paces]
    between_s = min(median(known), default_s) if known else default_s
    return Battery(
        pace_s=tuple(median(paces) if paces else between_s for paces in seen),
        load_percent=load,
        empty_percent=_empty(newest),
    )


def _empty(discharges: Sequence[Discharge]) -> float:
    """Where it dies: the last level before a death, unless a later discharge went below it."""
    level = 0.0
    for discharge in discharges:
        if not discharge.samples:
            continue
        lowest = discharge.samples[-1].level_percent
        level = lowest if discharge.end is End.DIED else min(level, lowest)
    return level


def _paces(samples: Sequence[Sample], load: float | None) -> dict[int, float]:
    """Seconds a percent, for each band that was crossed far enough, at the load ``load``."""
    fallen: dict[int, float] = {}
    lasted: dict[int, float] = {}
    for earlier, later in _steps(samples):
        band = min(int(earlier.level_percent // BAND_PERCENT), BANDS - 1)
        ease = earlier.load_percent / load if load and earlier.load_percent else 1.0
        fallen[band] = fallen.get(band, 0.0) + max(0.0, earlier.level_percent - later.level_percent)
        lasted[band] = lasted.get(band, 0.0) + (later.at_s - earlier.at_s) * ease
    return {
        band: lasted[band] / fall for band, fall in fallen.items() if fall >= _LEAST_FALL_PERCENT
    }


def _steps(samples: Sequence[Sample]) -> Iterable[tuple[Sample, Sample]]:
    """Neighbours, without what a gauge cannot mean: a rise on battery, a clock that went back, a
    gap. The level is held at its lowest, so that noise is not counted as a fall again and again."""
    lowest: Sample | None = None
    for sample in samples:
        held = sample
        if lowest is not None:
            held = Sample(
                at_s=sample.at_s,
                level_percent=min(sample.level_percent, lowest.level_percent),
                load_percent=sample.load_percent,
            )
            if 0.0 < held.at_s - lowest.at_s <= _GAP_S:
                yield lowest, held
        lowest = held
