"""Learning a line from the set-up: what is asked of lined, and what is accepted afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from firmware.config import history, learned
from firmware.config.home import Home
from firmware.config.learned import Accepted
from firmware.config.problem import ConfigRejected
from firmware.config.rollout import roll_out
from firmware.link.api import LinedApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.learning import LearningRow, LearningStep
from firmware.model.learning import Step
from web.settings import audited
from web.wizard.asking import Problem, asked

SURE = 0.6
"""What is less sure than this is not accepted with all the rest."""

_NUMBERS = {Step.BUSY: "own", Step.CONGESTION: "wrong", Step.CALL_OUT: "helper"}
"""The form's field with the number that a step dials; without one the step is left out."""


def begin(home: Home, line: str, numbers: Mapping[str, str]) -> None:
    """Learn a line: its dial tone, and by those numbers that were given.

    Raises:
        Problem: it cannot be learned now.
    """
    steps = [LearningStep(step=Step.DIAL_TONE)]
    steps += [
        LearningStep(step=step, number=numbers[name])
        for step, name in _NUMBERS.items()
        if numbers.get(name)
    ]
    with asked(home, "lined", "line") as link:
        link.call(LinedApi.begin_learning, line, tuple(steps))


def cancel(home: Home, line: str) -> None:
    """End it.

    Raises:
        Problem: it is not being learned.
    """
    with asked(home, "lined", "line") as link:
        link.call(LinedApi.cancel_learning, line)


def accept(home: Home, line: str, *, author: str) -> None:
    """Make what was learned, and is sure enough, the line's configuration.

    Raises:
        Problem: there is nothing, or it is there already.
    """
    row = rows(home).get(line)
    sure = [
        Accepted(
            setting=one.setting,
            value=one.value,
            source=one.source,
            confidence=round(one.confidence, 2),
        )
        for one in (row.proposals if row else ())
        if one.value and one.confidence >= SURE
    ]
    today = dt.datetime.now().astimezone().date().isoformat()
    try:
        number = learned.accept(home, line, sure, author=author, date=today)
    except (KeyError, ValueError, history.NothingToDo, ConfigRejected) as error:
        raise Problem("line") from error
    audited.tell(home, number)
    roll_out(home, number)


def rows(home: Home) -> Mapping[str, LearningRow]:
    """What is being learned, or was, by line; nothing while lined is away."""
    try:
        with Link(home.link("lined"), "web") as link:
            found = link.snapshot().get("learning", ())
    except (LinkDown, Refused):
        return {}
    return {row.id: row for row in found if isinstance(row, LearningRow)}
