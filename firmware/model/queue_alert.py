"""Alerts of queues: when a figure has been beyond its limit for long enough to tell somebody, and
when it has come back. Pure: time is what whoever calls says it is.

A figure that swings about its limit tells nobody twice: an alert ends only when the figure has been
back, beyond ``clear``, for ``CALM_S`` or as long as it takes to begin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

CALM_S = 60.0
"""How long a figure must be back before its alert is over."""


class Figure(StrEnum):
    """What of a queue is watched."""

    LONGEST_WAIT = "longest_wait"  # seconds that the first in line has waited
    WAITING = "waiting"  # callers on the line
    AGENTS = "agents"  # logged in; too few
    SERVICE_LEVEL = "service_level"  # percent of today's callers; too low
    UNRETURNED = "unreturned"  # callers who gave up, and whom nobody has called back


TOO_LOW = frozenset({Figure.AGENTS, Figure.SERVICE_LEVEL})
"""Figures that are bad when they are low; the others when they are high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One figure and its limit: beyond it means more than the limit, or less of ``TOO_LOW``."""

    figure: Figure
    limit: float
    clear: float | None = None  # where it must come back to; None: to the limit
    for_s: float = 0.0  # how long it must be beyond

    def is_beyond(self, value: float) -> bool:
        """Whether it is on the wrong side of the limit."""
        return value < self.limit if self.figure in TOO_LOW else value > self.limit

    def is_back(self, value: float) -> bool:
        """Whether it is on the right side of where it must come back to."""
        goal = self.limit if self.clear is None else self.clear
        return value >= goal if self.figure in TOO_LOW else value <= goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one rule stands for one queue; times in seconds of the caller's clock."""

    beyond_since: float | None = None
    back_since: float | None = None
    is_raised: bool = False
    is_told: bool = False  # somebody was told that it is raised


CALM = Standing()
LASTING = Standing(is_raised=True, is_told=True)
"""What was raised and told before whoever looks began to look."""


def look(rule: Rule, was: Standing, value: float | None, now: float) -> Standing:
    """How it stands with ``value``. None, what nobody knows, neither raises nor ends an alert."""
    if value is None:
        return replace(was, beyond_since=None, back_since=None)
    if not was.is_raised:
        if not rule.is_beyond(value):
            return CALM
        since = now if was.beyond_since is None else was.beyond_since
        return Standing(beyond_since=since, is_raised=now - since >= rule.for_s)
    if not rule.is_back(value):
        return replace(was, back_since=None)
    since = now if was.back_since is None else was.back_since
    if now - since >= max(CALM_S, rule.for_s):
        return replace(CALM, is_told=was.is_told)  # until it is told that it is over
    return replace(was, back_since=since)


class News(StrEnum):
    RAISED = "raised"
    OVER = "over"


def news(standing: Standing, *, is_quiet: bool) -> tuple[News | None, Standing]:
    """What is to be told now, and how it stands after that. In quiet times nothing is told: an
    alert that lasts is told when they end, one that is over by then never was."""
    if standing.is_raised and not standing.is_told:
        return (None, standing) if is_quiet else (News.RAISED, replace(standing, is_told=True))
    if standing.is_told and not standing.is_raised:
        return None if is_quiet else News.OVER, replace(standing, is_told=False)
    return None, standing


def is_quiet(spans: Iterable[str], minute: int) -> bool:
    """Whether a minute of the day (0 to 1439) is in any of the spans ("22:00-07:00": until before
    seven, over midnight)."""
    return any(_is_within(span, minute) for span in spans)


def _is_within(span: str, minute: int) -> bool:
    begin, end = (60 * int(at[:2]) + int(at[3:5]) for at in span.split("-"))
    if begin <= end:
        return begin <= minute < end
    return minute >= begin or minute < end


class Grade(StrEnum):
    """How a figure stands to its limit, for who looks at a wall."""

    GOOD = "good"
    NEAR = "near"
    BEYOND = "beyond"


NEAR = 0.75
"""A figure is near its limit from this share of it on."""


def grade(rule: Rule, value: float) -> Grade:
    """A figure's grade."""
    if rule.is_beyond(value):
        return Grade.BEYOND
    if rule.figure in TOO_LOW:  # one agent where one is enough is no warning
        return Grade.NEAR if value * NEAR < rule.limit and rule.limit > 1 else Grade.GOOD
    return Grade.NEAR if value > rule.limit * NEAR else Grade.GOOD
