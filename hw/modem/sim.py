"""A simulated EC25 and its network: two ptys that answer as the modem does.

The driver opens the ptys' other ends as it would open ``/dev/ttyUSB2`` and ``ttyUSB1``.
``step`` is 20 ms; nothing here looks at a clock. What the far party says is handed in as
``spoken``, what it hears is returned.
"""

from __future__ import annotations

import contextlib
import os
import re
import tty
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hw.signal.playout import FRAME_BYTES, SILENCE, Playout

_RING_FRAMES = 250  # RING every 5 s
_ALERT_FRAMES = 50  # the called telephone rings after 1 s
_FAR_ANSWER_FRAMES = 150  # and is answered 2 s later
_JITTER_FRAMES, _MOST_FRAMES = 3, 10
_BACKLOG_BYTES = 65536


class ModemState(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    CALLING = "calling"


@dataclass(frozen=True, slots=True)
class Answered:
    """The box answered."""


@dataclass(frozen=True, slots=True)
class BoxHungUp:
    """The box hung up, or refused the call."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The box dialled ``number``."""

    number: str


@dataclass(frozen=True, slots=True)
class FarAnswered:
    """The number it dialled answered."""


@dataclass(frozen=True, slots=True)
class Toned:
    """The box had the network send a digit."""

    digit: str


SimModemEvent = Answered | BoxHungUp | Dialled | FarAnswered | Toned

_ANSWERS = {
    "+CGMI": "Quectel",
    "+CGMM": "EC25",
    "+CGMR": "EC25EFAR06A09M4G",
    "+CGSN": "867698040000017",
    "+CIMI": "432113000000017",
    "+CPIN?": "+CPIN: READY",
    "+QPCMV?": "+QPCMV: 0,0",
    "+CNUM": '+CNUM: "","+989120000017",145',
    "+CSCA?": '+CSCA: "+989110000000",145',
}
"""Queries with a fixed answer; the identifiers are of no real modem or SIM."""

_TAKEN = re.compile(
    r"^(\+COPS=|\+CREG=|\+CMEE=|\+QGPSCFG=|\+CSSN=|\+CMGF=|\+CNMI=|\+CSCS=|\+CLIP=|\^DSCI=|Z$|E0$|$)"
)


class SimModem:
    """One modem and the network around it. The ptys are linked at ``at`` and ``audio``."""

    def __init__(self, at: Path, audio: Path, signal_csq: int = 20) -> None:
        self._at = _Pty(at)
        self._audio = _Pty(audio)
        self._csq = signal_csq
        self._command = b""
        self._pcm = False
        self._echo = True
        self._in_network = True
        self._frames = 0
        self._number = ""
        self._inbound = False
        self._state = ModemState.IDLE
        self._heard = Playout(_JITTER_FRAMES, _MOST_FRAMES)
        self._partial = b""
        self._events: list[SimModemEvent] = []

    @property
    def state(self) -> ModemState:
        """What the call is doing, seen from the network."""
        return self._state

    @property
    def in_network(self) -> bool:
        """Whether there is a network."""
        return self._in_network

    def ring(self, number: str) -> None:
        """Somebody calls the SIM; "" withholds the number.

        Raises:
            RuntimeError: there is a call already, or no network.
        """
        if not self._in_network or self._state is not ModemState.IDLE:
            raise RuntimeError(
                f"the SIM is {self._state}" if self._in_network else "there is no network"
            )
        self._begin(ModemState.RINGING, number, inbound=True)
        self._dsci(4)

    def hang_up(self) -> None:
        """The far party hangs up."""
        if self._state is not ModemState.IDLE:
            self._end()
            self._urc("NO CARRIER")

    def lose_network(self) -> None:
        """The network goes away, and the call with it."""
        self.hang_up()
        self._in_network = False
        self._urc("+CREG: 2")

    def find_network(self) -> None:
        """The network is back."""
        self._in_network = True
        self._urc('+CREG: 1,"1A2B","01C3D4E5",7')

    def events(self) -> list[SimModemEvent]:
        """What the box did since the last call, in order."""
        events, self._events = self._events, []
        return events

    def step(self, converse: Callable[[bytes], bytes]) -> None:
        """20 ms. ``converse`` is given what the far party hears and returns what it says; it is
        called only while a call is up."""
        self._frames += 1
        self._read_commands()
        if self._state is ModemState.RINGING and self._frames % _RING_FRAMES == 1:
            self._urc("RING")
        elif self._state is ModemState.CALLING:
            self._progress()
        elif self._state is ModemState.TALKING:
            self._exchange(converse)

    def close(self) -> None:
        """Unplug the modem."""
        self._at.close()
        self._audio.close()

    # -- the call -------------------------------------------------------------------------

    def _begin(self, state: ModemState, number: str, *, inbound: bool) -> None:
        self._state, self._number, self._inbound, self._frames = state, number, inbound, 0

    def _end(self) -> None:
        self._state = ModemState.IDLE
        self._heard.clear()
        self._dsci(6)

    def _progress(self) -> None:
        if self._frames == _ALERT_FRAMES:
            self._dsci(7)
        elif self._frames == _FAR_ANSWER_FRAMES:
            self._state = ModemState.TALKING
            self._dsci(3)
            self._events.append(FarAnswered())

    def _exchange(self, converse: Callable[[bytes], bytes]) -> None:
        self._partial += self._audio.read()
        while len(self._partial) >= FRAME_BYTES:
            self._heard.put(self._partial[:FRAME_BYTES])
            self._partial = self._partial[FRAME_BYTES:]
        spoken = converse(self._heard.take() or SILENCE)
        if self._pcm:
            self._audio.write(spoken)

    # -- the command port -----------------------------------------------------------------

    def _read_commands(self) -> None:
        self._command += self._at.read()
        while b"\r" in self._command:
            line, _, self._command = self._command.partition(b"\r")
            text = line.decode("latin-1").strip()
            if self._echo and text:
                self._at.write(f"{text}\r".encode())
            if text.upper().startswith("AT"):
                self._obey(text[2:])

    def _obey(self, text: str) -> None:
        """One command line; its parts are separated by semicolons, a D takes the rest."""
        lines: list[str] = []
        while text:
            if text[0] in "Dd":
                self._say(*lines, self._dial(text[1:].rstrip(";")))
                return
            part, _, text = text.partition(";")
            result = self._part(part, lines)
            if result != "OK":
                self._say(*lines, result)
                return
        self._say(*lines, "OK")

    def _part(self, part: str, lines: list[str]) -> str:
        if part == "A":
            return self._answer()
        if (answer := self._query(part)) is not None:
            lines += answer
        elif part in ("+CHUP", "H"):
            self._box_hangs_up()
        elif part.startswith("+QPCMV="):
            self._pcm = part.startswith("+QPCMV=1")
        elif part.startswith("+VTS="):
            self._events.append(Toned(part[5:].strip('"')))
        elif _TAKEN.match(part):
            self._echo = self._echo and part != "E0"
        else:
            return "ERROR"
        return "OK"

    def _query(self, part: str) -> list[str] | None:
        """The answer's lines, None when it is no query."""
        if part in _ANSWERS:
            return [_ANSWERS[part]]
        match part:
            case "+CSQ":
                return [f"+CSQ: {self._csq if self._in_network else 99},99"]
            case "+CREG?":
                return [f"+CREG: 2,{1 if self._in_network else 2}"]
            case "+CLCC":
                return self._list_calls()
            case _ if part.startswith("+CPMS="):
                return ["+CPMS: 0,50,0,50,0,50"]
        return None

    def _answer(self) -> str:
        if self._state is not ModemState.RINGING:
            return "NO CARRIER"
        self._state = ModemState.TALKING
        self._audio.read()
        self._partial = b""
        self._dsci(3)
        self._events.append(Answered())
        return "OK"

    def _dial(self, number: str) -> str:
        if not self._in_network or self._state is not ModemState.IDLE:
            return "NO CARRIER"
        self._begin(ModemState.CALLING, number, inbound=False)
        self._audio.read()
        self._partial = b""
        self._dsci(2)
        self._events.append(Dialled(number))
        return "OK"

    def _box_hangs_up(self) -> None:
        if self._state is not ModemState.IDLE:
            self._end()
            self._events.append(BoxHungUp())

    def _list_calls(self) -> list[str]:
        if self._state is ModemState.IDLE:
            return []
        state = {ModemState.RINGING: 4, ModemState.TALKING: 0, ModemState.CALLING: 2}[self._state]
        kind = 145 if self._number.startswith("+") else 129
        return [f'+CLCC: 1,{int(self._inbound)},{state},0,0,"{self._number}",{kind}']

    def _dsci(self, state: int) -> None:
        kind = 145 if self._number.startswith("+") else 129
        self._urc(f"^DSCI: 1,{int(self._inbound)},{state},0,{self._number},{kind}")

    def _urc(self, line: str) -> None:
        self._at.write(f"\r\n{line}\r\n".encode())

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._urc(line)


class _Pty:
    """A pty in raw mode whose other end is linked at ``link``. What nobody reads is dropped."""

    def __init__(self, link: Path) -> None:
        self._master, self._slave = os.openpty()  # the slave stays open, or EIO without a reader
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link = link
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))

    def read(self) -> bytes:
        received = b""
        with contextlib.suppress(BlockingIOError):
            while len(received) < _BACKLOG_BYTES:
                received += os.read(self._master, 4096)
        return received

    def write(self, some: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, some)

    def close(self) -> None:
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
