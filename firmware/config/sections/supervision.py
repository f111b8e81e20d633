"""The section ``queue_alert``: figures of queues that somebody is told of when they go too far."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.rules.parts import Item, items, texts
from firmware.config.sections.mail import Address
from firmware.config.types import Decimal, Language, Name, Number, Section, text
from firmware.model.queue_alert import TOO_LOW, Figure, Rule

Span = Annotated[
    str,
    text(
        r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        "a span of the day, as in 22:00-07:00",
    ),
]
Limit = Annotated[Decimal, Field(ge=0, le=86400)]


class QueueAlert(Section):
    """One figure, its limit, and who is told; it is shown on the console in any case."""

    name: Name
    queue: tuple[Name, ...] = ()  # none: of all
    figure: Figure
    limit: Limit  # seconds, callers, agents, or percent
    clear: Limit | None = None  # it is over when the figure is back here; none: at the limit
    for_s: Limit = 30.0
    mail: tuple[Address, ...] = ()
    sms: tuple[Number, ...] = ()
    quiet: tuple[Span, ...] = ()  # in the office's time zone: nobody is told then
    language: Language | None = None  # none: the office's

    @property
    def rule(self) -> Rule:
        """As the rules read it."""
        return Rule(figure=self.figure, limit=self.limit, clear=self.clear, for_s=self.for_s)


def check(document: Item, queues: Collection[str]) -> Iterator[Problem]:
    """Every problem of the alerts."""
    for path, alert in items(document, "queue_alert"):
        yield from _one(path, alert, queues)


def _one(path: str, alert: Item, queues: Collection[str]) -> Iterator[Problem]:
    limit, clear = _number(alert, "limit"), _number(alert, "clear")
    if limit is not None and clear is not None:
        is_low = alert.get("figure") in set(TOO_LOW)
        if clear < limit if is_low else clear > limit:
            yield Problem(
                path=f"{path}.clear",
                value=f"{clear:g}",
                reason="lies beyond the limit: the alert would be over before it began",
                suggestion=f"{'at least' if is_low else 'at most'} {limit:g}",
            )
    for place, name in texts(path, alert, "queue"):
        if name not in queues:
            yield Problem(path=place, value=name, reason="there is no queue of this name")


def _number(alert: Item, key: str) -> float | None:
    """What is written; None when nothing is, or its shape was refused already."""
    try:
        return float(alert[key])
    except (KeyError, TypeError, ValueError):
        return None
