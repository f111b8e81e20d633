"""A simulated analogue port: behaves as a DAHDI channel does, on a wire instead of a card.

The timing is that of the DAHDI core (2.11) as observed on a virtual card: ringing is ignored
for 2 s after hang-up, a burst's end is reported 50 ms late, loss of loop current counts after
70 ms and only off hook, a missing battery raises the alarm after about 1 s, the ends of hook
flashes and calls are told apart after 1.25 s. All of it is counted in frames, so a test needs
no real time.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from hw.dahdi.hybrid import Canceller, Hybrid
from hw.dahdi.port import (
    BatteryDropped,
    EventPending,
    Flashed,
    HookLifted,
    HookReplaced,
    LineCut,
    LineMended,
    PolarityReversed,
    PortEvent,
    PortKind,
    PulseBegan,
    PulseDigit,
    PulsesSent,
    RingBegan,
    RingEnded,
    RingerOff,
    RingerOn,
)
from hw.dahdi.wire import SILENCE, Feed, Loop, plug, silenced
from hw.signal.cadence import Cadence
from hw.signal.level import bytes_of, samples_of

_FRAME_MS = 20
_BUFFER_FRAMES = 4  # DAHDI_SET_BUFINFO numbufs 4 of 160 samples

_RING_DEBOUNCE = 100  # RING_DEBOUNCE_TIME 2000 ms
_RING_TRAILER = 3  # 50 ms
_DROP = 4  # 70 ms
_ALARM = 53  # 1.06 s

_PULSE_BREAK = 4  # a break of at most 80 ms is a dial pulse, a longer one a flash
_PULSE_GAP = 10  # 200 ms of closed loop end a digit
_HANG_UP = 63  # 1.25 s (rxflashtime)
_KEWL = 25  # 500 ms without battery tell the telephone that the other side left

# What an FXO port dials with the loop: 60 ms open, 40 ms closed, 760 ms after a digit.
_BREAK, _MAKE, _AFTER = 3, 2, 38
_BEFORE_FLASH = 3  # 50 ms


class SimPort:
    """One port on the wire at ``path``. ``ring_ms`` is the cadence of an FXS port's ringing,
    ``flash_ms`` the length of an FXO port's flash. Through ``hybrid`` it hears itself.

    Raises:
        PortLost: nobody is at the other end of the wire.
    """

    def __init__(
        self,
        kind: PortKind,
        path: Path,
        ring_ms: tuple[int, ...] = (2000, 4000),
        *,
        flash_ms: int | None = None,
        hybrid: Hybrid | None = None,
    ) -> None:
        self._wire = plug(path)
        self._half: _Fxo | _Fxs = _Fxs(ring_ms)
        if kind is PortKind.FXO:
            self._half = _Fxo(750 if flash_ms is None else flash_ms)
        self._kind = kind
        self.hybrid = hybrid
        self._canceller: Canceller | None = None
        self._heard: deque[bytes] = deque(maxlen=_BUFFER_FRAMES)
        self._to_say: deque[bytes] = deque()
        self._events: list[PortEvent] = []

    @property
    def kind(self) -> PortKind:
        """FXO or FXS."""
        return self._kind

    def fileno(self) -> int:
        """Readable when there is a frame or an event."""
        return self._wire.fileno()

    def events(self) -> list[PortEvent]:
        """What happened since the last call, in order.

        Raises:
            PortLost: the other end of the wire is gone.
        """
        self._catch_up()
        events, self._events = self._events, []
        return events

    def read(self) -> bytes:
        """The next frame, or b"".

        Raises:
            EventPending: call ``events`` first.
            PortLost: the other end of the wire is gone.
        """
        self._catch_up()
        if self._events:
            raise EventPending("events wait: a channel gives no audio before they are taken")
        return self._heard.popleft() if self._heard else b""

    def write(self, frame: bytes) -> None:
        """Send one frame; dropped when four already wait.

        Raises:
            EventPending: call ``events`` first.
        """
        if self._events:
            raise EventPending("events wait: a channel takes no audio before they are taken")
        if len(self._to_say) < _BUFFER_FRAMES:
            self._to_say.append(frame)

    def off_hook(self) -> None:
        """FXO: close the loop."""
        self._half.off_hook()

    def on_hook(self) -> None:
        """FXO: open the loop. FXS: take the battery away for half a second."""
        self._to_say.clear()
        self._half.on_hook()

    def flash(self) -> None:
        """FXO: open the loop for an instant."""
        self._half.flash()

    def dial_pulses(self, digits: str) -> None:
        """FXO: dial with the loop."""
        if not digits or not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{digits!r} cannot be dialled with the loop: only 0 to 9 can")
        self._to_say.clear()
        self._half.dial_pulses(digits)

    def cancel_echo(self, taps: int) -> None:
        """Take what comes back of our own sound out of what is read."""
        self._canceller = Canceller(taps) if taps else None

    def show_waiting(self, messages: int) -> None:
        """FXS: the telephone's lamp."""
        self._half.show_waiting(messages)

    def start_ringing(self, ring_ms: tuple[int, ...] = ()) -> None:
        """FXS: ring until ``stop_ringing`` or the hook is lifted."""
        self._half.start_ringing(ring_ms)

    def stop_ringing(self) -> None:
        """FXS: stop ringing."""
        self._half.stop_ringing()

    def transmit_on_hook(self, duration_s: float) -> None:
        """FXS: let an on-hook telephone hear audio for so long."""
        self._half.transmit_on_hook(duration_s)

    def close(self) -> None:
        """Unplug."""
        self._wire.close()

    def _catch_up(self) -> None:
        """Answer every packet that came: each is one frame of time gone by."""
        half = self._half
        if isinstance(half, _Fxo):
            for feed in self._wire.feeds():
                self._events += half.hear(feed)
                closed = half.step()
                said = self._next_frame() if not half.dialling else SILENCE
                self._heard.append(
                    self._with_echo(feed.audio, said) if closed else silenced(feed).audio
                )
                self._wire.send_loop(Loop(closed=closed, audio=said))
        else:
            for loop in self._wire.loops():
                self._events += half.hear(loop)
                said = self._next_frame()
                self._heard.append(self._with_echo(loop.audio, said) if half.lifted else SILENCE)
                self._wire.send_feed(half.feed(said))

    def _with_echo(self, heard: bytes, said: bytes) -> bytes:
        if self.hybrid is None:
            return heard
        both = samples_of(heard) + self.hybrid.echo_of(said)
        if self._canceller is not None:
            both = self._canceller.cancel(both, said)
        return bytes_of(both)

    def _next_frame(self) -> bytes:
        return self._to_say.popleft() if self._to_say else SILENCE


