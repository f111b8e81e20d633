"""A simulated modem and its network: two ptys that answer as the modem does.

The driver opens the ptys' other ends as it would open ``/dev/ttyUSB2`` and ``ttyUSB1``.
``step`` is 20 ms; nothing here looks at a clock. What the far party says is handed in as
``spoken``, what it hears is returned. ``faults`` are what modems do wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from hw.modem import alphabet
from hw.modem.sim_kinds import EC25, Kind
from hw.modem.sim_pty import Pty
from hw.modem.sim_texts import SimTexts
from hw.signal.playout import FRAME_BYTES, SILENCE, Playout

_RING_FRAMES = 250  # RING every 5 s
_ALERT_FRAMES = 50  # the called telephone rings after 1 s
_FAR_ANSWER_FRAMES = 150  # and is answered 2 s later
_JITTER_FRAMES, _MOST_FRAMES = 3, 10
_NORMAL_CLEARING = 16
_USER_BUSY = 17
_ALL_TRIES = 3


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


@dataclass(frozen=True, slots=True)
class Texted:
    """The box sent a short message; it is here whole."""

    number: str
    text: str


SimModemEvent = Answered | BoxHungUp | Dialled | FarAnswered | Toned | Texted


@dataclass(slots=True)
class Faults:
    """What is wrong with the modem, its SIM or the network.

    ``refuses`` has for the beginning of a command the results it gets instead, one each time.
    ``far_cause`` ends dialled calls with that Q.850 number instead of an answer.
    """

    echoes: bool = False  # says every command again, whatever ATE0 said
    garbage: bytes = b""  # comes before every answer
    silent: bool = False
    refuses: dict[str, list[str]] = field(default_factory=dict)
    pin: str = ""
    tries_left: int = _ALL_TRIES
    no_sim: bool = False
    far_cause: int = 0


class SimModem:
    """One modem and the network around it. The ptys are linked at ``at`` and ``audio``; ``now``
    gives the network's time in Unix seconds."""

    def __init__(
        self,
        at: Path,
        audio: Path,
        signal_csq: int = 20,
        *,
        kind: Kind = EC25,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._at = Pty(at)
        self._audio = Pty(audio)
        self._csq = signal_csq
        self._kind = kind
        self._command = b""
        self._body_of: int | None = None  # the length that AT+CMGS said, while its body is awaited
        self._pcm = False
        self._echo = True
        self._in_network = True
        self._frames = 0
        self._number = ""
        self._inbound = False
        self._state = ModemState.IDLE
        self._cause = 0
        self._heard = Playout(_JITTER_FRAMES, _MOST_FRAMES)
        self._partial = b""
        self._events: list[SimModemEvent] = []
        self._ussd: list[tuple[int, str]] = []
        self.imei = kind.answers["+CGSN"]
        self.faults = Faults()
        self.attended = False  # calls of the box's ring until ``answer`` is called
        self.ussd_menu: dict[str, tuple[int, str]] = {
            "*140#": (0, "اعتبار شما ۱۲۵۰۰ ریال است"),
            "*141#": (0, "Your balance is 12500"),
            "*1#": (1, "1: Balance\n2: Package"),
            "1": (0, "Your balance is 12500"),
        }
        self._orders = self._orders_of(kind)
        self._queries = self._queries_of(kind)
        self.texts = SimTexts(self._urc, lambda n, t: self._events.append(Texted(n, t)), now)

    @property
    def state(self) -> ModemState:
        """What the call is doing, seen from the network."""
        return self._state

    @property
    def in_network(self) -> bool:
        """Whether there is a network."""
        return self._in_network

    def ring(self, number: str) -> None:
        """Somebody calls the SIM; "" withholds the number. While it talks, the call waits.

        Raises:
            RuntimeError: it rings or dials already, or there is no network.
        """
        if self._in_network and self._state is ModemState.TALKING:
            self._urc(f'+CCWA: "{number}",{_type_of(number)},1')
            return
        if not self._in_network or self._state is not ModemState.IDLE:
            raise RuntimeError(
                f"the SIM is {self._state}" if self._in_network else "there is no network"
            )
        self._begin(ModemState.RINGING, number, inbound=True)
        self._report("incoming")

    def hang_up(self, cause: int = _NORMAL_CLEARING) -> None:
        """The far party hangs up, or the network ends the call."""
        if self._state is not ModemState.IDLE:
            missed = self._state is ModemState.RINGING
            self._end(cause)
            self._urc("NO CARRIER")
            if missed:
                self._report("missed")

    def answer(self) -> None:
        """Whom the box calls answers.

        Raises:
            RuntimeError: nobody is called.
        """
        if self._state is not ModemState.CALLING:
            raise RuntimeError(f"nobody is called: the SIM is {self._state}")
        self._talk()
        self._events.append(FarAnswered())

    def refuse(self) -> None:
        """Whom the box calls is busy.

        Raises:
            RuntimeError: nobody is called.
        """
        if self._state is not ModemState.CALLING:
            raise RuntimeError(f"nobody is called: the SIM is {self._state}")
        self._end(_USER_BUSY)
        self._urc("BUSY")

    def lose_network(self) -> None:
        """The network goes away, and the call with it."""
        self.hang_up(38)
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
        self.texts.step()
        for mode, text in self._ussd:
            self._urc(self._ussd_line(mode, text))
        self._ussd.clear()
        if self._state is ModemState.RINGING and self._frames % _RING_FRAMES == 1:
            self._urc("RING")
            withheld = 0 if self._number else 1
            self._urc(f'+CLIP: "{self._number}",{_type_of(self._number)},"",0,"",{withheld}')
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

    def _end(self, cause: int) -> None:
        self._state, self._cause = ModemState.IDLE, cause
        self._heard.clear()
        if self._kind.audio_frames is not None:
            self._pcm = False
        self._report("ended")

    def _progress(self) -> None:
        if self._frames == _ALERT_FRAMES:
            if self.faults.far_cause:
                self._end(self.faults.far_cause)
                self._urc("BUSY" if self._cause == _USER_BUSY else "NO CARRIER")
                return
            self._report("alerting")
        elif self._frames == _FAR_ANSWER_FRAMES and not self.attended:
            self.answer()

    def _talk(self) -> None:
        self._state, self._frames, self._partial = ModemState.TALKING, 0, b""
        self._audio.read()
        self._report("connected")

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
        while True:
            end = b"\x1a" if self._body_of is not None else b"\r"
            if self._body_of is not None and b"\x1b" in self._command:
                self._command = self._command.partition(b"\x1b")[2]
                self._body_of = None
                self._say("OK")
                continue
            if end not in self._command:
                return
            line, _, self._command = self._command.partition(end)
            text = line.decode("latin-1").strip().removeprefix("\x1b")
            if (self._echo or self.faults.echoes) and text:
                self._at.write(line + end)
            if self._body_of is not None:
                self._take_body(text)
            elif text.upper().startswith("AT") and not self.faults.silent:
                self._at.write(self.faults.garbage)
                self._obey(text[2:])

    def _take_body(self, text: str) -> None:
        length, self._body_of = self._body_of or 0, None
        if not self._in_network:
            self._say("+CMS ERROR: 331")
            return
        try:
            lines = self.texts.submit(text, length)
        except ValueError:
            self._say("+CMS ERROR: 304")
        else:
            self._say(*lines, "OK")

    def _obey(self, text: str) -> None:
        """One command line; its parts are separated by semicolons, a D takes the rest."""
        lines: list[str] = []
        while text:
            if refusal := self._refusal(text):
                self._say(*lines, refusal)
                return
            if text[0] in "Dd":
                self._say(*lines, self._dial(text[1:].rstrip(";")))
                return
            if text.startswith("+CMGS="):
                self._body_of = int(text[6:])
                self._at.write(b"\r\n> ")
                return
            part, _, text = text.partition(";")
            result = self._part(part, lines)
            if result != "OK":
                self._say(*lines, result)
                return
        self._say(*lines, "OK")

    def _refusal(self, text: str) -> str:
        for begins, results in self.faults.refuses.items():
            if text.startswith(begins) and results:
                return results.pop(0)
        return ""

    def _part(self, part: str, lines: list[str]) -> str:
        for begins, obey in self._orders.items():
            if part.startswith(begins):
                return obey(part)
        try:
            answer = self._query(part)
        except (KeyError, ValueError):
            return "+CMS ERROR: 321"
        if answer is not None:
            lines += answer
        elif not self._kind.takes.match(part):
            return "ERROR"
        self._echo = self._echo and part != "E0"
        return "OK"

    def _orders_of(self, kind: Kind) -> dict[str, Callable[[str], str]]:
        """What a command that begins so does; its result."""
        orders = {
            "A": lambda _part: self._answer(),
            "+CHUP": lambda _part: self._box_hangs_up(),
            kind.audio_on: lambda _part: self._turn_audio_on(),
            "+VTS=": self._tone,
            "^DTMF=": self._tone,
            "+CPIN=": lambda part: self._enter_pin(part[6:].strip('"')),
            "+CUSD=1,": lambda part: self._take_ussd(part.split(",")[1].strip('"')),
        }
        if kind.audio_off:
            orders[kind.audio_off] = lambda _part: self._turn_audio_off()
        return orders

    def _queries_of(self, kind: Kind) -> dict[str, Callable[[], str]]:
        """The one line that answers a query."""
        queries: dict[str, Callable[[], str]] = {
            "+CGSN": lambda: self.imei,
            "+CSQ": lambda: f"+CSQ: {self._csq if self._in_network else 99},99",
            "+CREG?": lambda: f"+CREG: 2,{1 if self._in_network else 2}",
            kind.tries[0]: lambda: kind.tries[1].format(left=self.faults.tries_left),
        }
        if kind.tells_cause:
            queries["+CEER"] = lambda: f"+CEER: {self._cause}"
        return queries

    def _query(self, part: str) -> list[str] | None:
        """The answer's lines, None when it is no query."""
        if part in self._queries:
            return [self._queries[part]()]
        if part == "+CLCC":
            return self._list_calls()
        if part == "+CPIN?" and not self.faults.no_sim:
            return [f"+CPIN: {'SIM PIN' if self.faults.pin else 'READY'}"]
        if part in self._kind.answers:
            return [self._kind.answers[part]]
        return self.texts.query(part)

    def _tone(self, part: str) -> str:
        self._events.append(Toned(part.rpartition("=")[2].rpartition(",")[2].strip('"')))
        return "OK"

    def _turn_audio_off(self) -> str:
        self._pcm = False
        return "OK"

    def _turn_audio_on(self) -> str:
        waits = self._kind.audio_frames
        talks = self._state is ModemState.TALKING
        if waits is not None and not (talks and self._frames >= waits):
            return "ERROR"
        self._pcm = True
        return "OK"

    def _enter_pin(self, code: str) -> str:
        if code != self.faults.pin:
            self.faults.tries_left -= 1
            return "+CME ERROR: 16" if self.faults.tries_left else "+CME ERROR: 12"
        self.faults.pin = ""
        return "OK"

    def _take_ussd(self, written: str) -> str:
        code = written
        if self._kind.packed_ussd:
            octets = bytes.fromhex(written)
            code = alphabet.text_of(alphabet.unpack(octets, 8 * len(octets) // 7)).rstrip("@")
        if not self._in_network:
            return "+CME ERROR: 30"
        self._ussd.append(self.ussd_menu.get(code, (4, "")))
        return "OK"

    def _ussd_line(self, mode: int, text: str) -> str:
        if not text:
            return f"+CUSD: {mode}"
        if not alphabet.fits(text):
            coding = 15 if self._kind.packed_ussd else 72
            return f'+CUSD: {mode},"{text.encode("utf-16-be").hex().upper()}",{coding}'
        if self._kind.packed_ussd:
            text = alphabet.pack(alphabet.septets_of(text)).hex().upper()
        return f'+CUSD: {mode},"{text}",15'

    def _answer(self) -> str:
        if self._state is not ModemState.RINGING:
            return "NO CARRIER"
        self._talk()
        self._events.append(Answered())
        return "OK"

    def _dial(self, number: str) -> str:
        if not self._in_network or self._state is not ModemState.IDLE:
            self._cause = 38
            return "NO CARRIER"
        self._begin(ModemState.CALLING, number, inbound=False)
        self._audio.read()
        self._partial = b""
        self._report("dialled")
        self._events.append(Dialled(number))
        return "OK"

    def _box_hangs_up(self) -> str:
        if self._state is not ModemState.IDLE:
            self._end(_NORMAL_CLEARING)
            self._events.append(BoxHungUp())
        return "OK"

    def _list_calls(self) -> list[str]:
        if self._state is ModemState.IDLE:
            return []
        alerting = self._frames >= _ALERT_FRAMES
        state = {
            ModemState.RINGING: 4,
            ModemState.TALKING: 0,
            ModemState.CALLING: 3 if alerting else 2,
        }[self._state]
        kind = _type_of(self._number)
        return [f'+CLCC: 1,{int(self._inbound)},{state},0,0,"{self._number}",{kind}']

    def _report(self, what: str) -> None:
        line = self._kind.reports.get(what, "")
        if line:
            self._urc(
                line.format(
                    number=self._number,
                    type=_type_of(self._number),
                    inbound=int(self._inbound),
                    cause=self._cause,
                    seconds=self._frames // 50,
                )
            )

    def _urc(self, line: str) -> None:
        self._at.write(f"\r\n{line}\r\n".encode())

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._urc(line)


def _type_of(number: str) -> int:
    return 145 if number.startswith("+") else 129
