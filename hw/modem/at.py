"""The AT conversation (3GPP TS 27.007, 27.005, V.250): lines in, lines out, one command at a time.

Pure: bytes and the time go in, bytes to send and ``Reply``/``Urc`` come out. A line that comes
while a command is open belongs to it if it has the command's prefix; any other is unsolicited.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO

_LONGEST_LINE = 4096  # a longer one is noise: wrong speed, or audio on the wrong port

_FINAL_GOOD = frozenset({"OK", "CONNECT", "VCON"})
_FINAL_BAD = re.compile(r"^(ERROR|\+CM[ES] ERROR: ?.*|COMMAND NOT SUPPORT)$")
_CALL_RESULTS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})
_ESCAPE = b"\x1b"
_CTRL_Z = "\x1a"

_WITH_PDU = ("+CMT:", "+CDS:", "+CBM:")
"""Unsolicited lines whose second line is a PDU."""

_PDU = re.compile(r"^[0-9A-Fa-f]+$")

_WITH_LINES = "+CUSD:"
_LONGEST_QUOTED = 1000
"""What the network says may have several lines, between quotes. (A text whose quotes do not
pair ends here, or nothing else would ever be heard.)"""

_NOT_FREE = re.compile(r"^([+^]|RING$|VOICE CALL|MISSED_CALL|NO CARRIER$|BUSY$|NO ANSWER$)")
"""What is never the answer of a command without a prefix."""

TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line.

    ``prefix`` marks its answer lines ("+CSQ:"); with ``free``, lines without any mark are its
    own too (a name, the PDU under ``+CMGL:``). ``body`` is sent after the prompt "> ". No answer
    to a ``patient`` one is no sign that the modem is gone. ``then`` is called with what came of
    it.
    """

    text: str
    prefix: str = ""
    free: bool = False
    body: str = ""
    timeout_s: float = 5.0
    patient: bool = False
    then: Callable[[Reply], None] | None = None

    @property
    def name(self) -> str:
        """Without its values, which may be secret: for the log."""
        return self.text.partition("=")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A command's end. ``lines`` are its own; ``result`` is "OK", "ERROR", ..., or "TIMEOUT"
    when the modem said nothing more."""

    command: Command
    lines: tuple[str, ...]
    result: str

    @property
    def ok(self) -> bool:
        """Whether the modem took it."""
        return self.result in _FINAL_GOOD


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line; ``pdu`` is the line under it, where there is one."""

    line: str
    pdu: str = ""


class Chat:
    """One command port's conversation."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._open: Command | None = None
        self._lines: list[str] = []
        self._deadline_s = 0.0
        self._received = b""
        self._replying = b""
        self._announced = ""
        self._quoted = ""

    @property
    def idle(self) -> bool:
        """Whether nothing is open or waiting."""
        return self._open is None and not self._waiting

    def ask(self, command: Command, *, first: bool = False) -> None:
        """Queue ``command``; ``first``: before all that waits."""
        if first:
            self._waiting.appendleft(command)
        else:
            self._waiting.append(command)

    def withdraw(self, command: Command) -> bool:
        """Forget a command that still waits; False when it is out, or done."""
        waited = command in self._waiting
        if waited:
            self._waiting.remove(command)
        return waited

    def to_send(self, now_s: float) -> bytes:
        """The body the prompt asked for, or the next command line, once the one before is
        answered; b"" while there is none."""
        replying, self._replying = self._replying, b""
        if replying or self._open is not None or not self._waiting:
            return replying
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
        self._look_for_prompt()
        if self._open is not None and now_s >= self._deadline_s:
            if self._open.body:
                self._replying = _ESCAPE  # it may still wait for text, and would eat commands
            found.append(self._end(TIMEOUT))
        return found

    def _look_for_prompt(self) -> None:
        if self._open is not None and self._open.body and self._received.startswith(b">"):
            self._received = b""
            self._replying = (self._open.body + _CTRL_Z).encode("ascii")

    def _take(self, line: str) -> list[Reply | Urc]:
        if self._announced:
            announced, self._announced = self._announced, ""
            if _PDU.match(line):
                return [Urc(announced, pdu=line)]
        if line.startswith(_WITH_PDU):
            self._announced = line
            return []
        if self._quoted or (line.startswith(_WITH_LINES) and line.count('"') % 2):
            return self._collect(line)
        return self._answer(self._open, line)

    def _collect(self, line: str) -> list[Reply | Urc]:
        """A text of several lines. A command's end among them ends it: the quote was noise."""
        ends = line in _FINAL_GOOD or bool(_FINAL_BAD.match(line))
        if not ends:
            self._quoted += f"\n{line}" if self._quoted else line
            if self._quoted.count('"') % 2 and len(self._quoted) < _LONGEST_QUOTED:
                return []
        text, self._quoted = self._quoted, ""
        found = self._answer(self._open, text)
        return found + self._answer(self._open, line) if ends else found

    def _answer(self, command: Command | None, line: str) -> list[Reply | Urc]:
        final = line in _FINAL_GOOD or _FINAL_BAD.match(line)
        # An echo, before ATE0 or in spite of it; a body is echoed with its end.
        if line[:2].upper() == "AT" or (command and line.strip(_CTRL_Z) == command.body != ""):
            return []
        if command is None:
            # A late "OK" of a command that was given up says nothing.
            return [] if final else [Urc(line)]
        if final or (line in _CALL_RESULTS and _dials(command)):
            return [self._end(line)]
        if command.prefix and line.startswith(command.prefix):
            self._lines.append(line)
            return []
        if command.free and line.isascii() and line.isprintable() and not _NOT_FREE.match(line):
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
    return bool(re.search(r"(^AT|;)(D[TP]?[0-9*#+]|A$)", command.text))


def fields(line: str) -> list[str]:
    """The comma-separated values after the colon, quotes taken off."""
    _, colon, rest = line.partition(":")
    if not colon:
        return []
    try:
        values = next(csv.reader(StringIO(rest.strip()), skipinitialspace=True), [])
    except csv.Error:  # noise
        return []
    return [value.strip() for value in values]
