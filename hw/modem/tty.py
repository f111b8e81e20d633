"""A mobile modem on two serial ports: commands on one, call audio on the other.

Which dialect it speaks is chosen by what it says it is. Audio is S16LE, 8 kHz. The parts
(``calls``, ``sim_card``, ``texts``, ``ussd``) are pure; here are the ports, and what ties them
together.
"""

from __future__ import annotations

import contextlib
import logging
import select
import time
from collections.abc import Callable
from dataclasses import dataclass

from hw.modem.at import Command, Reply
from hw.modem.calls import Calls
from hw.modem.dialect import DIALECTS, Dialect, of_model
from hw.modem.pdu import Tpdu
from hw.modem.port import (
    CallEnded,
    Identified,
    ModemEvent,
    ModemLost,
    ModemOwner,
    ModemSilent,
    TextRefused,
    UssdEnded,
)
from hw.modem.serial_port import SerialPort
from hw.modem.sim_card import Pin, SimCard
from hw.modem.talk import Talk
from hw.modem.texts import Texts
from hw.modem.ussd import Ussd

log = logging.getLogger(__name__)

FRAME_BYTES = 320

_KNOCK_S = 1.0
_KNOCKS = 15

_STARTING = "the modem is starting"
_TEMPORARY_FAILURE = 41  # Q.850


