"""The pages of reports: figures, their course and what they mean; the visits and calls behind them;
tables and print to take away."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext

from firmware.reports.question import PICKED, TOLD_APART, By, Subject
from firmware.store import recordings, reports
from firmware.store.unreturned import unreturned
from web import writing
from web.calls import store
from web.calls.sounds import played_as
from web.calls.wording import DISPOSITION_LOOKS
from web.reports import address, printed, tables, wording
from web.reports.address import Asked
from web.reports.definitions import DEFINITIONS
from web.reports.sheet import Sheet, facts, sheet_of
from web.system import access, language, trail
from web.system.permission import Permission, needs

pages = Blueprint("reports", __name__, template_folder="templates")

PAGE_LENGTH = 50

_PLACE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)~([0-9]{1,20})", flags=re.ASCII)
"""Where a list goes on: ``joined_at`` and ``call_digest`` of the last row (VisitRow)."""

_COURSES: Mapping[Subject, tuple[str, ...]] = {
    Subject.VISITS: ("answered", "abandoned"),
    Subject.AGENTS: ("served", "offers_missed"),
    Subject.CALLS: ("calls_answered", "calls_unanswered"),
}
"""What the chart shows of each subject."""


@pages.get("/reports")
@needs(Permission.SEE_REPORTS)
def figures() -> str:
    """The report of the address."""
    asked, report, sheet = _answered(Permission.SEE_REPORTS)
    return render_template(
        "reports/figures.html",
        asked=asked,
        sheet=sheet,
        links=[_drilled(asked, line.key) for line in sheet.lines],
        choices=_choices(asked.question.subject),
        words=wording,
        course=json.dumps(_course(asked, report)),
        subjects=[
            (
                _way("reports.figures", {**_common(asked), "about": subject}),
                word,
                asked.question.subject == subject,
            )
            for subject, word in wording.SUBJECTS.items()
        ],
        told_apart=[(str(by), wording.GROUPS[by]) for by in TOLD_APART[asked.question.subject]],
        picked=[str(by) for by in PICKED[asked.question.subject]],
        whole=_way("reports.figures", asked.link(all="" if asked.every_figure else "1")),
        taken={
            ending: _way("reports.taken", {**asked.link(), "ending": ending})
            for ending in ("csv", "xlsx", "pdf")
        },
        today=address.written(address.now().date()),
        calendar=asked.given.get("calendar", language.tongue().calendar),
    )


@pages.get("/reports/taken.<any(csv,xlsx,pdf):ending>")
@needs(Permission.EXPORT)
def taken(ending: str) -> Response:
    """The same to take away. Who takes what is written down first."""
    asked, _, sheet = _answered(Permission.EXPORT)
    trail.write(trail.Change.EXPORTED, subject=f"report.{ending}", after=dict(asked.given))
    try:
        body, kind = _TAKEN[ending](sheet)
    except printed.Busy:
        text = gettext("Other reports are being printed. Try again in a minute.")
        return Response(render_template("error.html", status=503, text=text), status=503)
    except printed.PrintFailed as error:
        text = gettext("There is no print: %(reason)s", reason=str(error))
        return Response(render_template("error.html", status=503, text=text), status=503)
    response = Response(body, mimetype=kind)
    name = f"markaz-{asked.question.subject}-{asked.question.period.last}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.get("/reports/visits")
@needs(Permission.SEE_REPORTS)
def visits() -> str:
    """The visits to queues behind a figure, newest first."""
    asked = address.scoped(
        address.read({**request.args, "about": Subject.VISITS}), Permission.SEE_REPORTS
    )
    found = reports.visits(
        store.database(),
        asked.question,
        address.zone(),
        time.time(),
        before=_place(request.args.get("before")),
        limit=PAGE_LENGTH + 1,
    )
    rows = found[:PAGE_LENGTH]
    may_hear = access.may(Permission.HEAR_RECORDINGS)
    sounds = recordings.of_calls(store.database(), [row.call for row in rows]) if may_hear else {}
    older = ""
    if len(found) > PAGE_LENGTH:
        last = rows[-1]
        older = _way(
            "reports.visits", {**asked.link(), "before": f"{last.joined_at!r}~{last.call_digest}"}
        )
    return render_template(
        "reports/visits.html",
        asked=asked,
        facts=facts(asked),
        rows=rows,
        sounds=sounds,
        played_as=played_as,
        outcomes=wording.VISIT_OUTCOMES,
        older=older,
        back=_way("reports.figures", asked.link()),
        titles=language.office().titles,
    )


@pages.get("/reports/unreturned")
@needs(Permission.SEE_REPORTS)
def unreturned_calls() -> str:
    """Who gave up in a queue and has not been spoken to since."""
    reach = address.scoped(address.read({"about": Subject.VISITS}), Permission.SEE_REPORTS)
    scope, queue = reach.question.scope, request.args.get("queue", "")
    rows = [
        row
        for row in unreturned(store.database(), time.time())
        if (scope is None or row.queue in scope.queues) and queue in ("", row.queue)
    ]
    return render_template(
        "reports/unreturned.html",
        rows=rows,
        queue=queue,
        titles=language.office().titles,
        queues=_queues(),
    )


def _answered(permission: Permission) -> tuple[Asked, reports.Report, Sheet]:
    asked = address.scoped(address.read(request.args), permission)
    report = reports.answer(store.database(), asked.question, address.zone(), time.time())
    return asked, report, sheet_of(report, asked)


def _way(endpoint: str, values: Mapping[str, Any]) -> str:
    return url_for(endpoint, **values)


def _common(asked: Asked) -> dict[str, str]:
    """What one subject's address has in common with another's: the period."""
    kept = ("period", "from", "to", "calendar", "compare", "all")
    return {name: text for name, text in asked.given.items() if name in kept}


def _choices(subject: Subject) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen of each group that has a fixed list, with an empty choice first."""
    outcomes: Mapping[str, Any] = (
        {name: look.word for name, look in DISPOSITION_LOOKS.items()}
        if subject is Subject.CALLS
        else wording.OUTCOMES
    )
    hours = {str(hour): writing.digits(f"{hour:02}:00", language.tongue()) for hour in range(24)}
    known: dict[str, Mapping[str, Any]] = {
        "queue": dict(_queues()),
        "disposition": outcomes,
        "direction": wording.DIRECTIONS,
        "weekday": wording.WEEKDAYS,
        "hour": hours,
    }
    return {
        name: [("", ""), *((key, str(word)) for key, word in words.items())]
        for name, words in known.items()
    }


