"""The pages of prompts: what the exchange says in each language, heard and replaced: by a file, by
other words of the box's voice, by what was said into a voicemail box, or into a telephone that
rings for it. Each change is in the audit trail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.config import history
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.takes import TakeRow
from firmware.model.take import TakeState
from firmware.model.voicemail import Message
from firmware.prompts.catalogue import LANGUAGES
from firmware.store import mailboxes
from web.calls import store
from web.live.board import Board, rows_of
from web.look import Look
from web.prompts import shelf, wording
from web.prompts.shelf import Prompt, Unusable
from web.system import access, language, trail
from web.system.permission import Permission, needs
from web.system.trail import Change
from web.voicemail import sound

log = logging.getLogger(__name__)

pages = Blueprint("prompts", __name__, template_folder="templates")

PAGE = 50
MOST_MESSAGES = 20
_TIMEOUT_S = 5.0
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far a prompt is that was to be said at ``extension``. ``look`` None: nobody says it."""

    extension: str
    is_away: bool
    look: Look | None
    is_kept: bool


@pages.url_value_preprocessor
def _allow_sound(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """From the signed-in only: this is asked before the body is read."""
    if endpoint == "prompts.upload" and access.current() is not None:
        request.max_content_length = sound.LARGEST_BYTES


@pages.get("/prompts")
@needs(Permission.SEE_SETTINGS)
def everything() -> str:
    """The prompts of one language: all of them, the office's own, or those that are looked for."""
    code = request.args.get("language", "")
    code = code if code in LANGUAGES else str(language.office().language)
    wanted, own = request.args.get("q", "").strip()[:100], "own" in request.args
    found = [one for one in shelf.prompts(_home(), code) if _fits(one, wanted, own)]
    last = max(0, (len(found) - 1) // PAGE)
    page = min(request.args.get("page", 0, type=int) or 0, last)
    page = max(0, page)
    return _render(
        "everything.html",
        code=code,
        prompts=found[page * PAGE : (page + 1) * PAGE],
        count=len(found),
        wanted=wanted,
        own=own,
        page=page,
        last=last,
    )


@pages.get("/prompts/<any(en, fa, ar):code>/<path:name>")
@needs(Permission.SEE_SETTINGS)
def one(code: str, name: str) -> str:
    """One prompt: what it says, its sound, and how to replace it."""
    return _one(code, name)


@pages.get("/prompts/<any(en, fa, ar):code>/<path:name>/take")
@needs(Permission.CHANGE_SETTINGS)
def progress(code: str, name: str) -> str:
    """How far it is at a telephone, alone."""
    prompt, told = _known(code, name), _told(code, name)
    if told is None:
        abort(404)
    return _render("take.html", code=code, prompt=prompt, told=told)


@pages.post("/prompts/<any(en, fa, ar):code>/<path:name>/ring")
@needs(Permission.CHANGE_SETTINGS)
def ring(code: str, name: str) -> AnyResponse:
    """Ring a telephone: who answers says the prompt."""
    _known(code, name)
    extension, session = request.form.get("extension", ""), access.current()
    assert session is not None
    try:
        with Link(_home().link("switchd"), "web", timeout_s=_TIMEOUT_S) as link:
            link.call(
                SwitchApi.take_prompt,
                extension=extension,
                language=code,
                name=name,
                who=session.user,
                place=request.remote_addr or "",
            )
    except LinkDown:
        return make_response(_one(code, name, "away"), 409)
    except Refused:
        return make_response(_one(code, name, "busy"), 409)
    return redirect(url_for("prompts.one", code=code, name=name, extension=extension))


@pages.get("/prompts/<any(en, fa, ar):code>/<path:name>.wav")
@needs(Permission.SEE_SETTINGS)
def hear(code: str, name: str) -> Response:
    """What callers hear."""
    _known(code, name)
    path = shelf.heard(_home(), code, name)
    if path is None:
        abort(404)
    response = send_file(path, mimetype="audio/wav", conditional=True, etag=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@pages.post("/prompts/<any(en, fa, ar):code>/<path:name>/upload")
@needs(Permission.CHANGE_SETTINGS)
def upload(code: str, name: str) -> AnyResponse:
    """Replace it by a file."""
    sent = request.files.get("sound")
    if sent is None:
        abort(400)
    with closing(sent.stream) as stream:
        content = stream.read()
    return _changed(code, name, "recording", lambda: shelf.replace(_home(), code, name, content))


@pages.post("/prompts/<any(en, fa, ar):code>/<path:name>/take")
@needs(Permission.CHANGE_SETTINGS)
def take(code: str, name: str) -> AnyResponse:
    """Replace it by a message that somebody said into a voicemail box."""
    found = mailboxes.find(store.database(), request.form.get("message", ""))
    if found is None:
        abort(404)
    access.must(Permission.USE_VOICEMAIL, extension=found.box)
    path = _home().voicemail / found.path

    def change() -> None:
        shelf.replace(_home(), code, name, path.read_bytes())

    return _changed(code, name, "recording", change)


@pages.post("/prompts/<any(en, fa, ar):code>/<path:name>/speak")
@needs(Permission.CHANGE_SETTINGS)
def speak(code: str, name: str) -> AnyResponse:
    """Replace it by other words in the box's voice."""
    words = request.form.get("text", "")
    return _changed(code, name, words, lambda: shelf.speak(_home(), code, name, words))


@pages.post("/prompts/<any(en, fa, ar):code>/<path:name>/drop")
@needs(Permission.CHANGE_SETTINGS)
def drop(code: str, name: str) -> AnyResponse:
    """Back to the built-in one."""
    return _changed(code, name, None, lambda: shelf.drop(_home(), code, name))


@pages.post("/prompts/new")
@needs(Permission.CHANGE_SETTINGS)
def begin() -> AnyResponse:
    """A prompt of the office's own, for a menu or a flow: its page, where it gets its sound."""
    name, code = request.form.get("name", "").strip(), request.form.get("language", "")
    if code not in LANGUAGES or not shelf.NAME.fullmatch(name) or "/" in name:
        text = _render("everything.html", **_nothing(code), problem=wording.PROBLEMS["name"])
        return make_response(text, 422)
    return redirect(url_for("prompts.one", code=code, name=name))


# -- what the pages are made of ---------------------------------------------------------------


def _home() -> Home:
    home: Home = current_app.extensions["markaz-home"]
    return home


def _known(code: str, name: str) -> Prompt:
    if not shelf.NAME.fullmatch(name):
        abort(404)
    found = shelf.find(_home(), code, name)
    if "/" in name and not (found.is_own or found.is_built_in):
        abort(404)
    return found


def _changed(code: str, name: str, after: Any, change: Callable[[], object]) -> AnyResponse:
    """Carry out a change that the trail has first."""
    before = _known(code, name)
    subject = f"prompts/{code}/{name}"
    trail.write(
        Change.SETTINGS, subject=subject, before=before.text if before.is_own else None, after=after
    )
    try:
        change()
    except Unusable as error:
        return make_response(_one(code, name, str(error)), 422)
    except OSError as error:
        log.error("%s was not written: %s", subject, error)
        return make_response(_one(code, name, "disk"), 409)
    return redirect(url_for("prompts.one", code=code, name=name))


def _one(code: str, name: str, problem: str = "") -> str:
    prompt = _known(code, name)
    return _render(
        "one.html",
        code=code,
        prompt=prompt,
        messages=_messages(),
        people=_people(),
        told=_told(code, name),
        is_heard=shelf.heard(_home(), code, name) is not None,
        problem=wording.PROBLEMS[problem] if problem else "",
    )


def _people() -> list[tuple[str, str]]:
    """The telephones that can be rung."""
    site = history.load_current(_home())[1]
    return [(one.number, f"{one.number} {one.name}") for one in site.extension]


def _told(code: str, name: str) -> Told | None:
    """How far the prompt is at the telephone that the page asks for; None when it asks for none."""
    extension = request.args.get("extension", "")[:_LONGEST_NUMBER]
    if not extension:
        return None
    board: Board = current_app.extensions["markaz-board"]
    picture = board.peek()
    row = rows_of(picture, TakeRow, "take").get(extension)
    if row is not None and (row.language, row.name) != (code, name):
        row = None
    return Told(
        extension=extension,
        is_away="switchd" in picture.away,
        look=None if row is None else wording.TAKES[row.state],
        is_kept=row is not None and row.state == TakeState.KEPT,
    )


def _messages() -> list[Message]:
    """The newest messages of the boxes that whoever asks may hear."""
    found = [
        message
        for number in language.office().boxes
        if access.may(Permission.USE_VOICEMAIL, extension=number)
        for message in mailboxes.messages(store.database(), number)
    ]
    return sorted(found, key=lambda one: one.recorded_at, reverse=True)[:MOST_MESSAGES]


def _nothing(code: str) -> dict[str, Any]:
    code = code if code in LANGUAGES else LANGUAGES[0]
    return {
        "code": code,
        "prompts": [],
        "count": 0,
        "wanted": "",
        "own": False,
        "page": 0,
        "last": 0,
    }


def _fits(one: Prompt, wanted: str, own: bool) -> bool:
    if own and not one.is_own:
        return False
    return wanted.casefold() in f"{one.name} {one.text}".casefold()


def _render(template: str, **values: Any) -> str:
    values.setdefault("problem", "")
    return render_template(
        f"prompts/{template}",
        languages=LANGUAGES,
        may_change=access.may(Permission.CHANGE_SETTINGS),
        **values,
    )
