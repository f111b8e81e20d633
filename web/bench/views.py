"""The bench's page, its states as Server-Sent Events, and the sound of its lines both ways."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
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
    stream_with_context,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.link.api import BenchApi
from firmware.link.bench import LeverRow
from firmware.link.client import LinkDown, Refused
from web.bench import board, orders, wording
from web.bench.outside import Outside, Problem, bench, home, is_there, look
from web.live.views import _has_left
from web.system import access
from web.system.permission import Permission, needs
from web.voicemail import sound

pages = Blueprint("bench", __name__, template_folder="templates")

PACE_S = 0.2
HEARTBEAT_S = 10.0
SILENT_S = 1.5
"""A recording that did not grow for so long is over: it grows every 20 ms while a call is up."""

LONGEST_TALK_BYTES = 64 * 1024 * 1024
"""Over an hour of speech into one file; a new call begins a new one."""

MOST_STREAMS = 6
_WAV_HEAD_BYTES = 44
_LINE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_LEVER = re.compile(r"[a-z0-9_-]{1,40}(:[a-z0-9_-]{1,32})?")
_streams = threading.BoundedSemaphore(MOST_STREAMS)


@pages.url_value_preprocessor
def _allow_sound(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """What somebody lets the far party say is larger than any other form."""
    if endpoint == "bench.say" and access.current() is not None:
        request.max_content_length = sound.LARGEST_BYTES


@pages.before_request
def _only_in_simulation() -> None:
    if not is_there():
        abort(404)


@pages.after_request
def _may_use_the_microphone(response: Response) -> Response:
    """This page alone lets a person talk to a line."""
    response.headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
    return response


@pages.get("/bench")
@needs(Permission.USE_BENCH)
def page() -> str | tuple[str, int]:
    """The lines, what is behind them, and all levers."""
    return _page("")


@pages.post("/bench/lines/<line>/<order>")
@needs(Permission.USE_BENCH)
def act(line: str, order: str) -> AnyResponse | tuple[str, int]:
    """One of ``orders.ORDERS``."""
    if order not in orders.ORDERS or not _LINE.fullmatch(line):
        abort(404)
    try:
        with bench() as link:
            orders.ORDERS[order](link, line, request.form)
    except Problem as problem:
        return _refused(problem)
    return _done(line)


@pages.post("/bench/lines/<line>/say")
@needs(Permission.USE_BENCH)
def say(line: str) -> AnyResponse | tuple[str, int]:
    """Let the far party say a text or a file."""
    content = _uploaded()
    try:
        with bench() as link:
            orders.say(link, line, _file(line, "says.wav"), request.form, content)
    except Problem as problem:
        return _refused(problem)
    return _done(line)


@pages.post("/bench/levers/<lever>")
@needs(Permission.USE_BENCH)
def throw(lever: str) -> AnyResponse | tuple[str, int]:
    """Pull a lever, or put it back."""
    if not _LEVER.fullmatch(lever):
        abort(404)
    try:
        _throw(lever, pulled=request.form.get("pulled") == "1")
    except Problem as problem:
        return _refused(problem)
    return _done(lever.partition(":")[2])


@pages.post("/bench/battery")
@needs(Permission.USE_BENCH)
def battery() -> AnyResponse | tuple[str, int]:
    """Fill or empty the simulated battery."""
    try:
        board.charge(home(), orders.percent_of(request.form))
    except Problem as problem:
        return _refused(problem)
    return _done("")


@pages.get("/bench/stream")
@needs(Permission.USE_BENCH)
def stream() -> Response:
    """The states of all far ends and levers, whenever one has changed."""
    if not _streams.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "30"})
    response = Response(stream_with_context(_events()), mimetype="text/event-stream")
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


@pages.get("/bench/lines/<line>/hear")
@needs(Permission.USE_BENCH)
def hear(line: str) -> Response | tuple[str, int]:
    """What is heard on the line from now on: plain samples, 8 kHz mono S16, until the call ends."""
    if not _streams.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "30"})
    path = _file(line, f"hears-{time.monotonic_ns()}.wav")
    try:
        with bench() as link:
            link.call(BenchApi.listen, line, str(path))
    except Problem as problem:
        _streams.release()
        return str(wording.PROBLEMS[str(problem)]), 409
    response = Response(stream_with_context(_samples(path)), mimetype="application/octet-stream")
    response.call_on_close(_streams.release)
    return response


@pages.post("/bench/lines/<line>/talk")
@needs(Permission.USE_BENCH)
def talk(line: str) -> AnyResponse | tuple[str, int]:
    """Say some samples (8 kHz mono S16); ``?begin`` for the first of a talk."""
    path = _file(line, "talks.raw")
    begins = "begin" in request.args
    if begins:
        path.unlink(missing_ok=True)
    elif not path.exists() or path.stat().st_size > LONGEST_TALK_BYTES:
        return _refused(Problem("state"))
    with path.open("ab") as file:
        file.write(request.get_data())
    try:
        if begins:
            with bench() as link:
                link.call(BenchApi.talk, line, str(path))
    except Problem as problem:
        return _refused(problem)
    return Response(status=204)


def _throw(lever: str, *, pulled: bool) -> None:
    if lever == board.MAINS:
        board.switch_mains(home(), cut=pulled)
        return
    with bench() as link:
        link.call(BenchApi.throw, lever, pulled)


def _uploaded() -> bytes:
    """The file of the form, or nothing."""
    upload = request.files.get("file")
    if upload is None:
        return b""
    content: bytes = upload.read()
    upload.close()  # a large one lies in a temporary file
    return content


def _page(problem: str) -> str | tuple[str, int]:
    try:
        with bench() as link:
            outside = look(link)
    except Problem as away:
        outside, problem = Outside(fars=(), levers=()), problem or str(away)
    power = board.power(home())
    text = render_template(
        "bench/page.html",
        outside=outside,
        board_levers=board.levers(power),
        power=power,
        problem=wording.PROBLEMS[problem] if problem else "",
        **_words(),
    )
    return (text, 409) if problem else text


def _words() -> dict[str, Any]:
    return {
        "far_look": wording.far_look,
        "far_kinds": wording.KINDS,
        "lever_words": wording.lever_words,
    }


def _refused(problem: Problem) -> AnyResponse | tuple[str, int]:
    if _is_script():
        return Response(str(wording.PROBLEMS[str(problem)]), 409, mimetype="text/plain")
    page = _page(str(problem))
    return page if isinstance(page, tuple) else (page, 409)


def _done(line: str) -> AnyResponse:
    if _is_script():
        return Response(status=204)
    return redirect(url_for("bench.page", _anchor=f"far-{line}" if line else None))


def _is_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _file(line: str, name: str) -> Path:
    if not _LINE.fullmatch(line):
        abort(404)
    return orders.folder(home()) / f"{line}-{name}"


def _events() -> Iterator[bytes]:
    peer, token = request.environ.get("gunicorn.socket"), access.token()
    ticker = current_app.extensions["markaz-ticker"]
    told, spoke_at = "", 0.0
    yield b"retry: 1500\n\n"
    try:
        with bench() as link:
            while not ticker.stopping and not _has_left(peer):
                if not access.still_in(token):
                    return
                pulled = board.levers(board.power(home()))
                now = json.dumps(_rendered(look(link), pulled), ensure_ascii=False)
                if now != told:
                    yield f"event: outside\ndata: {now}\n\n".encode()
                    told, spoke_at = now, time.monotonic()
                elif time.monotonic() - spoke_at > HEARTBEAT_S:
                    yield b": still here\n\n"
                    spoke_at = time.monotonic()
                time.sleep(PACE_S)
    except (Problem, LinkDown, Refused):
        yield b"event: away\ndata:\n\n"


def _rendered(outside: Outside, others: tuple[LeverRow, ...]) -> dict[str, Any]:
    """Each far end's state as HTML with its plain word, and which levers are pulled."""
    template: Any = current_app.jinja_env.get_template("bench/state.html")
    state = template.make_module(_words()).state
    return {
        "fars": {row.id: {"state": row.state, "html": str(state(row))} for row in outside.fars},
        "levers": {row.id: row.pulled for row in (*outside.levers, *others)},
    }


def _samples(path: Path) -> Iterator[bytes]:
    peer = request.environ.get("gunicorn.socket")
    grown_at = time.monotonic()
    try:
        with path.open("rb") as file:
            head = b""
            while time.monotonic() - grown_at < SILENT_S and not _has_left(peer):
                some = file.read(65536)
                if some:
                    grown_at = time.monotonic()
                    if len(head) < _WAV_HEAD_BYTES:
                        head += some
                        some, head = head[_WAV_HEAD_BYTES:], head[:_WAV_HEAD_BYTES]
                    if some:
                        yield some
                else:
                    time.sleep(0.02)
    finally:
        path.unlink(missing_ok=True)
