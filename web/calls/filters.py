"""What of the call records is wanted, as the page's address says it: read, and shown again.

Days are written in the reader's own calendar, and the address says which that was: a link that
somebody else opens finds the same calls.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.model.permissions import Permission, Reach
from firmware.model.record import Disposition
from firmware.store.search import Scope, Wanted
from web import calendars, writing
from web.calendars import Calendar
from web.system import access, language

TEXTS = ("number", "name", "agent", "queue", "line", "text", "tag")
DAYS = ("since", "until")
LENGTHS = ("shortest", "longest")
NAMES = (*TEXTS, *DAYS, *LENGTHS, "disposition", "recorded", "calendar")
"""What an address may say."""

_LONGEST = 100
_DAY = re.compile(
    r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2}))?$", flags=re.ASCII
)
_LENGTH = re.compile(r"^(?:(\d{1,3}):)?(\d{1,5})$", flags=re.ASCII)
_RECORDED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """``given`` is what was asked for, by name, without what is empty; ``wrong`` names those that
    mean nothing, and are left out of ``wanted``."""

    given: Mapping[str, str]
    wanted: Wanted
    wrong: frozenset[str]

    @property
    def are_any(self) -> bool:
        """Whether anything is asked for."""
        return any(name != "calendar" for name in self.given)

    @property
    def are_looked_through(self) -> bool:
        """Whether calls must be looked at one by one. Words and tags find theirs by an index."""
        names = self.given.keys() - {"calendar", "since", "until"}
        return bool(names) and not names & {"text", "tag"}


def read(asked: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    given = {name: asked[name].strip()[:_LONGEST] for name in NAMES if asked.get(name, "").strip()}
    latin = {name: writing.latin(text) for name, text in given.items()}
    wrong: set[str] = set()
    values: dict[str, Any] = {
        name: given[name] for name in ("name", "text", "tag") if name in given
    }
    values |= {name: latin[name] for name in ("number", "agent", "queue", "line") if name in given}
    if given.get("disposition", "") in set(Disposition):
        values["disposition"] = given["disposition"]
    elif "disposition" in given:
        wrong.add("disposition")
    if "recorded" in given:
        values["is_recorded"] = _RECORDED.get(given["recorded"])
        if values["is_recorded"] is None:
            wrong.add("recorded")
    for name in DAYS:
        if name in given:
            values[name] = _moment(latin[name], _calendar(given), is_end=name == "until")
    for name in LENGTHS:
        if name in given:
            values[f"{name}_s"] = _seconds(latin[name])
    wrong |= {name for name in DAYS if name in given and values[name] is None}
    wrong |= {name for name in LENGTHS if name in given and values[f"{name}_s"] is None}
    return Filters(given=given, wanted=Wanted(**values), wrong=frozenset(wrong))


def scope(permission: Permission) -> Scope | None:
    """Whose calls whoever asks may find with this permission; None: everybody's."""
    if access.reach(permission) is Reach.ALL:
        return None
    bearer = access.bearer()
    queues = bearer.queues if access.reach(permission) is Reach.QUEUES else frozenset()
    return Scope(queues=queues, extension=bearer.extension)


def today() -> str:
    """Today as the reader would write it, to show how."""
    calendar = language.tongue().calendar
    year, month, day = calendars.parts(dt.datetime.now().astimezone().date(), calendar)
    return writing.digits(f"{year:04}/{month:02}/{day:02}", language.tongue())


def _calendar(given: Mapping[str, str]) -> Calendar:
    try:
        return Calendar(given["calendar"])
    except (KeyError, ValueError):
        return language.tongue().calendar


def _moment(text: str, calendar: Calendar, *, is_end: bool) -> float | None:
    """Unix seconds; the end of a day that is named without its time. None: no such day."""
    match = _DAY.match(text)
    if match is None:
        return None
    year, month, day = (int(match[n]) for n in (1, 2, 3))
    try:
        found = calendars.day_of((year, month, day), calendar)
        clock = dt.time(int(match[4]), int(match[5])) if match[4] else dt.time()
        whole = is_end and match[4] is None
        at = dt.datetime.combine(found + dt.timedelta(days=whole), clock)
        return at.astimezone().timestamp()
    except (ValueError, OverflowError):
        return None


def _seconds(text: str) -> float | None:
    """``90`` or ``1:30``."""
    match = _LENGTH.match(text)
    return 60.0 * int(match[1] or 0) + int(match[2]) if match else None
