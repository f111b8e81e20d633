"""Evidence of daily calls about a line: what was seen of a setting in each, and what that proposes.

One odd call proves nothing: a wrong number's tone, a fax, a neighbour's exchange. A value is
proposed when it was seen in most of the recent calls that showed anything, in several of them,
on more than one day, and differs from the one in force. Nothing is ever set here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware.model.learning import Finding, Setting, Why
from firmware.model.tones import PATTERN, ToneSetting

KEPT = 30
"""Calls that are remembered for each setting, the newest."""

_LOOKED_AT = 10
_FEWEST = 5
_FEWEST_DAYS = 2
_SHARE = 0.8
_DAY_S = 86400.0
_TONES = frozenset({Setting.BUSY, Setting.CONGESTION, Setting.RINGBACK, Setting.DIAL})
_MOST_CONFIDENT = 0.9  # nobody has looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one call showed. ``at`` is in Unix seconds."""

    setting: str
    value: str
    at: float

    @property
    def is_whole(self) -> bool:
        """Whether it says something: what is on a disk may be of another release, or spoilt."""
        if self.setting in _TONES:
            return re.match(PATTERN, self.value) is not None
        return self.setting in set(Setting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is remembered of one line, oldest first."""

    sightings: tuple[Sighting, ...] = ()

    def with_(self, seen: Sequence[Sighting]) -> Evidence:
        """This, and what another call showed."""
        together = [*self.sightings, *seen]
        kept: list[Sighting] = []
        for setting in dict.fromkeys(one.setting for one in together):
            kept += [one for one in together if one.setting == setting][-KEPT:]
        return Evidence(sightings=tuple(sorted(kept, key=lambda one: one.at)))

    def findings(self, now: Mapping[str, str]) -> tuple[Finding, ...]:
        """What is proposed in place of ``now``."""
        found = [self._finding(setting, now.get(setting, "")) for setting in Setting]
        return tuple(one for one in found if one is not None)

    def _finding(self, setting: Setting, now: str) -> Finding | None:
        recent = [one for one in self.sightings if one.setting == setting][-_LOOKED_AT:]
        if len(recent) < _FEWEST:
            return None
        like = max(
            ([one for one in recent if alike(setting, one.value, other.value)] for other in recent),
            key=len,
        )
        days = len({int(one.at // _DAY_S) for one in like})
        share = len(like) / len(recent)
        value = like[len(like) // 2].value
        if len(like) < _FEWEST or days < _FEWEST_DAYS or share < _SHARE:
            return None
        if alike(setting, value, now):
            return None
        confidence = share * (1 - math.exp(-len(like) / 4)) * _MOST_CONFIDENT / 0.92
        return Finding(
            setting=setting,
            value=value,
            confidence=round(min(_MOST_CONFIDENT, confidence), 2),
            why=Why(
                id="daily_calls",
                params={"times": str(len(like)), "calls": str(len(recent)), "days": str(days)},
            ),
        )


def alike(setting: str, one: str, other: str) -> bool:
    """Whether two values are the same, as far as a measurement can say. Of hang-up signals those
    in force may be more than a call shows."""
    if one == other:
        return True
    if setting == Setting.HANG_UP:
        return bool(one) and set(one.split("+")) <= set(other.split("+"))
    if setting == Setting.ANSWER:  # nothing on the wires tells either
        return {one, other} == {"delay", "speech"}
    if setting not in _TONES or not one or not other:
        return False
    return ToneSetting.parse(one).is_like(ToneSetting.parse(other))