def _queues() -> list[tuple[str, str]]:
    office = language.office()
    return [(name, office.titles.get(f"queue:{name}", name)) for name in sorted(office.members)]


def _drilled(asked: Asked, key: str) -> str:
    """Where the calls behind a row are listed; "" where no list says the same."""
    question, by = asked.question, asked.question.by
    if by is By.DAY:
        changes = {"period": "days", "from": key, "to": key, "calendar": "gregorian"}
    elif key == "" or by is By.NOTHING:
        return ""
    else:
        changes = {str(by): str(int(key)) if by is By.HOUR else key}
    if question.subject is not Subject.CALLS:
        return _way("reports.visits", asked.link(about="", **changes))
    return _calls(asked, changes)


def _calls(asked: Asked, changes: Mapping[str, str]) -> str:
    """The list of call records with the same filters, where it has them."""
    names = {
        "queue": "queue",
        "agent": "agent",
        "line": "line",
        "did": "number",
        "caller": "number",
        "disposition": "disposition",
    }
    wanted = {str(by): ",".join(only) for by, only in asked.question.only.items()}
    wanted |= {name: text for name, text in changes.items() if name in wording.GROUPS}
    if any(name not in names or "," in text for name, text in wanted.items()):
        return ""
    first, last = asked.question.period.first.isoformat(), asked.question.period.last.isoformat()
    days = {"since": changes.get("from", first), "until": changes.get("to", last)}
    said = {names[name]: text for name, text in wanted.items()}
    return _way("calls.records", {**said, **days, "calendar": "gregorian"})


def _course(asked: Asked, report: reports.Report) -> dict[str, Any]:
    """What the chart draws: its places, named, and a line of values for each figure."""
    from_figures = {one.name: one for one in asked.question.figures}
    by_day = asked.question.series_by is By.DAY
    tongue = language.tongue()
    names = [
        writing.date(point.at.date(), tongue)
        if by_day
        else writing.digits(f"{point.at:%H:%M}", tongue)
        for point in report.course
    ]
    lines: list[dict[str, Any]] = []
    for name in _COURSES[asked.question.subject]:
        figure = from_figures[name]
        title = str(DEFINITIONS[name].title)
        lines.append({"title": title, "values": [figure.of(p.sums) for p in report.course]})
        if report.before is not None:
            before = [figure.of(p.before) if p.before else None for p in report.course]
            title = gettext("%(figure)s, before", figure=title)
            lines.append({"title": title, "values": before, "before": True})
    return {"places": names, "lines": lines, "digits": tongue.digits}


def _place(before: str | None) -> tuple[float, int] | None:
    if before is None:
        return None
    match = _PLACE.fullmatch(before)
    if match is None:
        abort(400)
    return float(match[1]), int(match[2])


def _pdf(sheet: Sheet) -> tuple[bytes, str]:
    now = address.now()
    tongue = language.tongue()
    made = f"{writing.date(now.date(), tongue)} {writing.clock(now, tongue)}"
    return printed.as_pdf(sheet, made), "application/pdf"


_TAKEN = {
    "csv": lambda sheet: (tables.as_csv(sheet).encode(), "text/csv"),
    "xlsx": lambda sheet: (
        tables.as_xlsx(sheet),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "pdf": _pdf,
}
