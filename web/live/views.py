"""The live page, and its changes as Server-Sent Events or, where those do not fit, on request."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    stream_with_context,
)

from web.live import payload
from web.live.payload import Payloads, Sees
from web.live.sight import sees
from web.live.ticker import Ticker
from web.system import access, language
from web.system.permission import Permission, needs

pages = Blueprint("live", __name__, template_folder="templates")

MOST_STREAMS = 24
"""A stream holds one of the server's 32 threads; the rest stay free for pages. Browsers beyond
these ask for changes every few seconds instead (static/live.js)."""

HEARTBEAT_S = 10.0
"""How often a silent stream says something, so that what lies between keeps it open."""

LOOK_S = 1.0
"""How often a silent stream looks whether its browser has left: it holds a thread until then."""

RETRY_MS = 1500

_streams = threading.BoundedSemaphore(MOST_STREAMS)


@pages.get("/")
@needs(Permission.SEE_LIVE)
def now() -> str:
    """The page as of now; complete without its script."""
    ticker = _ticker()
    batch = ticker.snapshot()
    lists = _payloads().lists(batch, language.tongue(), _sees())
    after = f"{ticker.epoch}-{batch.number}"
    return render_template("live/now.html", lists=lists, after=after, now=time.time())


@pages.get("/live/stream")
@needs(Permission.SEE_LIVE)
def stream() -> Response:
    """The changes after ``after`` (or the browser's Last-Event-ID) for as long as the browser
    listens; 503 when too many do."""
    if not _streams.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "30"})
    after = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    peer = request.environ.get("gunicorn.socket")
    events = _events(_ticker(), _number(after), peer)
    response = Response(stream_with_context(events), mimetype="text/event-stream")
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


@pages.get("/live/changes")
@needs(Permission.SEE_LIVE)
def changes() -> Response:
    """The changes after ``after`` so far, as a list of payloads, at once."""
    ticker, payloads = _ticker(), _payloads()
    batches = ticker.after(_number(request.args.get("after", "")), timeout_s=0)
    return jsonify(
        epoch=ticker.epoch,
        batches=[payloads.of(batch, language.tongue(), _sees()) for batch in batches],
    )


def _events(ticker: Ticker, number: int, peer: socket.socket | None) -> Iterator[bytes]:
    payloads, tongue, token, seen = _payloads(), language.tongue(), access.token(), _sees()
    yield f"retry: {RETRY_MS}\n\n".encode()
    spoke_at = time.monotonic()
    while not ticker.stopping and not _has_left(peer):
        batches = ticker.after(number, timeout_s=LOOK_S)
        if not access.still_in(token):
            yield b"event: signed-out\ndata:\n\n"
            return
        for batch in batches:
            number = batch.number
            yield payload.event(ticker.epoch, payloads.of(batch, tongue, seen))
        if batches:
            spoke_at = time.monotonic()
        elif time.monotonic() - spoke_at > HEARTBEAT_S:
            yield b": still here\n\n"
            spoke_at = time.monotonic()


def _sees() -> Sees:
    """What whoever asks sees, as their role was when they asked."""
    return partial(sees, access.bearer())


def _has_left(peer: socket.socket | None) -> bool:
    """Whether the browser has closed its side. It never sends anything after its request."""
    if peer is None:  # not gunicorn: a test
        return False
    try:
        readable, _, _ = select.select([peer], [], [], 0)
        return bool(readable) and peer.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


def _number(after: str) -> int:
    """The batch a listener has had; -1 when it is of another epoch, or nonsense."""
    epoch, _, number = after.partition("-")
    if epoch != _ticker().epoch or not number.isascii() or not number.isdigit():
        return -1
    return int(number[:12])


def _ticker() -> Ticker:
    kept: Ticker = current_app.extensions["markaz-ticker"]
    return kept


def _payloads() -> Payloads:
    kept: Payloads = current_app.extensions["markaz-payloads"]
    return kept
