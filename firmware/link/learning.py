"""Learning a line over the link: what lined can be asked, and the row that shows how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningStep:
    """One step of the wizard (``firmware.model.learning.Step``) and the number it dials; a step
    that dials none has ""."""

    step: str
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One thing that was found out. ``why`` is a message id, ``params`` fill its gaps; ``now`` is
    the value in force, ``value`` the proposed one, "" when it is not known."""

    setting: str  # Setting of firmware.model.learning
    value: str
    now: str
    confidence: float  # 0..1
    why: str
    params: Mapping[str, str]
    source: str  # "learned": the wizard's calls; "calls": daily calls


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRow:
    """A trunk line that is learned, was, or whose daily calls propose something.

    Its events: began, stepped (the next step has begun), observed, ended, and proposed (daily
    calls say something new); removed when the line goes or its proposals are forgotten.
    """

    id: str  # the line
    state: str  # "running" | "done" | "failed" | "cancelled" | "quiet"
    step: str  # the step that runs, or ran last
    asks: str  # message id: what is being done, or what the technician is to do
    number: str  # that the step dials
    steps: tuple[str, ...]  # all of this run
    done: tuple[str, ...]  # those that are over
    faults: Mapping[str, str]  # of the steps that failed: step to message id
    proposals: tuple[ProposalRow, ...] = ()
    at: float = field(default=0.0)  # Unix seconds of the last change


class LearningApi(Protocol):
    """A part of ``LinedApi``. ``line`` is a trunk line's name in the site configuration."""

    def begin_learning(self, line: str, steps: tuple[LearningStep, ...]) -> None:
        """Take a line out of service and run the steps, one after the other; what comes of it
        arrives as learning events. Nothing is dialled but the numbers given here.

        Raises:
            KeyError: no such line.
            ValueError: no such step, none at all, one without its number, or a number for one
                that dials none.
            RuntimeError: the line is no analogue trunk line, is in use, or is being learned.
        """
        ...

    def cancel_learning(self, line: str) -> None:
        """End the run; the line serves again at once. What was observed stays.

        Raises:
            KeyError: no such line.
            RuntimeError: it is not being learned.
        """
        ...

    def forget_learning(self, line: str) -> None:
        """Throw away what was proposed for a line, of the wizard and of daily calls.

        Raises:
            KeyError: no such line.
            RuntimeError: it is being learned.
        """
        ...
