"""A Quectel EC25 on two serial ports: commands on one, call audio on the other.

The dialect is the one of the drivers in the field (chan_quectel): call states come as
``^DSCI: id,dir,state,type,number,type`` (state 2 originated, 3 connected, 4 incoming, 6 ended, 7
alerting), the caller's number also by ``AT+CLCC``; ``AT+QPCMV=1,0`` sends a call's audio as
S16LE, 8 kHz, to the port that otherwise carries GPS.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time
from collections.abc import Callable
from typing import Any

import serial

from hw.modem.at import Chat, Command, Reply, Urc, fields
from hw.modem.port import (
    CallAnswered,
    CallDialled,
    CallEnded,
    CallRang,
    FarRang,
    ModemEvent,
    ModemLost,
    Registered,
    SignalMeasured,
    Unregistered,
)

log = logging.getLogger(__name__)

FRAME_BYTES = 320

_INIT = (
    Command(text="AT"),
    Command(text="ATE0"),
    # A call that a process before us left behind, if any.
    Command(text="AT+CHUP"),
    Command(text="AT^DSCI=1"),
    Command(text="AT+CGMI", prefix="Quectel"),
    Command(text="AT+CGMM", prefix="EC25"),
    Command(text="AT+CGMR", prefix="EC25"),
    Command(text="AT+CMEE=0"),
    Command(text="AT+CGSN"),
    Command(text="AT+CPIN?", prefix="+CPIN:"),
    Command(text="AT+COPS=0,0", timeout_s=60.0),
    Command(text="AT+CREG=2"),
    Command(text="AT+CREG?", prefix="+CREG:"),
    Command(text='AT+QGPSCFG="outport","none"'),
    Command(text="AT+QPCMV?", prefix="+QPCMV:"),
    Command(text="AT+CSSN=1,1"),
    Command(text="AT+CMGF=0"),
    Command(text='AT+CPMS="SM","SM","SM"', prefix="+CPMS:"),
    Command(text="AT+CNMI=2,1,0,2,0"),
)
_SIGNAL = Command(text="AT+CSQ", prefix="+CSQ:")
_CALLS = Command(text="AT+CLCC", prefix="+CLCC:")

_REQUIRED = frozenset({"AT", "ATE0", "AT^DSCI=1", "AT+CREG=2"})
_SIGNAL_EVERY_S = 30.0
_SILENT_COMMANDS = 2
"""So many commands without any answer: the modem is gone though its port is not."""

_CALL_TIMEOUT_S = 60.0
_DIALLED = frozenset("0123456789*#+")

_IN_NETWORK = {"1": False, "5": True}  # +CREG stat: home, roaming
_OUTSIDE = {
    "0": "no network, and not searching",
    "2": "searching for a network",
    "3": "the network refuses the SIM",
    "4": "network state unknown",
}

_ORIGINATED, _CONNECTED, _INCOMING, _ENDED, _ALERTING = "2", "3", "4", "6", "7"


class TtyModem:
    """One EC25. ``at`` and ``audio`` are device paths; ``clock`` gives monotonic seconds.

    Raises:
        ModemLost: a port cannot be opened.
    """

    def __init__(self, at: str, audio: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chat = Chat()
        self._events: list[ModemEvent] = []
        self._at = _open(at)
        try:
            self._audio = _open(audio)
        except ModemLost:
            self._at.close()
            raise
        self._poll = select.epoll()
        for port in (self._at, self._audio):
            self._poll.register(port.fileno(), select.EPOLLIN)
        self._heard = b""
        self._unsent = b""
        self._silent = 0
        self._in_call = False
        self._next_signal_s = 0.0
        for command in _INIT:
            self._chat.ask(command)
        self._work()

    def fileno(self) -> int:
        """Readable when either port is."""
        return self._poll.fileno()

    def events(self) -> list[ModemEvent]:
        """See ``ModemPort``."""
        self._work()
        events, self._events = self._events, []
        return events

    def read(self) -> bytes:
        """See ``ModemPort``."""
        self._heard += _read(self._audio)
        if not self._in_call:
            self._heard = b""  # the last frames of a call that is over
        frame, self._heard = self._heard[:FRAME_BYTES], self._heard[FRAME_BYTES:]
        if len(frame) < FRAME_BYTES:
            self._heard = frame
            return b""
        return frame

    def write(self, frame: bytes) -> None:
        """See ``ModemPort``. A frame that was sent in part is completed before the next: half
        a sample lost would turn the rest of the call into noise."""
        if not self._unsent:
            self._unsent = frame
        sent = _write(self._audio, self._unsent)
        self._unsent = self._unsent[sent:]
        if len(self._unsent) == FRAME_BYTES:
            self._unsent = b""

    def answer(self) -> None:
        """See ``ModemPort``."""
        self._start_audio()
        self._ask(Command(text="AT+QPCMV=0;+QPCMV=1,0;A", timeout_s=_CALL_TIMEOUT_S))

    def dial(self, number: str) -> None:
        """See ``ModemPort``."""
        if not number or set(number) - _DIALLED:
            raise ValueError(f"cannot dial {number!r}: digits, *, # and + only")
        self._start_audio()
        self._ask(Command(text=f"AT+QPCMV=0;+QPCMV=1,0;D{number};", timeout_s=_CALL_TIMEOUT_S))

    def hang_up(self) -> None:
        """See ``ModemPort``."""
        self._in_call = False
        self._ask(Command(text="AT+CHUP", timeout_s=10.0))

    def send_tone(self, digit: str) -> None:
        """See ``ModemPort``."""
        self._ask(Command(text=f"AT+VTS={digit}"))

    def close(self) -> None:
        """See ``ModemPort``. A call, or an order to end it that still waits, is not left behind."""
        if self._in_call or not self._chat.idle:
            with contextlib.suppress(ModemLost):
                _write(self._at, b"AT+CHUP\r")
        self._poll.close()
        for port in (self._at, self._audio):
            with contextlib.suppress(OSError, serial.SerialException):
                port.close()

    # -- the conversation -----------------------------------------------------------------

    def _start_audio(self) -> None:
        self._in_call = True
        self._heard = self._unsent = b""

    def _ask(self, command: Command) -> None:
        self._chat.ask(command)
        self._work()

    def _work(self) -> None:
        now_s = self._clock()
        if self._chat.idle and now_s >= self._next_signal_s:
            self._next_signal_s = now_s + _SIGNAL_EVERY_S
            self._chat.ask(_SIGNAL)
        for found in self._chat.receive(_read(self._at), now_s):
            if isinstance(found, Urc):
                self._unsolicited(found.line)
            else:
                self._answered(found)
        if line := self._chat.to_send(now_s):
            _write(self._at, line)

    def _answered(self, reply: Reply) -> None:
        text = reply.command.text
        if reply.result == "TIMEOUT":
            self._silent += 1
            if self._silent >= _SILENT_COMMANDS:
                raise ModemLost(f"no answer to {text} on {self._at.port}")
        else:
            self._silent = 0
        for line in reply.lines:
            self._told(line, asked=True)
        if reply.ok:
            return
        if "QPCMV=1" in text:
            self._in_call = False
            self._events.append(CallEnded(reply.result))
        elif text == "AT+CPIN?":
            self._events.append(Unregistered(f"the SIM is not there ({reply.result})"))
        elif text in _REQUIRED:
            raise ModemLost(f"{text} is refused ({reply.result}): not an EC25?")
        else:
            log.debug("%s: %s", text, reply.result)

    def _unsolicited(self, line: str) -> None:
        if line in ("RING", "+CRING: VOICE"):
            self._chat.ask(_CALLS)
        elif line in ("NO CARRIER", "BUSY", "NO ANSWER"):
            self._ended(line)
        else:
            self._told(line, asked=False)

    def _told(self, line: str, *, asked: bool) -> None:
        head, _, _ = line.partition(":")
        values = fields(line)
        match head:
            case "+CSQ":
                self._signal(values)
            case "+CREG":
                self._registration(values[1:] if asked else values)
            case "+CPIN":
                if values[:1] != ["READY"]:
                    self._events.append(Unregistered(f"the SIM wants {values[0]}"))
            case "+CLCC":
                self._listed(values)
            case "^DSCI":
                self._call_state(values)

    def _signal(self, values: list[str]) -> None:
        # 27.007 §8.5: 0 is -113 dBm, 31 is -51 dBm, 99 is not known.
        if values and values[0].isdigit() and int(values[0]) <= 31:
            self._events.append(SignalMeasured(-113 + 2 * int(values[0])))

    def _registration(self, values: list[str]) -> None:
        if not values:
            return
        state = values[0]
        if state in _IN_NETWORK:
            self._events.append(Registered(_IN_NETWORK[state]))
        else:
            self._events.append(Unregistered(_OUTSIDE.get(state, f"network state {state}")))

    def _listed(self, values: list[str]) -> None:
        """+CLCC: id,dir,stat,mode,mpty,number,type: dir 1 and stat 4 is a call that rings."""
        if len(values) >= 4 and values[1:4] == ["1", "4", "0"]:
            self._events.append(CallRang(_number(values[5] if len(values) > 5 else "")))

    def _call_state(self, values: list[str]) -> None:
        if len(values) < 4 or values[3] != "0":
            return  # not a voice call
        match values[2]:
            case state if state == _INCOMING:
                self._events.append(CallRang(_number(values[4] if len(values) > 4 else "")))
            case state if state == _ORIGINATED:
                self._events.append(CallDialled())
            case state if state == _ALERTING:
                self._events.append(FarRang())
            case state if state == _CONNECTED:
                self._events.append(CallAnswered())
            case state if state == _ENDED:
                self._ended("ended")

    def _ended(self, why: str) -> None:
        self._in_call = False
        self._events.append(CallEnded(why))


def _number(text: str) -> str:
    return "".join(c for c in text if c in _DIALLED)


def _open(path: str) -> Any:
    try:
        port = serial.Serial(path, 115200, timeout=0, write_timeout=0, exclusive=True)
        port.reset_input_buffer()
    except (serial.SerialException, OSError, ValueError) as error:
        raise ModemLost(f"cannot open {path}: {error}") from error
    return port


def _read(port: Any) -> bytes:
    try:
        received: bytes = port.read(4096)
    except (serial.SerialException, OSError) as error:
        raise ModemLost(f"{port.port}: {error}") from error
    return received


def _write(port: Any, some: bytes) -> int:
    """How many bytes the port took. Not pyserial's own ``write``: without a time-out it spins
    while the buffer is full (3.5)."""
    try:
        return os.write(port.fileno(), some)
    except BlockingIOError:
        return 0
    except (serial.SerialException, OSError) as error:
        raise ModemLost(f"{port.port}: {error}") from error
