"""A report as a sheet: columns with their meaning, rows of values, and how each is written.

Pages, tables and print are all made of it, so that they say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString, gettext

from firmware.reports.figures import Better, Figure, Sums, Unit
from firmware.reports.question import By, Subject
from firmware.store.reports import Report, Row
from web import writing
from web.calls.wording import DISPOSITION_LOOKS
from web.reports import wording
from web.reports.address import Asked
from web.reports.definitions import DEFINITIONS
from web.system import language

MISSING = "–"
"""Where nothing can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One figure: its name for people, and what it means."""

    figure: Figure
    title: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """``value`` is seconds, a share of 1 or a count, None where nothing can be said; ``before`` is
    the same of the period compared with."""

    figure: Figure
    value: float | None
    before: float | None = None
    is_compared: bool = False

    @property
    def text(self) -> str:
        """As it is read."""
        return shown(self.figure.unit, self.value)

    @property
    def change(self) -> str:
        """How much it has changed; "" where that cannot be said."""
        if self.value is None or self.before is None:
            return ""
        if self.figure.unit is Unit.SHARE:
            points = 100 * (self.value - self.before)
            return _signed(points, gettext("%(points)s points", points=_number(abs(points), 1)))
        if not self.before:
            return ""
        percent = 100 * (self.value - self.before) / self.before
        return _signed(percent, gettext("%(percent)s %%", percent=_number(abs(percent), 0)))

    @property
    def is_better(self) -> bool | None:
        """Whether the change is for the better; None: neither."""
        if self.value is None or self.before is None or self.value == self.before:
            return None
        if self.figure.better is Better.NEITHER:
            return None
        return (self.value > self.before) == (self.figure.better is Better.MORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row: what it is of, as people and as filters name it."""

    key: str
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole report."""

    title: str
    facts: tuple[str, ...]  # the period, what was picked out
    head: str  # of the first column
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    total: Line


def sheet_of(report: Report, asked: Asked) -> Sheet:
    """The sheet of a report, with every figure or the main ones."""
    question = report.question
    figures = tuple(one for one in question.figures if asked.every_figure or one.in_brief)
    words = DEFINITIONS
    return Sheet(
        title=gettext(
            "%(subject)s by %(group)s",
            subject=wording.SUBJECTS[question.subject],
            group=wording.GROUPS[question.by],
        ),
        facts=tuple(facts(asked)),
        head=str(wording.GROUPS[question.by]),
        columns=tuple(
            Column(
                figure=figure,
                title=str(words[figure.name].title),
                meaning=str(words[figure.name].meaning),
            )
            for figure in figures
        ),
        lines=tuple(_line(report, row, figures) for row in report.rows),
        total=Line(
            key="",
            title=gettext("Total"),
            cells=_cells(figures, report.total, report.before),
        ),
    )


def facts(asked: Asked) -> list[str]:
    """What a report is of, in words: its period, and what was picked out."""
    question, tongue = asked.question, language.tongue()
    period = question.period
    first, last = writing.date(period.first, tongue), writing.date(period.last, tongue)
    said = [first if period.days == 1 else gettext("%(first)s to %(last)s", first=first, last=last)]
    earlier = period.against(question.compared)
    if earlier is not None:
        first, last = writing.date(earlier.first, tongue), writing.date(earlier.last, tongue)
        said.append(gettext("beside %(first)s to %(last)s", first=first, last=last))
    for by, only in question.only.items():
        named = gettext(", ").join(key_title(question.subject, by, key) for key in sorted(only))
        said.append(gettext("%(group)s: %(values)s", group=wording.GROUPS[by], values=named))
    return said


def key_title(subject: str, by: By, key: str) -> str:
    """What a row is of, as people name it."""
    if key == "" and by in wording.NONE_OF:
        return str(wording.NONE_OF[by])
    outcomes: Mapping[str, LazyString] = wording.OUTCOMES
    if subject == Subject.CALLS:
        outcomes = {name: look.word for name, look in DISPOSITION_LOOKS.items()}
    known = {
        By.DISPOSITION: outcomes,
        By.DIRECTION: wording.DIRECTIONS,
        By.WEEKDAY: wording.WEEKDAYS,
    }
    if by in known:
        return str(known[by].get(key, key))
    return _WRITTEN.get(by, _as_it_is)(key)


def _queue(key: str) -> str:
    return language.office().titles.get(f"queue:{key}", key)


def _agent(key: str) -> str:
    titles = language.office().titles
    name = titles.get(f"extension:{key}") or titles.get(f"agent:{key}", "")
    return f"{name} ({_as_it_is(key)})" if name else _as_it_is(key)


def _reason(key: str) -> str:
    return language.office().titles.get(f"pause:{key}", key)


def _outcome(key: str) -> str:
    return language.office().titles.get(f"outcome:{key}", key)


def _hour(key: str) -> str:
    return writing.digits(f"{key:0>2}:00", language.tongue())


def _day(key: str) -> str:
    return writing.date(dt.date.fromisoformat(key), language.tongue())


def _as_it_is(key: str) -> str:
    return writing.digits(key, language.tongue()) if key.isdecimal() else key


_WRITTEN: Mapping[By, Callable[[str], str]] = {
    By.QUEUE: _queue,
    By.AGENT: _agent,
    By.OUTCOME: _outcome,
    By.REASON: _reason,
    By.HOUR: _hour,
    By.DAY: _day,
}


def shown(unit: Unit, value: float | None) -> str:
    """A value as it is read."""
    if value is None:
        return MISSING
    match unit:
        case Unit.COUNT:
            return _number(value, 0)
        case Unit.SHARE:
            return str(gettext("%(percent)s %%", percent=_number(100 * value, 1)))
    return writing.duration(round(value), language.tongue())


def _number(value: float, places: int) -> str:
    return writing.decimal(value, places, language.tongue())


def _signed(change: float, text: str) -> str:
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{text}"


def _line(report: Report, row: Row, figures: Sequence[Figure]) -> Line:
    question = report.question
    return Line(
        key=row.key,
        title=key_title(question.subject, question.by, row.key),
        cells=_cells(figures, row.sums, row.before),
    )


def _cells(figures: Sequence[Figure], sums: Sums, before: Sums | None) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            figure=figure,
            value=figure.of(sums),
            before=figure.of(before) if before is not None else None,
            is_compared=before is not None,
        )
        for figure in figures
    )
