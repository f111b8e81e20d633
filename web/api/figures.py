"""The operation of reports."""

from __future__ import annotations

import time
from collections.abc import Mapping

from firmware.reports.figures import Sums
from firmware.reports.question import PICKED, TOLD_APART, Question
from firmware.store import reports
from web.api import shapes
from web.api.operation import operation
from web.api.problem import Refusal
from web.calls import store
from web.reports import address
from web.system.permission import Permission

_FILTERS = (
    "queue",
    "agent",
    "skill",
    "line",
    "did",
    "disposition",
    "outcome",
    "reason",
    "direction",
    "caller",
)


@operation(
    "GET", "/reports", needed=Permission.SEE_REPORTS, answer=shapes.Report, query=shapes.ReportQuery
)
def report(query: shapes.ReportQuery) -> shapes.Report:
    """A report of the past (docs/reports.md)."""
    if query.by is not None and query.by not in TOLD_APART[query.about]:
        raise Refusal(404, f"{query.about} cannot be told apart by {query.by}")
    picked = {str(by) for by in PICKED[query.about]}
    vain = [name for name in _FILTERS if getattr(query, name) and name not in picked]
    if vain:
        raise Refusal(404, f"{query.about} cannot be picked out by {', '.join(vain)}")
    asked = address.read(
        {
            "about": query.about,
            "by": query.by or "",
            "compare": query.compare,
            "from": query.first,
            "to": query.last or query.first,
            "calendar": "gregorian",
            **{name: getattr(query, name) for name in _FILTERS},
        }
    )
    if asked.wrong:
        raise Refusal(404, f"there are no such days: {', '.join(sorted(asked.wrong))}")
    question = address.scoped(asked, Permission.SEE_REPORTS).question
    found = reports.answer(store.database(), question, address.zone(), time.time())
    return shapes.Report(
        about=question.subject,
        by=question.by,
        begin=found.begin,
        end=found.end,
        rows=[_row(question, row.key, row.sums, row.before) for row in found.rows],
        total=_row(question, "", found.total, found.before),
    )


def _row(question: Question, key: str, sums: Sums, before: Sums | None) -> shapes.ReportRow:
    return shapes.ReportRow(
        key=key,
        figures=_figures(question, sums),
        before=None if before is None else _figures(question, before),
    )


def _figures(question: Question, sums: Sums) -> dict[str, float | None]:
    written: Mapping[str, float | None] = {one.name: one.of(sums) for one in question.figures}
    return {name: None if value is None else round(value, 6) for name, value in written.items()}
