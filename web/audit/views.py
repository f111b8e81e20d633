"""The owner's page of the audit trail, newest first, filtered by who, what, of what and when."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from firmware.store import audit
from firmware.store.audit import Asked, Place
from web.audit import wording
from web.calls import store
from web.picking import day_choice, picked_day
from web.system import language
from web.system.permission import Permission, needs

pages = Blueprint("audit", __name__, template_folder="templates")

PAGE_LENGTH = 50
YEARS = dt.timedelta(days=3660)
"""How far back the day to begin with may be chosen."""

_PLACE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)~([ar])~([0-9]{1,15})")
_LONGEST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One value that changed: where in what was changed, and as it was and became; empty for what
    was not there."""

    path: str
    before: str
    after: str


@pages.get("/audit")
@needs(Permission.SEE_AUDIT)
def trail() -> str:
    """A page of the trail; ``before`` continues an earlier one."""
    db, below = store.database(), _place(request.args.get("before"))
    asked, wrong = _asked()
    today = dt.datetime.now().astimezone().date()
    found = audit.trail(db, asked, PAGE_LENGTH + 1, below=below)
    return render_template(
        "audit/trail.html",
        entries=[
            (entry, list(sides(entry.before, entry.after))) for _, entry in found[:PAGE_LENGTH]
        ],
        asked=asked,
        wrong=wrong,
        who=[("", "–"), *((name, name) for name in audit.doers(db))],
        deeds=[("", "–"), *((deed, look.word) for deed, look in wording.LOOKS.items())],
        look_of=wording.look_of,
        since=day_choice(_day("since")[0], language.tongue(), first=today - YEARS, last=today),
        older=_address(found[PAGE_LENGTH - 1][0]) if len(found) > PAGE_LENGTH else "",
        newest=_address(None) if below else "",
    )


def sides(before: Any, after: Any, path: str = "") -> Iterator[Side]:
    """What differs between two values of JSON, leaf by leaf."""
    if before == after:
        return
    if isinstance(before, dict) or isinstance(after, dict):
        olds = before if isinstance(before, dict) else {}
        news = after if isinstance(after, dict) else {}
        for key in [*olds, *(key for key in news if key not in olds)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from sides(olds.get(key), news.get(key), inner)
        return
    was, became = _shown(before), _shown(after)
    if was or became:
        yield Side(path=path, before=was, after=became)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _asked() -> tuple[Asked, str]:
    """What the form asks for, and what is wrong with it."""
    day, wrong = _day("since")
    since = dt.datetime.combine(day, dt.time()).astimezone().timestamp() if day else None
    who, deed, subject = (
        request.args.get(name, "")[:_LONGEST] for name in ("who", "deed", "subject")
    )
    return Asked(who=who, deed=deed, subject=subject, since=since), wrong


def _day(name: str) -> tuple[dt.date | None, str]:
    try:
        return picked_day(request.args, name), ""
    except ValueError as error:
        return None, str(error)


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        abort(400)
    return float(match[1]), match[2], int(match[3])


def _address(place: Place | None) -> str:
    """The page that goes on after a place, asked the same; None for the first."""
    asked = {key: value for key, value in request.args.items() if key != "before" and value}
    before = f"{place[0]!r}~{place[1]}~{place[2]}" if place else None
    return url_for("audit.trail", before=before, **asked)  # type: ignore[arg-type]
