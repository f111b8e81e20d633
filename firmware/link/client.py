"""The calling half of a link, blocking: for the command line, the console and the tests.

A ``Link`` makes calls. A ``Feed`` follows a daemon's rows: a snapshot first, then changes,
a new snapshot after every gap or lost connection. Both need one thread to themselves.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import socket
import time
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from firmware.link import frame
from firmware.link.rows import ROWS, Row

P = ParamSpec("P")
R = TypeVar("R")


class LinkDown(ConnectionError):
    """The daemon cannot be reached or went away."""


class Refused(RuntimeError):
    """The daemon answered with an error: ``kind`` is its name, the text says why."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change a daemon reports. ``name`` is "snapshot" for rows that were there before."""

    name: str
    at: float
    kind: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of a daemon's rows by kind: whatever was known before and is not here is gone."""

    rows: Mapping[str, tuple[Row, ...]]


class Link:
    """One connection to a daemon.

    Raises:
        LinkDown: nobody listens on ``path``.
    """

    def __init__(self, path: Path, name: str, timeout_s: float = 5.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise LinkDown(f"{path.stem} does not answer on {path}: {error.strerror}") from error
        self._lines = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._path = path
        try:
            self._send({"hello": name, "protocol": frame.PROTOCOL})
        except LinkDown:
            self.close()
            raise

    def close(self) -> None:
        """Hang up the link."""
        self._lines.close()
        self._socket.close()

    def interrupt(self) -> None:
        """End another thread's wait in this link: it raises LinkDown there."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Ask the daemon; ``method`` is the function of its API protocol.

        Raises:
            Refused: the daemon said no.
            LinkDown: it went away.
        """
        bound = inspect.signature(method).bind(None, *args, **kwargs).arguments
        bound.pop("self")
        result = self._ask(method.__name__, dict(bound))
        hint = typing.get_type_hints(method).get("return", type(None))
        return typing.cast("R", msgspec.convert(result, hint))

    def snapshot(self) -> Mapping[str, tuple[Row, ...]]:
        """All of the daemon's rows by kind, once: for the command line.

        Raises:
            LinkDown: it went away.
        """
        return self._snapshot()[0].rows

    def events(self) -> Iterator[Event]:
        """The rows as they are, then every change, for as long as the daemon lives.

        Raises:
            LinkDown: the connection is lost (also after a silent gap could not be mended).
        """
        for change in self.follow():
            if isinstance(change, Event):
                yield change
                continue
            for kind, rows in change.rows.items():
                for row in rows:
                    yield Event(name=f"{kind}.snapshot", at=time.time(), kind=kind, row=row)

    def follow(self) -> Iterator[Snapshot | Event]:
        """A snapshot, then every change, and a new snapshot after every gap: for a mirror of
        the rows, which must also learn what left while it did not listen.

        Raises:
            LinkDown: as ``events``.
        """
        self._socket.settimeout(None)
        snapshot, seq = self._snapshot()
        yield snapshot
        while True:
            message = self._receive()
            if "event" not in message:
                continue
            if message["seq"] != seq + 1:
                snapshot, seq = self._snapshot()
                yield snapshot
                continue
            seq += 1
            yield event_of(message)

    def _snapshot(self) -> tuple[Snapshot, int]:
        return snapshot_of(self._ask("subscribe", {}))

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        ident = next(self._ids)
        self._send({"call": ident, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("reply") == ident:
                break
        if error := message.get("error"):
            raise Refused(error["kind"], error["text"])
        return message.get("result")

    def _send(self, message: frame.Frame) -> None:
        try:
            self._socket.sendall(frame.encode(message))
        except OSError as error:
            raise LinkDown(f"{self._path.stem} went away: {error}") from error

    def _receive(self) -> frame.Frame:
        try:
            line = self._lines.readline(frame.LIMIT_BYTES)
        except OSError as error:
            raise LinkDown(f"{self._path.stem} does not answer: {error}") from error
        if not line:
            raise LinkDown(f"{self._path.stem} closed the link")
        return frame.decode(line)


def snapshot_of(result: Mapping[str, Any]) -> tuple[Snapshot, int]:
    """The answer to "subscribe": the rows, and the number of the last change they contain."""
    rows = {
        kind: tuple(msgspec.convert(row, ROWS[kind]) for row in rows)
        for kind, rows in result["rows"].items()
    }
    return Snapshot(rows=rows), int(result["seq"])


def event_of(message: frame.Frame) -> Event:
    """The change that an event's frame reports."""
    name: str = message["event"]
    kind = name.partition(".")[0]
    row = msgspec.convert(message["row"], ROWS[kind])
    return Event(name=name, at=message["at"], kind=kind, row=row)
