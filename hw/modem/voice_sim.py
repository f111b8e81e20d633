"""A simulated voice modem on an analogue line, behind a pty: it answers as the real one does.

``step`` is 20 ms. The caller's sound is handed in, what the caller hears is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hw.modem import dle
from hw.modem.sim_pty import Pty
from hw.signal.playout import SILENCE

_RING_FRAMES = 300  # 2 s of ringing, 4 s of pause
_DIALLING_FRAMES = 150
_SAMPLES = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceKind:
    """One modem: what ATI0 answers, what AT+VSM it takes, whether it can do both at once, whether
    it shields keys, what ends a stream."""

    ident: str
    compression: str
    duplex: bool = False
    shields_keys: bool = True
    done: str = "OK"


USR5637 = VoiceKind(ident="5601", compression="+VSM=128,8000")
CX93010 = VoiceKind(ident="56000", compression="+VSM=1,8000,0,0", shields_keys=False, done="VCON")
DUPLEX = VoiceKind(ident="5601", compression="+VSM=128,8000", duplex=True)


class SimVoiceModem:
    """The pty is linked at ``path``."""

    def __init__(self, path: Path, kind: VoiceKind = USR5637) -> None:
        self._pty = Pty(path)
        self._kind = kind
        self._received = b""
        self._echo = True
        self._frames = 0
        self._caller_lines: list[str] = []
        self._unshield = dle.Unshield()
        self._spoken = b""
        self.rings = False
        self.off_hook = False
        self.stream = ""  # "", "+VRX", "+VTX", "+VTR"
        self.turns: list[str] = []
        self.silent = False
        self.refuses = ""  # a command it will not take
        self.dialled = ""
        self.dial_result = "OK"  # what comes of dialling: BUSY, NO ANSWER, NO DIALTONE
        self._dialling_frames: int | None = None

    def ring(self, number: str = "", name: str = "") -> None:
        """Somebody calls; "P" withholds the number, "" sends no caller ID."""
        self.rings, self._frames = True, -1
        self._caller_lines = []
        if number:
            self._caller_lines = ["DATE = 1122", "TIME = 0815", f"NMBR = {number}"]
        if name:
            self._caller_lines.append(f"NAME = {name}")

    def give_up(self) -> None:
        """The caller hangs up before anybody answered."""
        self.rings = False

    def press(self, digit: str) -> None:
        """The caller presses a key."""
        marks = ("/", digit, digit, digit, "~") if self._kind.shields_keys else (digit,)
        self.tell("".join(marks))

    def tell(self, events: str) -> None:
        """DLE events, if a stream runs."""
        if self.stream:
            self._pty.write(b"".join(b"\x10" + event.encode() for event in events))

    def step(self, converse: Callable[[bytes], bytes]) -> None:
        """20 ms. ``converse`` is given what the caller hears and returns what it says."""
        self._frames += 1
        self._take(self._pty.read())
        self._dial_on()
        if self.rings and self._frames % _RING_FRAMES == 0:
            self._say("RING")
        if self.rings and self._frames == 120:
            self._say(*self._caller_lines)
        if self.off_hook:
            said = converse(self._next_frame())
            if self.stream in ("+VRX", "+VTR") and not self.silent:
                self._pty.write(dle.shield(dle.to_eight_bits(said)))

    def close(self) -> None:
        """Unplug it."""
        self._pty.close()

    def _dial_on(self) -> None:
        """The call that is being made: after some seconds it is clear what comes of it."""
        if self._dialling_frames is None:
            return
        self._dialling_frames -= 1
        if self._dialling_frames <= 0:
            self._dialling_frames = None
            self.off_hook = self.dial_result == "OK"
            self._say(self._kind.done if self.off_hook else self.dial_result)

    def _next_frame(self) -> bytes:
        samples, self._spoken = self._spoken[:_SAMPLES], self._spoken[_SAMPLES:]
        return dle.to_sixteen_bits(samples) if len(samples) == _SAMPLES else SILENCE

    def _take(self, received: bytes) -> None:
        if self.stream == "+VRX":
            self._look_for_end(received)
        elif self.stream:
            heard = self._unshield.feed(received)
            self._spoken += heard.samples
            if heard.rest is not None or "!" in heard.events:
                self._end_stream(with_mark=self.stream == "+VTR")
                self._take(heard.rest or b"")
        else:
            self._commands(received)

    def _look_for_end(self, received: bytes) -> None:
        _, found, rest = received.partition(b"\x10!")
        if found:
            self._end_stream(with_mark=True)
            self._take(rest)

    def _end_stream(self, *, with_mark: bool) -> None:
        self.stream = ""
        if with_mark:
            self._pty.write(b"\x10\x03")
        self._say(self._kind.done)

    def _commands(self, received: bytes) -> None:
        self._received += received
        while b"\r" in self._received:
            line, _, self._received = self._received.partition(b"\r")
            text = line.decode("latin-1").strip()
            if self._dialling_frames is not None:
                self._dialling_frames, self.off_hook = None, False
                self._say("NO CARRIER")
            at = text.upper().find("AT")
            if at >= 0 and not self.silent:
                if self._echo:
                    self._pty.write(line + b"\r")
                self._obey(text[at + 2 :])
            if self.stream:
                rest, self._received = self._received, b""
                self._take(rest)

    def _obey(self, text: str) -> None:
        kind = self._kind
        if self.refuses and text.startswith(self.refuses):
            self._say("ERROR")
        elif text in ("+VRX", "+VTX", "+VTR") and self.off_hook:
            self._begin(text)
        elif text == "I0":
            self._say(kind.ident, "OK")
        elif text in ("+VLS=1", "+VLS=0", "H", "H0"):
            self.off_hook = text == "+VLS=1"
            self.rings = self.rings and not self.off_hook
            self._say("OK")
        elif text.startswith("DT"):
            self.dialled, self.off_hook = text[2:], True
            self._dialling_frames = _DIALLING_FRAMES
        elif text.startswith("+VSM="):
            self._say("OK" if text == kind.compression else "ERROR")
        else:
            self._echo = self._echo and text != "E0"
            self._say("OK")

    def _begin(self, stream: str) -> None:
        if stream == "+VTR" and not self._kind.duplex:
            self._say("ERROR")
            return
        self.stream = stream
        self.turns.append(stream)
        self._unshield, self._spoken = dle.Unshield(), b""
        self._say("CONNECT")

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._pty.write(f"\r\n{line}\r\n".encode())
