"""The serving half of a link: one Unix socket, a board of rows, orders dispatched by name.

``Board`` is what the daemon shows: it holds the rows as they are and numbers every change.
``Server`` answers calls on an object that implements one of the API protocols, on the
daemon's own event loop. A subscriber that reads too slowly is not waited for: its events are
dropped, it sees the gap in ``seq`` and asks for a new snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import socket
import struct
import time
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from firmware.link import frame
from firmware.link.rows import GONE, Row

log = logging.getLogger(__name__)

_BACKLOG_BYTES = 1024 * 1024
"""Unsent bytes at which a subscriber is too slow and loses events."""

_PUBLIC_ERRORS = (KeyError, ValueError, RuntimeError)
"""What an API method may raise on purpose; anything else is a bug and reported as one."""


class Board:
    """The rows a daemon shows, by kind and id, and the number of changes made to them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._rows: dict[str, dict[str, Row]] = {}
        self._clock = clock
        self._listeners: list[Callable[[bytes], None]] = []
        self.seq = 0

    def post(self, name: str, row: Row) -> None:
        """Report that ``name`` happened ("leg.answered"); ``row`` is as it is after it."""
        kind = name.partition(".")[0]
        rows = self._rows.setdefault(kind, {})
        if name in GONE:
            rows.pop(row.id, None)
        else:
            rows[row.id] = row
        self.seq += 1
        if self._listeners:
            line = frame.encode({"event": name, "seq": self.seq, "at": self._clock(), "row": row})
            for listener in list(self._listeners):
                listener(line)

    def snapshot(self) -> dict[str, Any]:
        """All rows, and the number of the last change they contain."""
        return {"seq": self.seq, "rows": {k: list(v.values()) for k, v in self._rows.items()}}

    def listen(self, listener: Callable[[bytes], None]) -> None:
        """Hand every later event, encoded, to ``listener``."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[bytes], None]) -> None:
        """Stop handing events to ``listener``."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)


class Server:
    """One daemon's socket.

    ``api_class`` is the protocol served, ``impl`` the object behind it. ``on_peer`` is told
    the name of each peer that says hello (True) or goes (False).
    """

    def __init__(
        self,
        path: Path,
        name: str,
        api_class: type,
        impl: object,
        board: Board,
    ) -> None:
        self._path = path
        self._name = name
        self._impl = impl
        self._board = board
        self._methods = _methods_of(api_class)
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()
        self.on_peer: Callable[[str, bool], None] = lambda name, there: None

    async def open(self) -> None:
        """Listen. A socket left by a dead process is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        old_mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, path=str(self._path), limit=frame.LIMIT_BYTES
            )
        finally:
            os.umask(old_mask)

    async def close(self) -> None:
        """Stop listening and close every connection, also one that is just being taken."""
        if self._server is not None:
            server, self._server = self._server, None
            await _take_no_more(server)
            server.close()
        for writer in list(self._peers):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._admits(writer):
            writer.close()
            return
        self._peers.add(writer)
        peer = ""

        def pass_on(line: bytes) -> None:
            if writer.transport.get_write_buffer_size() < _BACKLOG_BYTES:
                writer.write(line)

        writer.write(frame.encode({"hello": self._name, "protocol": frame.PROTOCOL}))
        try:
            async for line in reader:
                message = frame.decode(line)
                if "hello" in message:
                    peer = str(message["hello"])
                    self.on_peer(peer, True)
                elif message.get("method") == "subscribe":
                    self._board.forget(pass_on)
                    self._board.listen(pass_on)
                    writer.write(
                        frame.encode({"reply": message["call"], "result": self._board.snapshot()})
                    )
                elif "call" in message:
                    writer.write(frame.encode(await self._answer(message)))
                await writer.drain()
        except (frame.BadFrame, ConnectionError, ValueError) as error:
            log.warning("link %s dropped peer %s: %s", self._name, peer or "?", error)
        finally:
            self._board.forget(pass_on)
            self._peers.discard(writer)
            writer.close()
            if peer:
                self.on_peer(peer, False)

    def _admits(self, writer: asyncio.StreamWriter) -> bool:
        """Whether a peer is one of ours, and came before the link closed."""
        uid = _peer_uid(writer)
        if uid in (0, os.getuid()):
            return self._server is not None
        log.warning("link %s refused a peer with uid %d", self._name, uid)
        return False

    async def _answer(self, message: frame.Frame) -> frame.Frame:
        ident, name = message["call"], str(message.get("method"))
        method = self._methods.get(name)
        if method is None:
            return _refusal(ident, "NoSuchMethod", f"{self._name} has no method {name}")
        try:
            params = msgspec.convert(message.get("params", {}), dict[str, Any])
            arguments = {
                key: msgspec.convert(params[key], hint)
                for key, hint in method.items()
                if key in params
            }
            if unknown := set(params) - set(method):
                raise ValueError(f"{name} takes no {', '.join(sorted(unknown))}")
            if missing := set(method) - set(params):
                raise ValueError(f"{name} needs {', '.join(sorted(missing))}")
            result = getattr(self._impl, name)(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except _PUBLIC_ERRORS as error:
            text = str(error.args[0]) if error.args else str(error)
            return _refusal(ident, type(error).__name__, text)
        return {"reply": ident, "result": result}


async def _take_no_more(server: asyncio.Server) -> None:
    """Take no more connections, and let those that are accepted already arrive: CPython 3.11 leaks
    one whose server closes in the turn between (``Server._attach`` asserts that it is open)."""
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    await asyncio.sleep(0)


def _refusal(ident: object, kind: str, text: str) -> frame.Frame:
    return {"reply": ident, "error": {"kind": kind, "text": text}}


def _methods_of(api_class: type) -> Mapping[str, Mapping[str, Any]]:
    """The methods of a protocol: name to parameter types."""
    methods = {}
    for name, function in inspect.getmembers(api_class, inspect.isfunction):
        if not name.startswith("_"):
            hints = typing.get_type_hints(function)
            hints.pop("return", None)
            methods[name] = hints
    return methods


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    """The user at the other end, from the kernel: unix(7), SO_PEERCRED."""
    sock = writer.get_extra_info("socket")
    _pid, uid, _gid = struct.unpack(
        "3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return int(uid)
