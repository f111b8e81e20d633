"""Wake-up calls: when one is due, how often it is tried, and when it is too late for it.

Times are Unix seconds of the wall clock, which may jump: a board without a clock of its own
wakes up years in the past. So nothing is counted; each look compares the time that is with the
time that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRIES = 3
RETRY_S = 180.0
"""From the end of one try to the next."""

GRACE_S = 900.0
"""How late a wake-up call may come: after a power cut at night it still wakes, but a reminder
of yesterday is none."""


class WakeUpState(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # after the last try
    MISSED = "missed"  # the box was off, or its clock jumped over it
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """One call that was asked for. ``due_at`` moves on with every try; ``at`` stays."""

    id: str
    number: str
    at: float
    due_at: float
    tries: int = 0
    state: WakeUpState = WakeUpState.WAITING


class Verdict(StrEnum):
    WAIT = "wait"
    CALL = "call"
    TOO_LATE = "too_late"


def judge(wake_up: WakeUp, now: float) -> Verdict:
    """What to do with a wake-up call that is waiting."""
    if now < wake_up.due_at:
        return Verdict.WAIT
    return Verdict.CALL if now - wake_up.due_at <= GRACE_S else Verdict.TOO_LATE


def next_at(hours_minutes: str, now: datetime) -> datetime:
    """The next time a clock on the wall shows ``hours_minutes`` ("0630"); ``now`` has a zone.

    A time that a change to summer time leaves out comes as much later as the clock was put
    forward (PEP 495).

    Raises:
        ValueError: it is no time of day.
    """
    if len(hours_minutes) != 4 or not hours_minutes.isascii() or not hours_minutes.isdigit():
        raise ValueError(f"'{hours_minutes}' is no time of day; write four digits, as in 0630")
    hour, minute = int(hours_minutes[:2]), int(hours_minutes[2:])
    if hour > 23 or minute > 59:
        raise ValueError(f"'{hours_minutes}' is no time of day: hours to 23, minutes to 59")
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    return at if at.timestamp() > now.timestamp() else at + timedelta(days=1)