class _Fxo:
    """The hearing end: ringing, battery and polarity to events."""

    def __init__(self, flash_ms: int) -> None:
        self.closed = False
        self._flash = [True] * _BEFORE_FLASH + [False] * round(flash_ms / _FRAME_MS)
        self._script: list[bool] = []  # what the loop does, frame by frame
        self.dialling = False
        self._ringing = False
        self._ring_silence = _RING_TRAILER + 1
        self._since_hang_up = 0
        self._no_battery = 0
        self._reversed: bool | None = None
        self._pending: list[PortEvent] = []

    def step(self) -> bool:
        """Whether the loop is closed in this frame."""
        closed = self._script.pop(0) if self._script else self.closed
        if self.dialling and not self._script:
            self.dialling = False
            self._pending.append(PulsesSent())
        return closed

    def off_hook(self) -> None:
        self.closed = True
        self._ringing = False
        self._ring_silence = _RING_TRAILER + 1

    def on_hook(self) -> None:
        self.closed = self.dialling = False
        self._script.clear()
        self._since_hang_up = 0

    def flash(self) -> None:
        if self.closed:
            self._script = list(self._flash)

    def dial_pulses(self, digits: str) -> None:
        one = [False] * _BREAK + [True] * _MAKE
        for digit in digits:
            self._script += one * (int(digit) or 10) + [True] * _AFTER
        self.dialling = True

    def show_waiting(self, messages: int) -> None:
        raise ValueError(f"an FXO port has no telephone with a lamp ({messages} messages)")

    def start_ringing(self, ring_ms: tuple[int, ...]) -> None:
        raise ValueError(f"an FXO port hears ringing, it does not make it ({ring_ms} asked for)")

    def stop_ringing(self) -> None:
        raise ValueError("an FXO port hears ringing, it does not make it")

    def transmit_on_hook(self, duration_s: float) -> None:
        raise ValueError(f"an FXO port has no on-hook transmission ({duration_s} s asked for)")

    def hear(self, feed: Feed) -> list[PortEvent]:
        """The events of one frame."""
        self._since_hang_up += 1
        events, self._pending = self._pending, []
        events += self._battery(feed)
        if feed.battery:
            if self._reversed is not None and feed.reversed != self._reversed:
                events.append(PolarityReversed())
            self._reversed = feed.reversed
        if not self.closed:
            events += self._ring(feed)
        return events

    def _battery(self, feed: Feed) -> list[PortEvent]:
        if feed.battery:
            was_cut = self._no_battery >= _ALARM
            self._no_battery = 0
            return [LineMended()] if was_cut else []
        self._no_battery += 1
        if self._no_battery == _DROP and self.closed:
            return [BatteryDropped()]
        if self._no_battery == _ALARM:
            return [LineCut()]
        return []

    def _ring(self, feed: Feed) -> list[PortEvent]:
        if feed.ringing:
            began = not self._ringing
            self._ringing, self._ring_silence = True, 0
            return [RingBegan()] if began and self._since_hang_up > _RING_DEBOUNCE else []
        self._ring_silence += 1
        if self._ring_silence == _RING_TRAILER and self._ringing:
            self._ringing = False
            return [RingEnded()] if self._since_hang_up > _RING_DEBOUNCE else []
        return []


