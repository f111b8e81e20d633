"""The pages of call records, newest first, and the recordings they play."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlite_utils import Database
from werkzeug.wsgi import wrap_file

from firmware.config.home import Home
from firmware.model.record import CallRecord, RecordingRecord
from firmware.store import calls, recordings
from web.calls import hearing, store
from web.calls.unpacked import Unpacked
from web.system import language

pages = Blueprint("calls", __name__, template_folder="templates")

PAGE_LENGTH = 50

MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "opus": "audio/ogg"}
"""Of each RecordingFormat; a browser goes by it (RFC 9639 §10, RFC 7845 §9)."""

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


@pages.get("/calls")
def records() -> str:
    """A page of call records; ``before`` continues an earlier one."""
    before, before_id = _place_in_list(request.args.get("before"))
    db = store.database()
    found = calls.recent(db, before=before, limit=PAGE_LENGTH + 1, before_id=before_id)
    entries = [_entry(db, call) for call in found[:PAGE_LENGTH]]
    return render_template(
        "calls/records.html",
        played_as=played_as,
        entries=entries,
        first_page=before is None,
        older=_older(found[PAGE_LENGTH - 1]) if len(found) > PAGE_LENGTH else None,
    )


@pages.get("/recordings/<ident>.<any(wav, flac, opus):ending>")
def recording(ident: str, ending: str) -> Response:
    """A recording's file, whole or the range asked for, decrypted for those who may. Only what
    the store lists is served, and only from the folder of recordings. Who listens is written
    down first."""
    db = store.database()
    found = recordings.find(db, ident)
    if found is None or ending not in (found.format, played_as(found)):
        abort(404)
    home: Home = current_app.extensions["markaz-home"]
    folder = home.recordings.resolve()
    path = (folder / found.path).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        abort(404)
    hearing.note(db, found)
    sound = hearing.opened(home, db, path) if found.cipher else path
    if ending == found.format:
        response = send_file(
            sound, mimetype=MEDIA_TYPES[ending], conditional=True, etag=found.sha256, max_age=0
        )
    else:
        response = _unpacked(sound, f"{found.sha256}-{ending}")
    # It never changes, but only this browser's person may keep it, and must ask to hear it again.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def played_as(record: RecordingRecord) -> str:
    """The format the page plays: every browser moves about in it."""
    return "wav" if record.format == "flac" else record.format


def _unpacked(sound: Path | io.BytesIO, etag: str) -> Response:
    unpacked = Unpacked(sound)
    body = wrap_file(request.environ, io.BufferedReader(unpacked, 64 * 1024), 64 * 1024)
    response = Response(body, mimetype=MEDIA_TYPES["wav"], direct_passthrough=True)
    response.content_length = unpacked.size
    response.set_etag(etag)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=unpacked.size)
    return response


def _entry(db: Database, call: CallRecord) -> Entry:
    kind, _, name = call.place.partition(":")
    return Entry(
        call=call,
        recordings=tuple(recordings.of_call(db, call.id)),
        place_kind=kind,
        place_name=name,
        place_title=language.office().titles.get(call.place, ""),
    )


def _older(last: CallRecord) -> str:
    return url_for("calls.records", before=f"{last.started_at!r}~{last.id}")


def _place_in_list(before: str | None) -> tuple[float | None, str]:
    if before is None:
        return None, ""
    match = _PLACE_IN_LIST.match(before)
    if match is None:
        abort(400)
    return float(match[1]), match[2]
