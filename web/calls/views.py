"""The pages of call records, newest first: all, or what is looked for; as a table to take away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import CallRecord, RecordingRecord
from firmware.store import recordings, search
from web.calls import filters, store, table
from web.calls.sounds import played_as
from web.calls.wording import DISPOSITION_LOOKS, FILTER_PROBLEMS
from web.system import language, trail
from web.system.permission import Permission, needs

pages = Blueprint("calls", __name__, template_folder="templates")

PAGE_LENGTH = 50

LOOKED_AT = 20_000
"""So many calls a search that no index answers looks at for one page: then the page says how far
it came, and goes on. So none holds one of the server's threads for long, however many calls there
are."""

_PLACE_IN_LIST = re.compile(r"^([0-9]{1,12}(?:\.[0-9]{1,9})?)~([ -~]{1,64})$")
"""``before``: the start and the id of the last call on the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list."""

    call: CallRecord
    recordings: tuple[RecordingRecord, ...]
    place_kind: str
    place_name: str
    place_title: str

    @property
    def talk_s(self) -> float | None:
        """Seconds two people talked; None when nobody answered or the call still lives."""
        if self.call.answered_at is None or self.call.ended_at is None:
            return None
        return self.call.ended_at - self.call.answered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list. ``older`` is the place where the next one begins, ``further`` the place
    down to which this one was looked for, when there are older calls to look at."""

    entries: list[Entry]
    older: tuple[float, str] | None
    further: tuple[float, str] | None

    @property
    def looked_to(self) -> float | None:
        """Back to when calls were looked at, in Unix seconds; None: all were."""
        return self.further[0] if self.further else None


@pages.get("/calls")
@needs(Permission.SEE_CALLS)
def records() -> str:
    """A page of the call records that are wanted; ``before`` continues an earlier one."""
    before, before_id = _place_in_list(request.args.get("before"))
    asked = filters.read(request.args)
    page = _page(store.database(), asked, before, before_id)
    return render_template(
        "calls/records.html",
        played_as=played_as,
        entries=page.entries,
        asked=asked,
        problems=FILTER_PROBLEMS,
        dispositions=DISPOSITION_LOOKS,
        calendar=asked.given.get("calendar", language.tongue().calendar),
        today=filters.today(),
        first_page=before is None,
        older=_address(asked, page.older) if page.older else None,
        looked_to=page.looked_to,
        further=_address(asked, page.further) if page.further else None,
    )


def _page(db: Database, asked: filters.Filters, before: float | None, before_id: str) -> Page:
    wanted = asked.wanted
    if wanted.until is not None and (before is None or before > wanted.until):
        before, before_id = wanted.until, ""
    rows, floor = search.few(db, wanted), None
    if asked.are_looked_through and rows is None:
        floor = search.place_before(db, before, before_id, LOOKED_AT)
        if floor is not None and wanted.since is not None and floor[0] < wanted.since:
            floor = None
    found = search.through(
        db,
        wanted,
        rows,
        before,
        PAGE_LENGTH + 1,
        before_id=before_id,
        scope=filters.scope(Permission.SEE_CALLS),
        down_to=floor,
    )
    shown = found[:PAGE_LENGTH]
    sounds = recordings.of_calls(db, [call.id for call in shown])
    is_full = len(found) > PAGE_LENGTH
    return Page(
        entries=[_entry(call, sounds[call.id]) for call in shown],
        older=(shown[-1].started_at, shown[-1].id) if is_full else None,
        further=None if is_full else floor,
    )


@pages.get("/calls.csv")
@needs(Permission.EXPORT)
def exported() -> Response:
    """The same as a CSV table. Who takes it, and what of it, is written down first."""
    asked = filters.read(request.args)
    if asked.wrong:
        abort(400)
    trail.write(trail.Change.EXPORTED, subject="calls", after=dict(asked.given))
    home: Home = current_app.extensions["markaz-home"]
    lines = table.lines(home, asked.wanted, filters.scope(Permission.EXPORT))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="calls.csv"'
    return response


def _entry(call: CallRecord, sounds: Sequence[RecordingRecord]) -> Entry:
    kind, _, name = call.place.partition(":")
    return Entry(
        call=call,
        recordings=tuple(sounds),
        place_kind=kind,
        place_name=name,
        place_title=language.office().titles.get(call.place, ""),
    )


def _address(asked: filters.Filters, place: tuple[float, str]) -> str:
    values: dict[str, Any] = {**asked.given, "before": f"{place[0]!r}~{place[1]}"}
    return url_for("calls.records", **values)


def _place_in_list(before: str | None) -> tuple[float | None, str]:
    if before is None:
        return None, ""
    match = _PLACE_IN_LIST.match(before)
    if match is None:
        abort(400)
    return float(match[1]), match[2]