class AudioPort:
    """The audio of a call, in frames. Partly sent and partly received ones are completed: half
    a sample lost would turn the rest of the call into noise."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port
        self._heard = b""
        self._unsent = b""
        self._runs = False

    def start(self) -> None:
        """A call is being made or answered."""
        self._runs = True
        self._heard = self._unsent = b""

    def stop(self) -> None:
        """The call is over; its last frames are not heard any more."""
        self._runs = False

    def read(self) -> bytes:
        """The next frame, or b""."""
        self._heard += self._port.read()
        if not self._runs:
            self._heard = b""
        if len(self._heard) < FRAME_BYTES:
            return b""
        frame, self._heard = self._heard[:FRAME_BYTES], self._heard[FRAME_BYTES:]
        return frame

    def write(self, frame: bytes) -> None:
        """Send a frame, or the rest of the one before."""
        if not self._unsent:
            self._unsent = frame
        self._unsent = self._unsent[self._port.write(self._unsent) :]
        if len(self._unsent) == FRAME_BYTES:
            self._unsent = b""


@dataclass(slots=True)
class _Parts:
    """What a modem has once we know its dialect."""

    calls: Calls
    texts: Texts
    ussd: Ussd


class TtyModem:
    """One modem. ``at`` and ``audio`` are device paths; ``clock`` gives monotonic seconds;
    ``imei``, unless it is "", is whose modem this must be; ``restart``: tell it to start anew
    first, whatever state it is in.

    Raises:
        ModemLost: a port cannot be opened.
    """

    def __init__(
        self,
        at: str,
        audio: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        pin: Pin | None = None,
        imei: str = "",
        owner: ModemOwner | None = None,
        restart: bool = False,
    ) -> None:
        self._clock = clock
        self._owner = owner
        self._pin = pin or Pin()
        self._wanted_imei = imei
        self._talk = Talk(at)
        self._parts: _Parts | None = None
        self._at = SerialPort(at)
        try:
            self._audio_port = SerialPort(audio)
        except ModemLost:
            self._at.close()
            raise
        self._audio = AudioPort(self._audio_port)
        self._poll = select.epoll()
        for port in (self._at, self._audio_port):
            self._poll.register(port.fileno(), select.EPOLLIN)
        # An escape first: it may wait for the text of a message since before it was lost.
        self._at.write(b"\x1b\r" + (b"AT+CFUN=1,1\r" if restart else b""))
        self._knock(_KNOCKS)
        self._work()

    # -- who it is ------------------------------------------------------------------------

    def _knock(self, times: int) -> None:
        """A modem that was just plugged in says nothing for some seconds."""

        def answered(reply: Reply) -> None:
            if reply.ok:
                self._ask_who_it_is()
            elif times > 1:
                self._knock(times - 1)
            else:
                raise ModemSilent(f"{self._at.path} does not answer: no modem, or it hangs")

        self._talk.order(Command(text="AT", timeout_s=_KNOCK_S, patient=True, then=answered))

    def _ask_who_it_is(self) -> None:
        ask = self._talk.ask
        ask("ATE0")
        ask("AT+CMEE=1")
        ask("AT+CHUP")  # a call that a process before us left behind, if any
        said: dict[str, str] = {}
        for text in ("AT+CGMM", "AT+CGMR", "AT+CGSN"):
            self._talk.order(
                Command(text=text, free=True, prefix=f"{text[2:]}:", then=self._noter(said, text))
            )

    def _noter(self, said: dict[str, str], text: str) -> Callable[[Reply], None]:
        def note(reply: Reply) -> None:
            line = reply.lines[-1] if reply.lines else ""  # what came before it was noise
            said[text] = line.removeprefix(f"{text[2:]}:").strip().strip('"')
            if text == "AT+CGSN":
                self._identify(said["AT+CGMM"], said["AT+CGMR"], said["AT+CGSN"])

        return note

    def _identify(self, model: str, firmware: str, imei: str) -> None:
        if self._owner is not None:
            self._owner.identified(imei)
        if self._wanted_imei and imei != self._wanted_imei:
            raise ModemLost(
                f"{self._at.path} is the modem with IMEI {imei or 'unknown'}, "
                f"not {self._wanted_imei}"
            )
        dialect = of_model(model)
        if dialect is None:
            known = ", ".join(d.name for d in DIALECTS)
            raise ModemLost(
                f"{self._at.path} says it is {model or 'nothing'!r}, which this release does not "
                f"know; it knows {known} and their kin"
            )
        log.info("%s: %s, IMEI %s, firmware %s", self._at.path, model, imei, firmware)
        self._talk.emit(Identified(model=model, imei=imei, firmware=firmware))
        self._begin(dialect)

    def _begin(self, dialect: Dialect) -> None:
        for text in dialect.init:
            self._talk.ask(text)
        texts = Texts(self._talk, dialect.memories)
        self._parts = _Parts(
            calls=Calls(self._talk, dialect, self._audio),
            texts=texts,
            ussd=Ussd(self._talk, dialect.ussd),
        )
        SimCard(self._talk, dialect, self._pin, texts.start).start()

    # -- ModemPort ------------------------------------------------------------------------

    def fileno(self) -> int:
        """Readable when either port is."""
        return self._poll.fileno()

    def events(self) -> list[ModemEvent]:
        """See ``ModemPort``."""
        self._work()
        return self._talk.events()

    def read(self) -> bytes:
        """See ``ModemPort``."""
        return self._audio.read()

    def write(self, frame: bytes) -> None:
        """See ``ModemPort``."""
        self._audio.write(frame)

    def answer(self) -> None:
        """See ``ModemPort``."""
        if self._parts is not None:
            self._parts.calls.answer()
            self._work()

    def dial(self, number: str) -> None:
        """See ``ModemPort``."""
        if self._parts is None:
            self._talk.emit(CallEnded(_STARTING, _TEMPORARY_FAILURE))
        else:
            self._parts.calls.dial(number)
            self._work()

    def hang_up(self) -> None:
        """See ``ModemPort``."""
        if self._parts is not None:  # else AT+CHUP is among the first commands anyway
            self._parts.calls.hang_up()
            self._work()

    def send_tone(self, digit: str) -> None:
        """See ``ModemPort``."""
        if self._parts is not None:
            self._parts.calls.tone(digit)
            self._work()

    def send_text(self, ident: str, parts: tuple[Tpdu, ...]) -> None:
        """See ``ModemPort``."""
        if self._parts is None:
            self._talk.emit(TextRefused(id=ident, why=_STARTING, may_pass=True))
        else:
            self._parts.texts.send(ident, parts)
            self._work()

    def delete_text(self, memory: str, index: int) -> None:
        """See ``ModemPort``."""
        if self._parts is not None:  # else it is read and told of again
            self._parts.texts.delete(memory, index)
            self._work()

    def ussd(self, code: str) -> None:
        """See ``ModemPort``."""
        if self._parts is None:
            self._talk.emit(UssdEnded(_STARTING))
        else:
            self._parts.ussd.send(code)
            self._work()

    def cancel_ussd(self) -> None:
        """See ``ModemPort``."""
        if self._parts is not None:
            self._parts.ussd.cancel()
            self._work()

    def close(self) -> None:
        """See ``ModemPort``. A call, or an order to end it that still waits, is not left behind."""
        if (self._parts is not None and self._parts.calls.up) or not self._talk.idle:
            with contextlib.suppress(ModemLost):
                self._at.write(b"AT+CHUP\r")
        self._poll.close()
        self._at.close()
        self._audio_port.close()

    def _work(self) -> None:
        try:
            to_send = self._talk.work(self._at.read(), self._clock())
        except ModemSilent:
            if self._owner is not None:
                self._owner.fell_silent()
            raise
        while to_send:
            sent = self._at.write(to_send)
            if not sent:
                raise ModemLost(f"{self._at.path} takes no commands")
            to_send = to_send[sent:]
