"""Questions: what a report is about, by what it is told apart, and which of it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.reports.figures import AGENTS, CALLS, CAME, VISITS, Figure
from firmware.reports.period import Compared, Period


class Subject(StrEnum):
    """What is counted."""

    VISITS = "queues"  # stays of callers in queues
    AGENTS = "agents"
    CALLS = "calls"  # all calls of the box


class By(StrEnum):
    """What figures are told apart by. Times are those of the office's clock."""

    NOTHING = "nothing"
    QUEUE = "queue"
    AGENT = "agent"
    SKILL = "skill"
    LINE = "line"
    DID = "did"
    DISPOSITION = "disposition"
    OUTCOME = "outcome"  # what the agent said came of it
    REASON = "reason"  # of a pause
    DIRECTION = "direction"
    CALLER = "caller"
    HOUR = "hour"  # 0 to 23
    WEEKDAY = "weekday"  # 1 Monday to 7 Sunday
    DAY = "day"
    QUARTER = "quarter"


FIGURES: Mapping[Subject, tuple[Figure, ...]] = {
    Subject.VISITS: VISITS,
    Subject.AGENTS: AGENTS,
    Subject.CALLS: CALLS,
}

_CLOCK = (By.DAY, By.HOUR, By.WEEKDAY)

TOLD_APART: Mapping[Subject, tuple[By, ...]] = {
    Subject.VISITS: (
        By.QUEUE,
        By.AGENT,
        By.SKILL,
        By.LINE,
        By.DID,
        By.DISPOSITION,
        By.OUTCOME,
        By.CALLER,
        *_CLOCK,
    ),
    Subject.AGENTS: (By.AGENT, By.REASON, *_CLOCK),
    Subject.CALLS: (
        By.QUEUE,
        By.AGENT,
        By.LINE,
        By.DID,
        By.DISPOSITION,
        By.OUTCOME,
        By.DIRECTION,
        By.CALLER,
        *_CLOCK,
    ),
}
"""By what a subject can be told apart, and which of it can be picked out."""

PICKED: Mapping[Subject, tuple[By, ...]] = {
    subject: tuple(by for by in told if by is not By.DAY) for subject, told in TOLD_APART.items()
}
"""By what can be picked which of it counts; days are the period."""


class Direction(StrEnum):
    """Which way a call went, as the office's own numbers tell."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose figures may be seen: those of some queues and some agents."""

    queues: frozenset[str]
    agents: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One report. ``only`` picks out what counts: any of the named values of each.

    Raises:
        ValueError: the subject cannot be told apart, or picked out, like that.
    """

    subject: Subject
    period: Period
    by: By = By.NOTHING
    only: Mapping[By, frozenset[str]] = field(default_factory=dict)
    compared: Compared = Compared.NOTHING
    own: frozenset[str] = frozenset()  # the office's numbers: whoever calls from one calls out
    scope: Scope | None = None  # none: everything

    def __post_init__(self) -> None:
        if self.by is not By.NOTHING and self.by not in TOLD_APART[self.subject]:
            raise ValueError(f"{self.subject} cannot be told apart by {self.by}")
        for by in self.only:
            if by not in PICKED[self.subject]:
                raise ValueError(f"{self.subject} cannot be picked out by {by}")

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of its rows."""
        is_of_callers = self.subject is Subject.VISITS and self.by is By.CALLER
        return ((CAME,) if is_of_callers else ()) + FIGURES[self.subject]

    @property
    def series_by(self) -> By:
        """What its course is drawn over: the hours of one or two days, else days."""
        return By.QUARTER if self.period.days <= 2 else By.DAY
