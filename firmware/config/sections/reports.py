"""The section ``report``: reports that are sent by the clock, by mail and by short message."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.rules.parts import Item, items, texts
from firmware.config.sections.backup import ClockTime
from firmware.config.sections.mail import Address
from firmware.config.types import Language, Name, Number, Section, WholeNumber
from firmware.reports.period import Compared
from firmware.reports.question import TOLD_APART, By, Subject
from firmware.reports.schedule import Every


class Format(StrEnum):
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


class ScheduledReport(Section):
    """One report, of the day, the week or the month before it is sent."""

    name: Name
    about: Subject = Subject.VISITS
    by: By | None = None  # none: queues by queue, agents by agent, calls by direction
    queue: tuple[Name, ...] = ()  # none: of all
    compare: Compared = Compared.BEFORE
    every: Every = Every.DAY
    weekday: Annotated[WholeNumber, Field(ge=1, le=7)] = 6  # of a week's: 1 Monday to 7 Sunday
    at: ClockTime = "07:00"  # in the office's time zone
    format: Format = Format.PDF
    mail: tuple[Address, ...] = ()
    sms: tuple[Number, ...] = ()  # who gets a summary of the queues by short message
    language: Language | None = None  # none: the office's


def check(document: Item, queues: Collection[str]) -> Iterator[Problem]:
    """Every problem of the scheduled reports."""
    for path, report in items(document, "report"):
        yield from _one(path, report, queues)


def _one(path: str, report: Item, queues: Collection[str]) -> Iterator[Problem]:
    if not report.get("mail") and not report.get("sms"):
        yield Problem(
            path=f"{path}.mail",
            reason="is missing: nobody would get this report",
            suggestion="write mail: [name@example.com], or sms with a number",
        )
    about, by = report.get("about", Subject.VISITS), report.get("by")
    told = [str(one) for one in TOLD_APART[Subject(about)]] if about in set(Subject) else []
    if by and told and by not in told:
        yield Problem(
            path=f"{path}.by",
            value=by,
            reason=f"{about} cannot be told apart by it",
            suggestion=f"write one of {', '.join(told)}",
        )
    for place, name in texts(path, report, "queue"):
        if name not in queues:
            yield Problem(path=place, value=name, reason="there is no queue of this name")
