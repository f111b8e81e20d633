"""Turning a voice modem between commands, listening and speaking. Pure: bytes and the time go
in; bytes to send, sound heard and events come out.

Whether it can do both at once nobody tells before it is asked (``AT+VTR``): ``duplex`` is None
until then.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from hw.modem import dle
from hw.modem.voice_dialect import VoiceDialect

_CONNECT_TIMEOUT_S = 5.0
_END_TIMEOUT_S = 3.0


class Mode(StrEnum):
    COMMANDS = "commands"
    TURNING = "turning"  # a stream was asked for, or asked to end
    LISTENING = "listening"
    SPEAKING = "speaking"
    BOTH = "both"


_COMMANDS = {Mode.LISTENING: b"AT+VRX\r", Mode.SPEAKING: b"AT+VTX\r", Mode.BOTH: b"AT+VTR\r"}
_HEARING = (Mode.LISTENING, Mode.BOTH)


class Stream:
    """``on_event`` is called with each DLE event, ``on_failed`` when the modem begins no audio,
    ``on_commands`` once it takes commands again."""

    def __init__(
        self,
        dialect: VoiceDialect,
        *,
        on_event: Callable[[str], None],
        on_failed: Callable[[], None],
        on_commands: Callable[[], None],
    ) -> None:
        self._dialect = dialect
        self._on_event = on_event
        self._on_failed = on_failed
        self._on_commands = on_commands
        self.mode = Mode.COMMANDS
        self.wanted = Mode.COMMANDS
        self.duplex: bool | None = None
        self.to_send = b""
        self.heard = b""  # S16LE
        self._leaves: Mode | None = None  # the stream that is being ended
        self._enters = Mode.COMMANDS  # the stream that was asked for
        self._unshield = dle.Unshield()
        self._head = b""
        self._since_s = 0.0

    def want(self, mode: Mode, now_s: float) -> None:
        """Turn to ``mode``, as soon as can be; BOTH is LISTENING where it cannot do both."""
        if mode is Mode.BOTH and self.duplex is False:
            mode = Mode.LISTENING
        self.wanted = mode
        if self.mode is not Mode.TURNING and self.mode is not mode:
            self._turn(now_s)

    def say(self, frame: bytes) -> None:
        """Send sound (S16LE): only while SPEAKING or BOTH."""
        self.to_send += dle.shield(dle.to_eight_bits(frame))

    def receive(self, received: bytes, now_s: float) -> bytes:
        """Take what the modem sent (b"" just looks at the time); what of it belongs to the
        conversation of commands."""
        if self.mode is Mode.COMMANDS:
            return received
        if self.mode is not Mode.TURNING:
            self._hear(received, now_s)
            return b""
        self._head += received
        return self._ending(now_s) if self._leaves is not None else self._entering(now_s)

    def _turn(self, now_s: float) -> None:
        before, self.mode = self.mode, Mode.TURNING
        self._since_s, self._head, self._leaves = now_s, b"", None
        if before in _COMMANDS:
            self._leaves = before
            speaks = before is Mode.SPEAKING
            self.to_send += self._dialect.end_play if speaks else self._dialect.end_listen
        elif self.wanted is Mode.COMMANDS:
            self.mode = Mode.COMMANDS
            self._on_commands()
        else:
            self._enters = self.wanted
            self.to_send += _COMMANDS[self.wanted]

    def _hear(self, received: bytes, now_s: float) -> None:
        heard = self._unshield.feed(received)
        self.heard += dle.to_sixteen_bits(heard.samples)
        for event in heard.events:
            self._on_event(event)
        if heard.rest is not None:  # it ended by itself
            self._leaves, self.mode = Mode.SPEAKING, Mode.TURNING
            self._since_s, self._head = now_s, heard.rest
            self._ending(now_s)

    def _ending(self, now_s: float) -> bytes:
        """A stream that was heard ends with DLE ETX; then, as one that was spoken, with OK."""
        if self._leaves in _HEARING:
            heard = self._unshield.feed(self._head)
            self._head = b""
            for event in heard.events:
                self._on_event(event)
            if heard.rest is not None:
                self._leaves, self._head = Mode.SPEAKING, heard.rest
        late = now_s - self._since_s > _END_TIMEOUT_S
        for end in (b"OK\r\n", b"VCON\r\n", b"ERROR\r\n"):
            before, found, rest = self._head.partition(end)
            if found or late:
                for event in _marked(before):
                    self._on_event(event)
                self.mode, self.heard = Mode.COMMANDS, b""
                self._turn(now_s)
                return rest
        return b""

    def _entering(self, now_s: float) -> bytes:
        before, found, rest = self._head.partition(b"CONNECT\r\n")
        if found:
            if self._enters is Mode.BOTH:
                self.duplex = True
            self.mode, self.heard = self._enters, b""
            self._unshield = dle.Unshield()
            self._hear(rest, now_s)
            self.want(self.wanted, now_s)
        elif b"ERROR\r\n" in before or now_s - self._since_s > _CONNECT_TIMEOUT_S:
            self._refused(now_s)
        return b""

    def _refused(self, now_s: float) -> None:
        self.mode = Mode.COMMANDS
        if self._enters is Mode.BOTH:
            self.duplex = False
            self.want(self.wanted, now_s)
        elif self.wanted is Mode.COMMANDS:
            self._on_commands()
        else:
            self.wanted = Mode.COMMANDS
            self._on_failed()


def _marked(received: bytes) -> str:
    """The DLE events among text."""
    return dle.Unshield().feed(received).events
