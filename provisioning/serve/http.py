"""HTTP and HTTPS for telephones: aiohttp in front of the desk.

aiohttp, because it is maintained, parses in C, speaks HTTP/1.0 as old telephones do, and runs in
the daemon's one loop: two hundred telephones at once are two hundred small coroutines. What it
does not limit is limited here: connections of one address and of all, the time until a first
whole request, and what a telephone may upload.

Every refusal is one and the same 404 and is sent ``REFUSAL_S`` after the request came, so that
neither the answer nor its time tells whether a telephone exists.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from provisioning.serve.body import NoSuchRange, asked_range, continues
from provisioning.serve.desk import Desk, Reply, Request
from provisioning.serve.tls import mac_of_certificate
from provisioning.serve.uploads import TooMuch, Uploads

log = logging.getLogger(__name__)

REFUSAL_S = 0.025
FIRST_REQUEST_S = 10.0
KEEP_ALIVE_S = 15.0
LONGEST_CONNECTION_S = 900.0
MOST_CONNECTIONS = 1024
MOST_OF_ONE = 64

_REFUSAL = b"not found\n"


class _WithoutContent(logging.Filter):
    """Keeps what a malformed request said out of the log: it can hold a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "malformed request: %s", (type(error).__name__,)
            record.exc_info = None
        return True


logging.getLogger("aiohttp.server").addFilter(_WithoutContent())


class TelephoneServer(web.Server):
    """aiohttp's server with a limit on connections and on silence."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        super().__init__(
            handler,
            access_log=None,  # tokens stand in paths
            keepalive_timeout=KEEP_ALIVE_S,
            max_line_size=2048,
            max_field_size=2048,
            max_headers=40,
            lingering_time=1.0,
        )
        self._of: Counter[str] = Counter()
        self._peers: dict[RequestHandler, str] = {}
        self._served: set[asyncio.BaseTransport] = set()

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """A new connection; one too many is dropped without an answer."""
        super().connection_made(handler, transport)
        peer = transport.get_extra_info("peername")
        source = str(peer[0]) if peer else ""
        self._peers[handler] = source
        self._of[source] += 1
        if len(self._peers) > MOST_CONNECTIONS or self._of[source] > MOST_OF_ONE:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        loop.call_later(FIRST_REQUEST_S, self._drop_silent, transport)
        loop.call_later(LONGEST_CONNECTION_S, transport.abort)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        """A connection is over."""
        super().connection_lost(handler, exc)
        source = self._peers.pop(handler, None)
        if source is not None:
            self._of[source] -= 1
            if not self._of[source]:
                del self._of[source]

    def spoke(self, transport: asyncio.BaseTransport | None) -> None:
        """A whole request came on a connection."""
        if transport is not None:
            self._served.add(transport)

    def _drop_silent(self, transport: asyncio.Transport) -> None:
        if transport in self._served:
            self._served.discard(transport)
        elif not transport.is_closing():
            transport.abort()


class Window:
    """The desk's window for HTTP, open on any number of addresses."""

    def __init__(self, desk: Desk, uploads: Uploads) -> None:
        self._desk = desk
        self._uploads = uploads
        self._server: TelephoneServer | None = None
        self._listeners: list[asyncio.Server] = []

    async def listen(self, address: str, port: int, context: ssl.SSLContext | None = None) -> None:
        """Listen on one more address, with TLS when a context is given.

        Raises:
            OSError: the address cannot be had.
        """
        if self._server is None:
            self._server = TelephoneServer(self.handle)
        loop = asyncio.get_running_loop()
        self._listeners.append(
            await loop.create_server(
                self._server,
                address,
                port,
                ssl=context,
                backlog=512,
                reuse_address=True,
                ssl_handshake_timeout=FIRST_REQUEST_S if context else None,
            )
        )

    async def close(self) -> None:
        """Stop listening; what is being sent has a second to finish."""
        for listener in self._listeners:
            listener.close()
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(1.0)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        came = asyncio.get_running_loop().time()
        assert self._server is not None
        self._server.spoke(request.transport)
        try:
            response = await self._answered(request)
        except NoSuchRange:
            response = web.Response(status=416)
        if response is None:
            return await _refusal(came)
        return response

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse | None:
        if request.method in ("PUT", "POST"):
            return await self._take(request)
        if request.method not in ("GET", "HEAD"):
            return None
        asked = _request(request)
        reply = self._desk.answer(asked)
        if reply is None:
            return None
        if reply.file is not None:
            return _file(reply.file, reply.content_type)
        return await _content(request, reply)

    async def _take(self, request: web.BaseRequest) -> web.Response | None:
        asked = _request(request)
        phone = self._desk.uploader(asked)
        if phone is None:
            return None
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            await self._uploads.take(phone.id, asked.path, request.content)
        except TooMuch as error:
            log.warning("phone %s may not leave so much: %s", phone.id, error)
            return web.Response(status=413, headers={"Connection": "close"})
        return web.Response(status=200)


def _request(request: web.BaseRequest) -> Request:
    transport = request.transport
    encrypted = transport.get_extra_info("ssl_object") if transport else None
    certificate = encrypted.getpeercert() if encrypted is not None else None
    return Request(
        path=request.raw_path.lstrip("/"),
        source=request.remote or "",
        transport="https" if encrypted is not None else "http",
        user_agent=request.headers.get("User-Agent", ""),
        mac_in_tls=mac_of_certificate(certificate or {}),
        continues=continues(request.headers.get("Range", "")),
        looks=request.method == "HEAD",
    )


async def _content(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send a body, whole or in part; what could not be sent may be asked for again."""
    header = request.headers.get("Range", "")
    part = asked_range(header, len(reply.content)) if header else None
    body, headers = reply.content, {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    if part is not None:
        first, last = part
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        body = body[first : last + 1]
    kind, _, charset = reply.content_type.partition(";")
    response = web.Response(
        body=body, status=206 if part else 200, headers=headers, content_type=kind.strip()
    )
    if charset:
        response.charset = charset.partition("=")[2].strip()
    try:
        await response.prepare(request)
        await response.write_eof()
    except (OSError, asyncio.CancelledError):
        reply.undo()
        raise
    return response


def _file(path: Path, content_type: str) -> web.StreamResponse | None:
    if not path.is_file():
        log.error("%s is on record and not in its folder", path.name)
        return None
    return web.FileResponse(path, headers={"Content-Type": content_type})


async def _refusal(came: float) -> web.Response:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, came + REFUSAL_S - loop.time()))
    return web.Response(status=404, body=_REFUSAL, content_type="text/plain")
