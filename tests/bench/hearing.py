"""Whether the sound arrived: recordings, both channels, against the tone of their group.

A call's own speaker is on one channel and the echo of the other side on the other, so a right
recording proves that sound went into switchd, out to the far telephone, and back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.office import ANSWERED_GROUPS
from tests.rig import audio

_EDGE_S = 0.3
"""Left out at each end: sound begins a packet or two after the call does."""

_LEVEL_DBFS = (-13.0, -11.0)
_PURE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was found in recordings. ``pure_percent`` is the share of all tenths of a second
    that hold nothing but the tone: a packet that is lost or late spoils its tenth."""

    recordings: int
    wrong: int  # another tone or level on either channel
    pure_percent: float
    shortest_s: float
    longest_s: float


def hear(recordings: Iterable[tuple[str, Path]]) -> Heard:
    """Listen to finished recordings, given with the number of each one's caller."""
    found = [_one(path, tone_of(caller)) for caller, path in recordings]
    return Heard(
        recordings=len(found),
        wrong=sum(not right for _, _, right in found),
        pure_percent=round(100 * float(np.mean([pure for pure, _, _ in found] or [0.0])), 2),
        shortest_s=round(min((length for _, length, _ in found), default=0.0), 2),
        longest_s=round(max((length for _, length, _ in found), default=0.0), 2),
    )


def tone_of(caller: str) -> int:
    """The tone of the group a caller belongs to."""
    begun = [group for group in ANSWERED_GROUPS if group.first_caller <= int(caller)]
    return begun[-1].tone_hz


def spread(things: Sequence[tuple[str, Path]], most: int) -> Sequence[tuple[str, Path]]:
    """At most about ``most`` of many, evenly chosen."""
    return things[:: max(1, len(things) // most)]


def _one(path: Path, hz: int) -> tuple[float, float, bool]:
    """(share of pure windows, length, whether tone and level are right)."""
    shares, right, length_s = [], True, 0.0
    for channel in (0, 1):
        whole = audio.read(path, channel)
        length_s = whole.length_s
        sound = whole.part(_EDGE_S, -_EDGE_S)
        pure = sound.purity(hz)
        shares.append(float(np.mean(pure > _PURE)) if len(pure) else 0.0)
        low, high = _LEVEL_DBFS
        right = right and abs(sound.frequency_hz() - hz) < 3 and low < sound.level_dbfs() < high
    return float(np.mean(shares)), length_s, right
