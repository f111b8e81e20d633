"""The page of one call: its journey, what its audio was like, its recordings, and what people
wrote about it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlite_utils import Database
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission
from firmware.model.record import CallRecord, RecordingRecord
from firmware.store import calls, quality, queue_events, recordings, search
from firmware.store.search import CallText, TextKind
from web.calls import store
from web.calls.sounds import must_belong, played_as
from web.system import access, headers, language, trail
from web.system.permission import needs

pages = Blueprint("call", __name__, template_folder="templates")

LONGEST_NOTE = 4000
LONGEST_TAG = 40
_MOST_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From ``at_s`` seconds of a recording on: who is on which side, or that it is paused.
    ``what`` is a word of firmware.switchd's tape."""

    at_s: float
    what: str
    caller: tuple[str, ...]
    callee: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A recording with its track list."""

    record: RecordingRecord
    turns: tuple[Turn, ...]


@pages.get("/calls/<ident>")
@needs(Permission.SEE_CALLS)
def one(ident: str) -> str:
    """All that is known of a call."""
    return _page(_call(ident, Permission.SEE_CALLS), "")


@pages.post("/calls/<ident>/notes")
@needs(Permission.NOTE_CALLS)
def add_note(ident: str) -> AnyResponse | tuple[str, int]:
    """Write a note."""
    call = _call(ident, Permission.NOTE_CALLS)
    text = request.form.get("text", "").strip()
    if not text or len(text) > LONGEST_NOTE:
        return _page(call, "note"), 409
    trail.write(trail.Change.CALL_NOTED, subject=call.id, after={"note": text})
    search.write_text(
        store.database(),
        CallText(
            call_id=call.id,
            kind=TextKind.NOTE,
            by=access.person().name,
            at=time.time(),
            text=text,
        ),
    )
    return redirect(url_for("call.one", ident=call.id, _anchor="notes"))


@pages.post("/calls/<ident>/notes/<int:note>")
@needs(Permission.NOTE_CALLS)
def change_note(ident: str, note: int) -> AnyResponse | tuple[str, int]:
    """Write a note anew, or take it away with an empty one."""
    call = _call(ident, Permission.NOTE_CALLS)
    text = request.form.get("text", "").strip()
    known = dict(search.notes_of(store.database(), call.id))
    if note not in known or known[note].kind != TextKind.NOTE:
        abort(404)
    if len(text) > LONGEST_NOTE:
        return _page(call, "note"), 409
    before = {"note": known[note].text, "by": known[note].by}
    trail.write(trail.Change.CALL_NOTED, subject=call.id, before=before, after={"note": text})
    search.change_text(store.database(), note, text)
    return redirect(url_for("call.one", ident=call.id, _anchor="notes"))


@pages.post("/calls/<ident>/tags")
@needs(Permission.NOTE_CALLS)
def add_tag(ident: str) -> AnyResponse | tuple[str, int]:
    """Put a tag on the call."""
    call = _call(ident, Permission.NOTE_CALLS)
    name, db = request.form.get("tag", "").strip(), store.database()
    if not name or len(name) > LONGEST_TAG or len(search.tags_of(db, call.id)) >= _MOST_TAGS:
        return _page(call, "tag"), 409
    trail.write(trail.Change.CALL_NOTED, subject=call.id, after={"tag": name})
    search.tag(db, call.id, name, by=access.person().name, at=time.time())
    return redirect(url_for("call.one", ident=call.id, _anchor="notes"))


@pages.post("/calls/<ident>/tags/remove")
@needs(Permission.NOTE_CALLS)
def remove_tag(ident: str) -> AnyResponse:
    """Take a tag off the call."""
    call = _call(ident, Permission.NOTE_CALLS)
    name = request.form.get("tag", "")[:LONGEST_TAG]
    trail.write(trail.Change.CALL_NOTED, subject=call.id, before={"tag": name})
    search.untag(store.database(), call.id, name)
    return redirect(url_for("call.one", ident=call.id, _anchor="notes"))


def _call(ident: str, permission: Permission) -> CallRecord:
    found = calls.find(store.database(), ident)
    if found is None:
        abort(404)
    must_belong(permission, found)
    return found


def _page(call: CallRecord, problem: str) -> str:
    db = store.database()
    legs = calls.legs_of(db, call.id)
    return render_template(
        "calls/one.html",
        call=call,
        problem=problem,
        place=call.place.partition(":"),
        place_title=language.office().titles.get(call.place, ""),
        queue_title=language.office().titles.get(f"queue:{call.queue}", ""),
        legs=legs,
        events=calls.timeline(db, call.id),
        visits=_visits(db, call),
        quality=quality.of_call(db, call.id),
        parties={leg.id: leg.party for leg in legs},
        notes=search.notes_of(db, call.id),
        tags=search.tags_of(db, call.id),
        played=played_of(db, call) if access.may(Permission.HEAR_RECORDINGS) else (),
        played_as=played_as,
        typed=request.form,
        nonce=headers.style_nonce(),
        longest_note=LONGEST_NOTE,
        longest_tag=LONGEST_TAG,
    )


def _visits(db: Database, call: CallRecord) -> list[dict[str, Any]]:
    """The call's stays in queues, as rows of ``queue_visits``."""
    until = call.ended_at if call.ended_at is not None else time.time()
    return queue_events.visits_of(db, call.id, call.started_at - 1, until + 1)


def played_of(db: Database, call: CallRecord) -> tuple[Played, ...]:
    """The recordings of a call, as ``calls/recording.html`` shows each."""
    return tuple(
        Played(record=record, turns=tuple(_turns(record.tracks)))
        for record in recordings.of_call(db, call.id)
    )


def _turns(tracks: str) -> Iterator[Turn]:
    """A track list as the recorder kept it; what is none is left out."""
    try:
        listed = json.loads(tracks)
    except ValueError:
        return
    for line in listed if isinstance(listed, list) else []:
        if isinstance(line, dict):
            at_s = line.get("at_s", 0.0)
            yield Turn(
                at_s=float(at_s) if isinstance(at_s, int | float) else 0.0,
                what=str(line.get("what", "")),
                caller=_names(line.get("caller")),
                callee=_names(line.get("callee")),
            )


def _names(listed: object) -> tuple[str, ...]:
    return tuple(map(str, listed)) if isinstance(listed, list) else ()
