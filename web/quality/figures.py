"""The figures of quality, by agent and week by week; and what callers answered in surveys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import gettext

from firmware.model.permissions import Permission
from firmware.model.quality_tally import NOTHING, Kind, Tallies, gathered
from firmware.model.satisfaction import Scale, is_satisfied
from firmware.store import flow_results, quality_marks
from web import writing
from web.calls import store
from web.calls.filters import scope
from web.quality import wording
from web.quality.pages import now, pages
from web.system import access, language
from web.system.permission import needs

USUAL_DAYS = 7
MOST_DAYS = 60
MOST_ANSWERS = 200
_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for: the weeks, how many days a first call is to hold, one agent or
    "" for all."""

    weeks: str
    days: int
    agent: str


@pages.get("/quality/figures")
@needs(Permission.SEE_QUALITY)
def figures() -> str:
    """Evaluations, satisfaction and first calls of each agent, and their course."""
    asked = _asked()
    limits = quality_marks.Asked(
        edges=_edges(int(asked.weeks)), days=asked.days, scope=scope(Permission.SEE_QUALITY)
    )
    cells = quality_marks.cells(store.database(), limits, scales(), now())
    shown = {cell: mine for cell, mine in cells.items() if asked.agent in ("", cell[0])}
    by_agent = gathered(cells, lambda cell: cell[0])
    titles = language.office().titles
    return render_template(
        "quality/figures.html",
        asked=asked,
        weeks=wording.WEEKS,
        rows=[
            (agent, titles.get(f"extension:{agent}", ""), by_agent[agent])
            for agent in sorted(by_agent)
        ],
        total=gathered(shown, lambda _cell: "").get("", NOTHING),
        course=json.dumps(_course(gathered(shown, lambda cell: cell[1]), limits.edges)),
    )


@pages.get("/quality/surveys")
@needs(Permission.SEE_QUALITY)
def surveys() -> str:
    """What callers answered after calls, the newest first."""
    known = scales()
    found = [
        (one, known.get((one.flow, one.name), Scale()))
        for one in flow_results.newest(store.database(), limit=_LOOKED_AT)
        if one.kind == "score"
        and one.agent
        and access.may(Permission.SEE_QUALITY, queue=one.queue, extension=one.agent)
    ]
    return render_template(
        "quality/surveys.html",
        found=[(one, scale, _is_good(one.value, scale)) for one, scale in found[:MOST_ANSWERS]],
        titles=language.office().titles,
    )


def scales() -> quality_marks.Scales:
    """The scales of the questions that flows ask now."""
    return {
        (flow.name, question.name): Scale(least=question.least, most=question.most)
        for flow in language.site().flow
        for node in flow.node
        if node.survey is not None
        for question in node.survey.question
    }


def _is_good(value: str, scale: Scale) -> bool:
    return value.isdecimal() and is_satisfied(int(value), scale)


def _asked() -> Asked:
    weeks, agent = request.args.get("weeks", ""), request.args.get("agent", "")
    days = writing.latin(request.args.get("days", ""))
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else USUAL_DAYS
    return Asked(
        weeks=weeks if weeks in wording.WEEKS else next(iter(wording.WEEKS)),
        days=min(max(number, 1), MOST_DAYS),
        agent=writing.latin(agent)[:32],
    )


def _edges(weeks: int) -> tuple[float, ...]:
    """The beginnings of the weeks and the end of the last: the coming midnight of the office."""
    zone = ZoneInfo(language.office().time_zone)
    last = dt.datetime.fromtimestamp(now(), zone).date() + dt.timedelta(days=1)
    return tuple(
        dt.datetime.combine(last - dt.timedelta(weeks=back), dt.time(), zone).timestamp()
        for back in range(weeks, -1, -1)
    )


def _course(by_week: Mapping[int, Tallies], edges: Sequence[float]) -> Mapping[str, Any]:
    """What the chart draws (reports.js): weeks, and a line of per cent for each figure."""
    tongue = language.tongue()
    weeks = [by_week.get(place, NOTHING) for place in range(len(edges) - 1)]
    lines = (
        (gettext("Score"), [week[Kind.EVALUATION].mean_percent for week in weeks]),
        (gettext("Satisfied"), [week[Kind.SURVEY].good_percent for week in weeks]),
        (gettext("Resolved"), [week[Kind.FIRST_CALL].good_percent for week in weeks]),
    )
    return {
        "places": [writing.date(writing.local(at), tongue) for at in edges[:-1]],
        "lines": [{"title": title, "values": values} for title, values in lines],
        "digits": tongue.digits,
    }
