"""How long recordings and messages are kept, and what happens when the disk fills: pure rules.

Two rules delete. By *age*: what is older than its queue (or voicemail) wants is deleted. By
*space*: when the disk is nearly full, or the recordings take more than their quota, the oldest go
first, but none younger than the minimum. Where that is not enough, new calls are not recorded
until there is room again; calls themselves go on. What is held by law is deleted by neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DAY_S = 86400.0

_BACK_PERCENT = 1.0
"""How far below a level use must fall before what began there ends, so that it does not flap."""


class KeptKind(StrEnum):
    RECORDING = "recording"
    VOICEMAIL = "voicemail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Ages in days; None: as long as there is room."""

    days: float | None = None
    queue_days: Mapping[str, float | None] = field(default_factory=dict)
    voicemail_days: float | None = None
    minimum_days: float = 1.0

    @property
    def shortest_days(self) -> float | None:
        """No recording younger than this is deleted for its age; None: none at all is."""
        ages = (self.days, *self.queue_days.values())
        return min((age for age in ages if age is not None), default=None)

    def is_over(self, queue: str, age_s: float) -> bool:
        """Whether a recording of a queue ("": of none) has been kept long enough."""
        days = self.queue_days.get(queue, self.days)
        return days is not None and age_s > days * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Levels in percent of the disk in use."""

    quota_bytes: int | None = None
    warn_percent: float = 85.0
    delete_percent: float = 92.0
    stop_percent: float = 97.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How full the disk is, and how much of that the recordings are."""

    total_bytes: int
    free_bytes: int
    recordings_bytes: int

    @property
    def percent(self) -> float:
        """Of the disk in use."""
        return 100.0 * (1.0 - self.free_bytes / self.total_bytes) if self.total_bytes else 100.0


def surplus_bytes(space: Space, use: Use) -> int:
    """How much must be deleted so that the disk is below its level and the quota is kept."""
    surplus = 0.0
    if use.percent >= space.delete_percent:
        allowed = use.total_bytes * (space.delete_percent - _BACK_PERCENT) / 100.0
        surplus = (use.total_bytes - use.free_bytes) - allowed
    if space.quota_bytes is not None:
        surplus = max(surplus, use.recordings_bytes - space.quota_bytes)
    return max(0, round(surplus))


def must_stop(space: Space, use: Use, is_stopped: bool) -> bool:
    """Whether new calls are not to be recorded, after what can be deleted was."""
    level = space.stop_percent - (_BACK_PERCENT if is_stopped else 0.0)
    is_over_quota = space.quota_bytes is not None and use.recordings_bytes > space.quota_bytes
    return use.percent >= level or is_over_quota
