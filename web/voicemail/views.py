"""The page of voicemail: a box's messages to hear, keep and delete; its greetings and its PIN.

Reading goes to the store; every change is an order to switchd, which answers when it is done.
The owner sees every box; people see their own extension's.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.voicemail import Counted, Greeting, MessageState
from firmware.store import mailboxes
from firmware.voicemail import files
from web.calls import store
from web.picking import day_choice, picked_day
from web.system import access, language
from web.system.permission import Permission, needs
from web.voicemail import sound, wording

pages = Blueprint("voicemail", __name__, template_folder="templates")

TIMEOUT_S = 15.0
_STATES = frozenset(MessageState)
_GREETINGS = frozenset(Greeting)
_LONGEST_AWAY = dt.timedelta(days=730)


class Problem(RuntimeError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


@pages.url_value_preprocessor
def _allow_greetings(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A greeting is larger than anything else but firmware, from the signed-in only: this is
    asked before the body is read."""
    if endpoint == "voicemail.upload" and access.current() is not None:
        request.max_content_length = sound.LARGEST_BYTES


@pages.get("/voicemail")
@needs(Permission.USE_VOICEMAIL)
def boxes() -> str:
    """One box, by default the first with a new message, and the list of all."""
    return _page(request.args.get("box", ""), "")


@pages.get("/voicemail/messages/<ident>.wav")
@needs(Permission.USE_VOICEMAIL)
def message(ident: str) -> Response:
    """A message's file, whole or the range asked for; ``?download`` to keep it."""
    found = mailboxes.find(store.database(), ident)
    if found is None:
        abort(404)
    access.must(Permission.USE_VOICEMAIL, extension=found.box)
    return _sound(_home().voicemail / found.path, etag=found.sha256)


@pages.get("/voicemail/<number>/greetings/<greeting>.wav")
@needs(Permission.USE_VOICEMAIL)
def greeting(number: str, greeting: str) -> Response:
    """A greeting's file."""
    _known(number)
    if greeting not in _GREETINGS:
        abort(404)
    return _sound(files.greeting_path(_home(), number, Greeting(greeting)))


@pages.post("/voicemail/messages/<ident>/<state>")
@needs(Permission.USE_VOICEMAIL)
def mark(ident: str, state: str) -> AnyResponse | tuple[str, int]:
    """Keep a message as heard or as new, delete it, take it back."""
    if state not in _STATES:
        abort(404)
    found = mailboxes.find(store.database(), ident)
    number = found.box if found else ""
    access.must(Permission.USE_VOICEMAIL, extension=number)
    return _ordered(number, lambda link: link.call(SwitchApi.mark_message, ident, state))


@pages.post("/voicemail/<number>/pin")
@needs(Permission.USE_VOICEMAIL)
def pin(number: str) -> AnyResponse | tuple[str, int]:
    """Give a box a PIN, or take it away."""
    _known(number)
    wanted = "" if "clear" in request.form else request.form.get("pin", "")[:20]
    if not wanted and "clear" not in request.form:
        return _page(number, "pin"), 409
    return _ordered(number, lambda link: link.call(SwitchApi.set_mailbox_pin, number, wanted))


@pages.post("/voicemail/<number>/greetings")
@needs(Permission.USE_VOICEMAIL)
def upload(number: str) -> AnyResponse | tuple[str, int]:
    """Take an uploaded sound as a greeting."""
    _known(number)
    wanted, sent = request.form.get("greeting", ""), request.files.get("sound")
    if wanted not in _GREETINGS or sent is None:
        abort(400)
    try:
        until = _until(request.form) if wanted == Greeting.TEMPORARY else 0.0
        with closing(sent.stream) as stream:
            content = sound.mono(stream.read())
    except sound.BadSound:
        return _page(number, "sound"), 409
    except Problem as problem:
        return _page(number, str(problem)), 409
    name = f".greeting-upload-{secrets.token_hex(8)}.wav"
    path = _home().voicemail_spool / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    try:
        return _ordered(
            number,
            lambda link: link.call(
                SwitchApi.keep_greeting, number=number, greeting=wanted, upload=name, until=until
            ),
        )
    finally:
        path.unlink(missing_ok=True)


@pages.post("/voicemail/<number>/greetings/<greeting>/remove")
@needs(Permission.USE_VOICEMAIL)
def remove(number: str, greeting: str) -> AnyResponse | tuple[str, int]:
    """Take a greeting away."""
    _known(number)
    if greeting not in _GREETINGS:
        abort(404)
    return _ordered(number, lambda link: link.call(SwitchApi.remove_greeting, number, greeting))


# -- what the pages are made of ---------------------------------------------------------------


def _page(number: str, problem: str) -> str:
    db, numbers = store.database(), _boxes()
    counts = mailboxes.everyones(db)
    if number and number not in numbers:
        abort(404)
    if not number:
        with_new = [n for n in numbers if counts.get(n, Counted()).new]
        number = next(iter(with_new or numbers), "")
    state = mailboxes.state_of(db, number)
    today = dt.datetime.now().astimezone().date()
    return render_template(
        "voicemail/boxes.html",
        number=number,
        boxes=[(n, counts.get(n, Counted())) for n in numbers],
        messages=mailboxes.messages(db, number),
        deleted=mailboxes.messages(db, number, MessageState.DELETED),
        state=state,
        greetings=[(one, _has(number, one)) for one in map(Greeting, wording.GREETINGS)],
        wording=wording,
        titles=language.office().titles,
        problem=wording.PROBLEMS[problem] if problem else "",
        until=day_choice(None, language.tongue(), first=today, last=today + _LONGEST_AWAY),
    )


def _has(number: str, greeting: Greeting) -> bool:
    return bool(number) and files.greeting_path(_home(), number, greeting).is_file()


def _sound(path: Path, etag: str = "") -> Response:
    """A file of the home's voicemail and of nowhere else."""
    folder = _home().voicemail.resolve()
    path = path.resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        abort(404)
    response = send_file(
        path,
        mimetype="audio/wav",
        conditional=True,
        etag=etag or True,
        as_attachment="download" in request.args,
        download_name=path.name,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _ordered(number: str, order: Any) -> AnyResponse | tuple[str, int]:
    """Carry out an order; back to the page, or the page with what went wrong."""
    try:
        with _switchd() as link:
            order(link)
    except Problem as problem:
        return _page(number, str(problem)), 409
    return redirect(url_for("voicemail.boxes", box=number or None))


@contextmanager
def _switchd() -> Iterator[Link]:
    try:
        with Link(_home().link("switchd"), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem(_said(error)) from error


def _said(error: Refused) -> str:
    """Which of our words stand for a refusal."""
    if error.kind == "KeyError":
        return "gone"
    if error.kind == "ValueError":
        return "easy" if str(error) == "easy" else "pin"
    return "disk"


def _until(form: Mapping[str, str]) -> float:
    """The end of the last day of a temporary greeting; 0 without one.

    Raises:
        Problem: it is no day, or a past one.
    """
    try:
        last = picked_day(form, "until")
    except ValueError as error:
        raise Problem("until") from error
    if last is None:
        return 0.0
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time()).astimezone()
    if end <= dt.datetime.now(dt.UTC):
        raise Problem("until")
    return end.timestamp()


def _known(number: str) -> None:
    if number not in _boxes():
        abort(404)


def _boxes() -> tuple[str, ...]:
    """The boxes that whoever asks may see."""
    return tuple(
        number
        for number in language.office().boxes
        if access.may(Permission.USE_VOICEMAIL, extension=number)
    )


def _home() -> Home:
    home: Home = current_app.extensions["markaz-home"]
    return home
