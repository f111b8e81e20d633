"""An analogue voice modem on a serial port: V.253 commands, and audio shielded by DLE.

Whether it can speak and listen at once nobody tells before it is asked in a call (``AT+VTR``). If
it cannot, it listens, and turns to speaking while there is something to say: sound that is
written is kept while it turns, so that nothing of an announcement is lost; what the caller says
meanwhile is not heard, but keys are.
"""

from __future__ import annotations

import contextlib
import logging
import select
import time
from collections import deque
from collections.abc import Callable

from hw.modem import dle
from hw.modem.at import Command, Reply, Urc
from hw.modem.pace import Pace
from hw.modem.port import ModemLost, ModemOwner, ModemSilent
from hw.modem.serial_port import SerialPort
from hw.modem.talk import Talk
from hw.modem.voice_dialect import (
    COMMON_ABILITIES,
    DUPLEX,
    VOICE_DIALECTS,
    VoiceDialect,
    of_ident,
)
from hw.modem.voice_port import (
    AnswerFailed,
    CallerRead,
    DialFailed,
    FarAnswered,
    FarHungUp,
    FaxHeard,
    KeyHeard,
    RingHeard,
    VoiceEvent,
    VoiceIdentified,
)
from hw.modem.voice_stream import Mode, Stream
from hw.signal.level import level_dbm0
from hw.signal.playout import FRAME_BYTES, SILENCE

log = logging.getLogger(__name__)

_QUIET_DBM0 = -60.0
_QUIET_FRAMES = 30  # 0.6 s with nothing to say: listen again
_KEPT_FRAMES = 150  # 3 s of announcement may wait while the modem turns
_CALLER_S = 0.5  # all lines of a caller ID come in one
_SILENT_S = 5.0
_MOST_UNSENT = 32000  # 4 s of sound

_ENDS = {"b": "busy tone", "K": "busy tone", "d": "dial tone", "i": "dial tone", "l": "loop break"}
_FAX = "cm"
_WITHHELD, _UNKNOWN = "P", "O"
_ABSENT = {"040150": _WITHHELD, "04014F": _UNKNOWN}
"""MESG: parameter 4 of the caller ID message, why there is no number, as raw octets."""

_DIALLED = frozenset("0123456789*#,")
_DIAL_S = 90.0
_RESULT_CAUSES = {"BUSY": 17, "NO ANSWER": 19, "NO DIALTONE": 34, "NO DIAL TONE": 34}


