"""A report's address: read as a question, written again for links.

Days are written in the reader's own calendar, and the address says which that was: a link that
somebody else opens asks for the same days. A period by name moves with the day it is opened on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from firmware.model.permissions import Permission, Reach
from firmware.reports.period import Compared, Period
from firmware.reports.question import PICKED, TOLD_APART, By, Question, Scope, Subject
from web import calendars, writing
from web.calendars import Calendar
from web.system import access, language

MOST_DAYS = 731
_LONGEST = 200
_DAY = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$", flags=re.ASCII)

_FIRST_BY = {Subject.VISITS: By.QUEUE, Subject.AGENTS: By.AGENT, Subject.CALLS: By.DIRECTION}
"""By what a subject is told apart when the address does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``given`` is what the address says, without what is empty; ``wrong`` names what of it is in
    vain, by ``wording.PROBLEMS``."""

    question: Question
    given: Mapping[str, str]
    wrong: frozenset[str]
    period: str
    every_figure: bool

    def link(self, **changes: str) -> dict[str, Any]:
        """What a link says that is this address with changes; "" takes something away."""
        return {name: text for name, text in {**self.given, **changes}.items() if text}


def read(asked: Mapping[str, str], today: dt.date | None = None) -> Asked:
    """The question an address asks, on a day of the office's clock (none: now)."""
    given = {name: text.strip()[:_LONGEST] for name, text in asked.items() if text.strip()}
    subject = _one_of(Subject, given.get("about", "")) or Subject.VISITS
    known = {"about", "period", "from", "to", "calendar", "by", "compare", "all"}
    given = {name: text for name, text in given.items() if name in known | _names(PICKED[subject])}
    wrong: set[str] = set()
    name, period = _period(given, today or now().date(), wrong)
    by = _one_of(By, given.get("by", ""))
    if by is None or by not in TOLD_APART[subject]:
        if "by" in given:
            wrong.add("filter")
        by = _FIRST_BY[subject]
    compared = _one_of(Compared, given.get("compare", "")) or Compared.NOTHING
    question = Question(
        subject=subject,
        period=period,
        by=by,
        only={one: _values(given[one]) for one in PICKED[subject] if one in given},
        compared=compared,
        own=language.office().extensions,
    )
    return Asked(
        question=question,
        given=given,
        wrong=frozenset(wrong),
        period=name,
        every_figure="all" in given,
    )


def scoped(asked: Asked, permission: Permission) -> Asked:
    """The same question of whoever asks: no further than their permission reaches."""
    reach = access.reach(permission)
    if reach is Reach.ALL:
        return asked
    bearer, office = access.bearer(), language.office()
    queues = bearer.queues if reach is Reach.QUEUES else frozenset()
    agents = {bearer.extension} - {""}
    if asked.question.subject is Subject.AGENTS:  # whoever works in their queues
        agents = agents.union(*(office.members.get(queue, frozenset()) for queue in queues))
    scope = Scope(queues=queues, agents=frozenset(agents))
    return replace(asked, question=replace(asked.question, scope=scope))


def zone() -> ZoneInfo:
    """The office's."""
    return ZoneInfo(language.office().time_zone)


def now() -> dt.datetime:
    """The office's clock."""
    return dt.datetime.now(zone())


def written(day: dt.date) -> str:
    """A day as the reader would write it."""
    year, month, number = calendars.parts(day, language.tongue().calendar)
    return writing.digits(f"{year:04}/{month:02}/{number:02}", language.tongue())


def _names(known: Iterable[By]) -> set[str]:
    return {str(by) for by in known}


def _one_of(kind: type[Any], text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        return None


def _values(text: str) -> frozenset[str]:
    """Values with commas between them, in any of the scripts."""
    return frozenset(part.strip() for part in re.split("[,،]", writing.latin(text)) if part.strip())


def _period(given: Mapping[str, str], today: dt.date, wrong: set[str]) -> tuple[str, Period]:
    name = given.get("period", "days" if "from" in given or "to" in given else "week")
    if name == "days":
        return name, _days(given, today, wrong)
    named = _named(name, today)
    if named is None:
        wrong.add("filter")
    return (name, named) if named else ("week", _last(today, 7))


def _named(name: str, today: dt.date) -> Period | None:
    back = {"today": 1, "week": 7, "month": 30, "year": 365}
    if name in back:
        return _last(today, back[name])
    day = dt.timedelta(days=1)
    if name == "yesterday":
        return Period(first=today - day, last=today - day)
    calendar = language.tongue().calendar
    begun = today - day * (calendars.parts(today, calendar)[2] - 1)
    if name == "this_month":
        return Period(first=begun, last=today)
    if name == "last_month":
        last = begun - day
        before = last - day * (calendars.parts(last, calendar)[2] - 1)
        return Period(first=before, last=last)
    return None


def _last(today: dt.date, days: int) -> Period:
    return Period(first=today - dt.timedelta(days=days - 1), last=today)


def _days(given: Mapping[str, str], today: dt.date, wrong: set[str]) -> Period:
    first = _day(given, "from", wrong) or today
    last = _day(given, "to", wrong) or max(first, today)
    if last < first:
        wrong.add("order")
        first, last = last, first
    if (last - first).days >= MOST_DAYS:
        wrong.add("long")
        first = last - dt.timedelta(days=MOST_DAYS - 1)
    return Period(first=first, last=last)


def _day(given: Mapping[str, str], name: str, wrong: set[str]) -> dt.date | None:
    if name not in given:
        return None
    match = _DAY.match(writing.latin(given[name]))
    if match is None:
        wrong.add(name)
        return None
    try:
        calendar = Calendar(given.get("calendar", language.tongue().calendar))
        found = calendars.day_of((int(match[1]), int(match[2]), int(match[3])), calendar)
    except ValueError:
        wrong.add(name)
        return None
    # years of the far past or future have no period to compare with, and no moment
    if not dt.date(2000, 1, 1) <= found <= dt.date(2100, 1, 1):
        wrong.add(name)
        return None
    return found