class _Fxs:
    """The feeding end: the loop to events, and ringing in a cadence."""

    def __init__(self, ring_ms: tuple[int, ...]) -> None:
        self.lifted = False
        self._ring_ms = ring_ms
        self._cadence: Cadence | None = None
        self._ringer_on = False
        self._pending: list[PortEvent] = []
        self._closed_frames = 0
        self._open_frames = _HANG_UP
        self._pulses = 0
        self._kewl = 0
        self._transmit = 0
        self._lamp = False

    def off_hook(self) -> None:
        raise ValueError("an FXS port feeds the line, it cannot close the loop")

    def on_hook(self) -> None:
        self._kewl = _KEWL

    def flash(self) -> None:
        raise ValueError("an FXS port has no loop to flash")

    def dial_pulses(self, digits: str) -> None:
        raise ValueError(f"an FXS port does not dial ({digits} asked for)")

    def show_waiting(self, messages: int) -> None:
        self._lamp = messages > 0

    def start_ringing(self, ring_ms: tuple[int, ...]) -> None:
        if not self.lifted:
            self._cadence = Cadence(ring_ms or self._ring_ms)

    def stop_ringing(self) -> None:
        self._cadence = None

    def transmit_on_hook(self, duration_s: float) -> None:
        self._transmit = round(duration_s * 1000 / _FRAME_MS)

    def hear(self, loop: Loop) -> list[PortEvent]:
        """The events of one frame."""
        events, self._pending = self._pending, []
        if loop.closed:
            self._closed_frames += 1
            events += self._closing()
            self._open_frames = 0
        else:
            self._open_frames += 1
            events += self._opening()
            self._closed_frames = 0
        return events

    def _closing(self) -> list[PortEvent]:
        if not self.lifted:
            if self._closed_frames < 2:  # contact bounce
                return []
            self.lifted = True
            self._cadence = None
            return [HookLifted()]
        if self._open_frames > _PULSE_BREAK:
            self._pulses = 0
            return [Flashed()]
        if self._open_frames:
            self._pulses += 1
            return [PulseBegan()] if self._pulses == 1 else []
        if self._pulses and self._closed_frames == _PULSE_GAP:
            digit, self._pulses = str(self._pulses % 10), 0
            return [PulseDigit(digit)]
        return []

    def _opening(self) -> list[PortEvent]:
        if self.lifted and self._open_frames == _HANG_UP:
            self.lifted = False
            self._pulses = 0
            return [HookReplaced()]
        return []

    def feed(self, audio: bytes) -> Feed:
        """The frame to send."""
        ringing = self._cadence is not None and self._cadence.step(_FRAME_MS)
        if ringing != self._ringer_on:
            self._ringer_on = ringing
            # Ringing that was stopped by the hook or an order ends without an event.
            if ringing or self._cadence is not None:
                self._pending.append(RingerOn() if ringing else RingerOff())
        self._kewl = max(0, self._kewl - 1)
        self._transmit = max(0, self._transmit - 1)
        return Feed(
            battery=not self._kewl,
            ringing=ringing,
            transmitting=self._transmit > 0,
            lamp=self._lamp,
            audio=audio if self.lifted or self._transmit else SILENCE,
        )
