"""The AT conversation (3GPP TS 27.007, V.250): lines in, lines out, one command at a time.

Pure: bytes and the time go in, bytes to send and ``Reply``/``Urc`` come out. A line that comes
while a command is open belongs to it if it has the command's prefix; any other is unsolicited.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

_LONGEST_LINE = 4096  # a longer one is noise: wrong speed, or audio on the wrong port

_FINAL_GOOD = frozenset({"OK", "CONNECT"})
_FINAL_BAD = re.compile(r"^(ERROR|\+CM[ES] ERROR: .*|COMMAND NOT SUPPORT)$")
_CALL_RESULTS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line. ``prefix`` marks its answer lines ("+CSQ:")."""

    text: str
    prefix: str = ""
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A command's end. ``lines`` are those with its prefix; ``result`` "OK", "ERROR", ..., or
    "TIMEOUT" when the modem said nothing more."""

    command: Command
    lines: tuple[str, ...]
    result: str

    @property
    def ok(self) -> bool:
        """Whether the modem took it."""
        return self.result in _FINAL_GOOD


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line."""

    line: str


class Chat:
    """One command port's conversation."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._open: Command | None = None
        self._lines: list[str] = []
        self._deadline_s = 0.0
        self._received = b""

    @property
    def idle(self) -> bool:
        """Whether nothing is open or waiting."""
        return self._open is None and not self._waiting

    def ask(self, command: Command) -> None:
        """Queue ``command``."""
        self._waiting.append(command)

    def to_send(self, now_s: float) -> bytes:
        """The next command line, once the one before is answered; b"" while there is none."""
        if self._open is not None or not self._waiting:
            return b""
        self._open = self._waiting.popleft()
        self._lines = []
        self._deadline_s = now_s + self._open.timeout_s
        return self._open.text.encode("ascii") + b"\r"

    def receive(self, received: bytes, now_s: float) -> list[Reply | Urc]:
        """What ``received`` (b"" just looks at the time) completes."""
        found: list[Reply | Urc] = []
        self._received += received
        *lines, self._received = re.split(rb"[\r\n]+", self._received)
        if len(self._received) > _LONGEST_LINE:
            self._received = b""
        for raw in lines:
            line = raw.decode("latin-1").strip("\0 ")
            if line:
                found += self._take(line)
        if self._open is not None and now_s >= self._deadline_s:
            found.append(self._end("TIMEOUT"))
        return found

    def _take(self, line: str) -> list[Reply | Urc]:
        command = self._open
        if command is None:
            # A late "OK" of a command that was given up says nothing.
            late = line in _FINAL_GOOD or _FINAL_BAD.match(line)
            return [] if late else [Urc(line)]
        if line == command.text:  # echo, before ATE0
            return []
        if line in _FINAL_GOOD or _FINAL_BAD.match(line):
            return [self._end(line)]
        if line in _CALL_RESULTS and _dials(command):
            return [self._end(line)]
        if command.prefix and line.startswith(command.prefix):
            self._lines.append(line)
            return []
        return [Urc(line)]

    def _end(self, result: str) -> Reply:
        assert self._open is not None
        reply = Reply(command=self._open, lines=tuple(self._lines), result=result)
        self._open = None
        return reply


def _dials(command: Command) -> bool:
    """Whether NO CARRIER and its kind may end the command: one that dials or answers."""
    return bool(re.search(r"(^AT|;)(D[0-9*#+]|A$)", command.text))


def fields(line: str) -> list[str]:
    """The comma-separated values after the colon, quotes taken off."""
    _, _, rest = line.partition(":")
    return [
        value.strip().strip('"')
        for value in re.findall(r'(?:"[^"]*"|[^,])+|(?<=,)(?=,|$)', rest.strip())
    ]
