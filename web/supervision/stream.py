"""Parts of a page as Server-Sent Events: rendered when the board has news, sent when they differ.

They share the places of the live page's stream, because each holds a thread of the server.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping

from flask import Response, current_app, jsonify, request, stream_with_context

from web.live.ticker import Ticker
from web.live.views import HEARTBEAT_S, LOOK_S, RETRY_MS, _has_left, _streams
from web.system import csrf

_RUNNING = re.compile(r'(?<=dir="ltr">)[^<]*(?=</time>)')

Render = Callable[[], Mapping[str, str]]
"""Renders the parts of a page by their names."""


def follow(render: Render, is_in: Callable[[], bool]) -> Response:
    """The parts for as long as the browser listens and ``is_in``; 503 when too many do."""
    if not _streams.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "30"})
    peer = request.environ.get("gunicorn.socket")
    events = _events(render, is_in, peer)
    response = Response(stream_with_context(events), mimetype="text/event-stream")
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def now(render: Render) -> Response:
    """The parts as they are; 204 when they are as the page has them (``seen``)."""
    parts = render()
    seen = _digest(parts)
    if seen == request.args.get("seen"):
        return Response(status=204)
    return jsonify(seen=seen, parts=parts, now=time.time())


def _events(
    render: Render, is_in: Callable[[], bool], peer: socket.socket | None
) -> Iterator[bytes]:
    ticker: Ticker = current_app.extensions["markaz-ticker"]
    number, seen, spoke_at = -1, "", time.monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    while not ticker.stopping and not _has_left(peer):
        if not is_in():
            yield b"event: signed-out\ndata:\n\n"
            return
        parts = render()
        if (digest := _digest(parts)) != seen:
            seen, spoke_at = digest, time.monotonic()
            text = json.dumps({"seen": seen, "parts": parts, "now": time.time()})
            yield f"event: parts\ndata: {text}\n\n".encode()
        elif time.monotonic() - spoke_at > HEARTBEAT_S:
            spoke_at = time.monotonic()
            yield b": still here\n\n"
        if batches := ticker.after(number, timeout_s=LOOK_S):
            number = batches[-1].number


def _digest(parts: Mapping[str, str]) -> str:
    text = "".join(parts.values()).replace(csrf.token(), "")  # another in every answer
    text = _RUNNING.sub("", text)  # the browser lets them run by itself
    return hashlib.sha256(text.encode()).hexdigest()[:16]