class VoiceModem:
    """``path`` is its port; ``clock`` gives monotonic seconds; ``owner`` is told when it answers
    and when it does not; ``restart``: give it its factory settings first.

    Raises:
        ModemLost: the port cannot be opened.
    """

    def __init__(
        self,
        path: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        owner: ModemOwner | None = None,
        restart: bool = False,
    ) -> None:
        self._clock = clock
        self._owner = owner
        self._port = SerialPort(path)
        self._talk = Talk(path)
        self._pace = Pace()
        self._poll = select.epoll()
        for fd in (self._port.fileno(), self._pace.fileno()):
            self._poll.register(fd, select.EPOLLIN)
        self._events: list[VoiceEvent] = []
        self._dialect: VoiceDialect | None = None
        self._model = ""
        self._stream: Stream | None = None
        self._caller: dict[str, str] = {}
        self._up = False
        self._dials = False
        self._keys = dle.Keys()
        self._to_say: deque[bytes] = deque()
        self._quiet = 0
        self._unsent = b""
        self._alive_s = clock()
        self._ask_who_it_is(restart=restart)
        self._work()

    # -- who it is ------------------------------------------------------------------------

    def _ask_who_it_is(self, *, restart: bool) -> None:
        talk = self._talk
        talk.hear("RING", lambda _urc: self._events.append(RingHeard()))
        talk.hear_rest(self._caller_line)
        # Whatever stream it may still be in ends; nobody is on the line.
        self._port.write(b"\x10\x18\x10\x03\x10!\r")
        talk.order(Command(text="AT", timeout_s=1.0, patient=True))
        for text in ("AT&F" if restart else "ATZ", "ATE0", "ATV1", "ATH"):
            talk.ask(text)
        talk.order(Command(text="ATI0", free=True, then=self._identify))

    def _identify(self, reply: Reply) -> None:
        ident = reply.lines[-1] if reply.lines else ""
        self._dialect = of_ident(ident)
        if self._dialect is None:
            known = ", ".join(d.name for d in VOICE_DIALECTS)
            raise ModemLost(
                f"{self._port.path} answers ATI0 with {ident or 'nothing'!r}, which this release "
                f"does not know; it knows {known}"
            )
        self._model = self._dialect.name
        if self._owner is not None:
            self._owner.identified("")
        self._stream = Stream(
            self._dialect,
            on_event=self._on_event,
            on_failed=self._no_audio,
            on_commands=self._on_hook,
        )
        for text in self._dialect.init:
            self._talk.ask(text)
        log.info("%s: %s", self._port.path, self._model)
        self._tell_abilities()

    def _tell_abilities(self) -> None:
        duplex = self._stream is not None and self._stream.duplex
        abilities = (*COMMON_ABILITIES, DUPLEX) if duplex else COMMON_ABILITIES
        self._events.append(VoiceIdentified(model=self._model, abilities=abilities))

    def _caller_line(self, urc: Urc) -> None:
        """``NMBR = 0912``, ``NAME = ..``, ``DATE = MMDD``; spaces vary, fields may be missing."""
        key, found, value = urc.line.partition("=")
        key, value = key.strip().upper(), value.strip()
        if not found or key not in {"DATE", "TIME", "NMBR", "NAME", "MESG"}:
            return
        if key == "MESG" and value.upper() in _ABSENT:
            key, value = "NMBR", _ABSENT[value.upper()]
        self._caller[key] = value
        if key == "NMBR":
            self._talk.later(_CALLER_S, self._caller_done)

    def _caller_done(self) -> None:
        """The lines come together; the name may be missing, and may come before the number."""
        number, name = self._caller.get("NMBR", ""), self._caller.get("NAME", "")
        self._caller = {}
        digits = "".join(c for c in number if c in "0123456789*#+")
        shown = name if name not in (_WITHHELD, _UNKNOWN) else ""
        withheld = not digits and number.upper()[:1] == _WITHHELD
        self._events.append(CallerRead(number=digits, name=shown, withheld=withheld))

    # -- VoicePort ------------------------------------------------------------------------

    def fileno(self) -> int:
        """See ``VoicePort``."""
        return self._poll.fileno()

    def events(self) -> list[VoiceEvent]:
        """See ``VoicePort``."""
        self._work()
        events, self._events = self._events, []
        return events

    def answer(self) -> None:
        """See ``VoicePort``."""
        if self._begin():
            self._talk.ask("AT+VLS=1", self._off_hook, timeout_s=10.0)
            self._work()

    def dial(self, number: str) -> None:
        """See ``VoicePort``."""
        if not number or set(number) - _DIALLED:
            raise ValueError(f"cannot dial {number!r}: digits, * and # only")
        if self._begin():
            self._dials = True
            command = Command(
                text=f"ATDT{number}", timeout_s=_DIAL_S, patient=True, then=self._dialled
            )
            self._talk.order(command)
            self._work()
        else:
            self._events.append(DialFailed("the modem is starting, or in a call", 41))

    def _begin(self) -> bool:
        """Prepare the modem for a call; False when it cannot have one."""
        if self._dialect is None or self._up:
            return False
        self._up, self._quiet = True, 0
        self._to_say.clear()
        self._keys = dle.Keys()
        for text, what in (
            ("AT+FCLASS=8", "voice mode"),
            (self._dialect.compression, "8 bit audio"),
        ):
            self._talk.ask(text, self._must(what))
        return True

    def _must(self, what: str) -> Callable[[Reply], None]:
        def done(reply: Reply) -> None:
            if not reply.ok:
                self._give_up(f"the modem has no {what}: {reply.result}")

        return done

    def _off_hook(self, reply: Reply) -> None:
        if not reply.ok:
            self._give_up(f"the modem does not go off hook: {reply.result}")
        else:
            self._converse()

    def _dialled(self, reply: Reply) -> None:
        self._dials = False
        if self._up and reply.ok:
            self._events.append(FarAnswered())
            self._converse()
        elif self._up:
            self._up = False
            self._on_hook()
            self._events.append(DialFailed(reply.result, _RESULT_CAUSES.get(reply.result, 0)))

    def _converse(self) -> None:
        if self._up and self._stream is not None:
            self._pace.start(self._clock())
            self._stream.want(Mode.BOTH, self._clock())

    def _no_audio(self) -> None:
        self._give_up("the modem begins no audio")

    def _give_up(self, why: str) -> None:
        if self._up:
            self._up = False
            self._pace.stop()
            self._on_hook()
            self._events.append(DialFailed(why, 41) if self._dials else AnswerFailed(why))
            self._dials = False

    def hang_up(self) -> None:
        """See ``VoicePort``."""
        if not self._up:
            return
        self._up = False
        self._pace.stop()
        self._to_say.clear()
        if self._dials:
            self._dials = False
            self._send(b"\r")  # anything that is sent while it dials ends that (V.250 §5.6.1)
        if self._stream is None or self._stream.mode is Mode.COMMANDS:
            self._on_hook()
        else:
            self._stream.want(Mode.COMMANDS, self._clock())
        self._work()

    def _on_hook(self) -> None:
        for text in ("AT+VLS=0", "ATH", "AT+FCLASS=0"):
            self._talk.ask(text)

    def read(self) -> bytes:
        """See ``VoicePort``."""
        self._work()
        due = self._pace.take(self._clock())
        stream = self._stream
        if stream is None or stream.mode not in (Mode.LISTENING, Mode.BOTH):
            return SILENCE if due else b""
        if len(stream.heard) < FRAME_BYTES:
            return b""
        frame, stream.heard = stream.heard[:FRAME_BYTES], stream.heard[FRAME_BYTES:]
        return frame

    def write(self, frame: bytes) -> None:
        """See ``VoicePort``."""
        stream = self._stream
        if not self._up or stream is None:
            return
        if stream.mode is Mode.BOTH:
            stream.say(frame)
        else:
            self._say_or_keep(stream, frame)
        self._work()

    def _say_or_keep(self, stream: Stream, frame: bytes) -> None:
        """One direction at a time: speak while there is something to say."""
        quiet = level_dbm0(frame) < _QUIET_DBM0
        self._quiet = self._quiet + 1 if quiet else 0
        if self._to_say or not quiet or stream.mode is Mode.SPEAKING:
            self._to_say.append(frame)
        if len(self._to_say) > _KEPT_FRAMES:
            self._to_say.popleft()
        if self._to_say and self._quiet < _QUIET_FRAMES and stream.wanted is Mode.LISTENING:
            stream.want(Mode.SPEAKING, self._clock())
        if stream.mode is Mode.SPEAKING:
            stream.say(self._to_say.popleft())
            if self._quiet >= _QUIET_FRAMES + len(self._to_say):
                self._to_say.clear()
                stream.want(Mode.LISTENING, self._clock())

    def close(self) -> None:
        """See ``VoicePort``. The line is put on hook."""
        with contextlib.suppress(ModemLost):
            if self._up and self._dialect is not None:
                self._port.write(self._dialect.abort_play + self._dialect.end_listen)
                self._port.write(b"\rATH\r")
        self._poll.close()
        self._pace.close()
        self._port.close()

    # -- the conversation -----------------------------------------------------------------

    def _on_event(self, event: str) -> None:
        """A DLE event in a call."""
        if key := self._keys.feed(event):
            self._events.append(KeyHeard(key))
        elif event in _ENDS and self._up:
            self._events.append(FarHungUp(_ENDS[event]))
        elif event in _FAX and self._up:
            self._events.append(FaxHeard())

    def _work(self) -> None:
        try:
            self._converse_with_it()
        except ModemSilent:
            if self._owner is not None:
                self._owner.fell_silent()
            raise

    def _converse_with_it(self) -> None:
        now_s = self._clock()
        received = self._port.read()
        stream = self._stream
        known = stream.duplex if stream is not None else None
        if stream is not None:
            self._listen_for_life(stream, received, now_s)
            received = stream.receive(received, now_s)
        if stream is None or stream.mode is Mode.COMMANDS:
            self._send(self._talk.work(received, now_s))
        if stream is not None:
            to_send, stream.to_send = stream.to_send, b""
            self._send(to_send)
            if stream.duplex is not known:
                self._tell_abilities()

    def _listen_for_life(self, stream: Stream, received: bytes, now_s: float) -> None:
        """A modem that listens sends sound without a pause, silence too."""
        if received or stream.mode not in (Mode.LISTENING, Mode.BOTH):
            self._alive_s = now_s
        elif now_s - self._alive_s > _SILENT_S:
            raise ModemSilent(f"{self._port.path} sends no sound in a call")

    def _send(self, some: bytes) -> None:
        self._unsent += some
        self._unsent = self._unsent[self._port.write(self._unsent) :]
        if len(self._unsent) > _MOST_UNSENT:
            raise ModemLost(f"{self._port.path} takes no more")
