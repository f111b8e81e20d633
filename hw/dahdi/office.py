"""A simulated central office: the far end of one trunk line.

It feeds the line, rings in the country's cadence, sends caller ID as audio between the first
and the second ring, sees the answer by the loop current, carries speech, and disconnects as
configured: by taking the battery away for an instant (CPC), by a tone, by polarity, or not at
all. Towards a box that seizes the line it gives dial tone, hears the digits (tones or pulses),
rings out and answers. A flash in a call holds it and gives dial tone; the next one goes back.

``step`` is 20 ms; nothing here looks at a clock. What the subscriber at the other end says
is handed in as ``spoken``; what it hears is in the loop frame that ``step`` was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from hw.dahdi.hybrid import Hybrid
from hw.dahdi.wire import SILENCE, Feed, Loop
from hw.signal.cadence import Cadence
from hw.signal.caller_id import CallerId, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfDetector
from hw.signal.dtmf_caller_id import DtmfCallerIdEncoder, DtmfForm
from hw.signal.level import amplified, bytes_of, samples_of
from hw.signal.tone import Tone, ToneGenerator, TonePlan

_FRAME_MS = 20
_LOOP_FRAMES = 2  # the loop must hold for 40 ms: contacts bounce
_PULSE_FRAMES = 4  # a break of 80 ms is a dial pulse
_PULSE_GAP_FRAMES = 10  # 200 ms of closed loop end a digit
_HANG_UP_FRAMES = 20  # a break of 400 ms is a hang-up, shorter ones are flashes
_CPC_FRAMES = 25  # 500 ms without battery
_NOTICE_FRAMES = 25  # the office takes 0.5 s to give the disconnect signal
_ID_AFTER_FRAMES = 25  # GR-30: caller ID begins 0.5 to 1.5 s after the first ring
_DIGITS_OVER_FRAMES = 125  # 2.5 s without a digit: the number is complete
_NO_DIGIT_FRAMES = 500  # a line seized for 10 s without a digit is released: "permanent signal"
_FAR_RING_S = 2.0
_REVERSAL_FRAMES = 25  # caller ID begins half a second after the polarity was reversed
_RING_AFTER_ID_FRAMES = 15  # and the first ring 300 ms after caller ID


class OfficeState(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    SEIZED = "seized"  # the box is off hook and hears dial tone
    DIALLING = "dialling"
    CALLING = "calling"  # the box hears ringback
    RELEASED = "released"  # disconnected; waits for the box to go on hook, with busy tone


class Disconnect(StrEnum):
    """How the box is told that the far party left."""

    CPC = "cpc"
    BUSY_TONE = "busy_tone"
    REVERSAL = "reversal"
    DIAL_TONE = "dial_tone"
    NOTHING = "nothing"


class IdMoment(StrEnum):
    """When caller ID is sent."""

    AFTER_RING = "after_ring"  # between the first and the second ring
    BEFORE_RING = "before_ring"
    AFTER_REVERSAL = "after_reversal"  # before the first ring, the polarity says that it comes


class Outcome(StrEnum):
    """What becomes of a number that the box dials."""

    ANSWERED = "answered"
    BUSY = "busy"
    CONGESTION = "congestion"
    NO_ANSWER = "no_answer"


class _Encoder(Protocol):
    @property
    def done(self) -> bool: ...
    def frame(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """The box closed the loop while ringing."""


@dataclass(frozen=True, slots=True)
class BoxHungUp:
    """The box opened the loop."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The disconnect signal begins: the battery is taken away, or busy tone sounds."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The box seized the line and dialled ``number``; the subscriber there rings."""

    number: str


@dataclass(frozen=True, slots=True)
class HookFlashed:
    """The box flashed: the call is held, or taken back."""


@dataclass(frozen=True, slots=True)
class FarAnswered:
    """The called subscriber answered."""


OfficeEvent = Answered | BoxHungUp | Disconnected | Dialled | HookFlashed | FarAnswered


class CentralOffice:
    """One line's equipment in the office.

    ``caller_id`` is the keying, or the form of the digits. ``loss_db`` is what the pair takes
    away, each way; ``echo_db`` how much quieter the box's own sound comes back (None: not).
    ``outcomes`` says what becomes of numbers; those that are not in it are answered after
    ``far_ring_s``, or when ``attended``, once ``answer`` is called.
    """

    def __init__(
        self,
        plan: TonePlan,
        *,
        caller_id: Standard | DtmfForm = Standard.BELL,
        id_moment: IdMoment = IdMoment.AFTER_RING,
        disconnect: Disconnect = Disconnect.CPC,
        reverses_on_answer: bool = False,
        gives_dial_tone: bool = True,
        loss_db: float = 0.0,
        echo_db: float | None = None,
    ) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.far_ring_s = _FAR_RING_S
        self.attended = False
        self._plan = plan
        self._kind_of_id = caller_id
        self._id_moment = id_moment
        self._disconnect = disconnect
        self._reverses_on_answer = reverses_on_answer
        self._gives_dial_tone = gives_dial_tone
        self._loss_db = loss_db
        self._hybrid = None if echo_db is None else Hybrid(echo_db)
        self._cut = self._held = self._reversed = False
        self._events: list[OfficeEvent] = []
        self._closed_frames = self._open_frames = self._pulses = 0
        self._enter(OfficeState.IDLE)

    @property
    def state(self) -> OfficeState:
        """What the line is doing, seen from here."""
        return self._state

    @property
    def is_cut(self) -> bool:
        """Whether the wire is cut."""
        return self._cut

    def ring(self, caller: CallerId) -> None:
        """Call the box.

        Raises:
            RuntimeError: the line is in use or cut.
            ValueError: the number or the name cannot be sent; nothing was done.
        """
        if self._cut or self._state is not OfficeState.IDLE:
            raise RuntimeError(f"the line is {'cut' if self._cut else self._state}")
        kind = self._kind_of_id
        encoder: _Encoder = (  # before the state changes: it refuses what it cannot send
            CallerIdEncoder(caller, kind)
            if isinstance(kind, Standard)
            else DtmfCallerIdEncoder(caller, kind)
        )
        self._enter(OfficeState.RINGING)
        self._cadence = Cadence(self._plan.ring_ms)
        self._caller_id: _Encoder | None = encoder
        self._before_ring = self._id_moment is not IdMoment.AFTER_RING
        self._reversed = self._id_moment is IdMoment.AFTER_REVERSAL

    def hang_up(self) -> None:
        """The far party leaves: ringing stops, or the disconnect signal is given."""
        if self._state is OfficeState.RINGING:
            self._enter(OfficeState.IDLE)
        elif self._state in (OfficeState.TALKING, OfficeState.CALLING):
            self._enter(OfficeState.RELEASED)

    def answer(self) -> None:
        """The subscriber whom the box calls answers.

        Raises:
            RuntimeError: nobody is called.
        """
        if self._state is not OfficeState.CALLING:
            raise RuntimeError(f"nobody is called: the line is {self._state}")
        self._enter(OfficeState.TALKING)
        self._reversed = self._reverses_on_answer
        self._events.append(FarAnswered())

    def refuse(self) -> None:
        """Busy tone, for a call of the box's that rings or is talked on.

        Raises:
            RuntimeError: there is no call.
        """
        if self._state not in (OfficeState.CALLING, OfficeState.TALKING):
            raise RuntimeError(f"there is no call to be busy for: the line is {self._state}")
        self._enter(OfficeState.RELEASED, self._plan.busy)

    def reverse(self) -> None:
        """Reverse the polarity of the battery."""
        self._reversed = not self._reversed

    def cut(self) -> None:
        """Cut the wire: no battery, no loop, no sound."""
        self._cut = True

    def mend(self) -> None:
        """Join the wire."""
        self._cut = False

    def events(self) -> list[OfficeEvent]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def step(self, loop: Loop, spoken: bytes = SILENCE) -> Feed:
        """20 ms: what came in on the line, and what goes out."""
        if self._cut:
            loop = Loop()
        heard = replace(loop, audio=amplified(loop.audio, -self._loss_db))
        self._watch_loop(loop)
        feed = self._feed(heard, spoken)
        if self._cut:
            return Feed(battery=False)
        return replace(feed, reversed=self._reversed, audio=self._onto_line(feed.audio, loop))

    def _onto_line(self, audio: bytes, loop: Loop) -> bytes:
        audio = amplified(audio, -self._loss_db)
        if self._hybrid is None or not loop.closed:
            return audio
        return bytes_of(samples_of(audio) + self._hybrid.echo_of(loop.audio))

    def _watch_loop(self, loop: Loop) -> None:
        if loop.closed:
            self._closed_frames += 1
            self._closing(self._open_frames)
            self._open_frames = 0
        else:
            self._open_frames += 1
            self._closed_frames = 0
            if self._open_frames == _HANG_UP_FRAMES:
                self._opened()

    def _closing(self, open_frames: int) -> None:
        dials = self._state in (OfficeState.SEIZED, OfficeState.DIALLING)
        if 0 < open_frames <= _PULSE_FRAMES and dials:
            self._pulses += 1
        elif _PULSE_FRAMES < open_frames < _HANG_UP_FRAMES:
            self._flashed()
        elif self._pulses and self._closed_frames == _PULSE_GAP_FRAMES:
            digit, self._pulses = str(self._pulses % 10), 0
            self._digits_heard(digit)
        if self._closed_frames == _LOOP_FRAMES:
            self._closed()

    def _flashed(self) -> None:
        if self._state is OfficeState.TALKING and not self._held:
            self._enter(OfficeState.SEIZED)
            self._held = True
        elif self._held:
            self._enter(OfficeState.TALKING)
            self._held = False
        else:
            return
        self._events.append(HookFlashed())

    def _closed(self) -> None:
        if self._state is OfficeState.RINGING:
            self._enter(OfficeState.TALKING)
            self._events.append(Answered())
        elif self._state is OfficeState.IDLE:
            self._enter(OfficeState.SEIZED)

    def _opened(self) -> None:
        self._held = False
        if self._state not in (OfficeState.IDLE, OfficeState.RINGING):
            self._enter(OfficeState.IDLE)
            self._events.append(BoxHungUp())

    def _enter(self, state: OfficeState, tone: Tone | None = None) -> None:
        self._state = state
        self._frames = 0
        self._ring_pause_frames = 0
        self._pulses = 0
        self._caller_id = None
        self._digits = ""
        self._signals = False
        self._ear: DtmfDetector | None = None
        match state:
            case OfficeState.IDLE:
                self._reversed = False
            case OfficeState.SEIZED:
                tone = self._plan.dial if self._gives_dial_tone else None
                self._ear = DtmfDetector(filter_dial_tone=True)
            case OfficeState.CALLING:
                tone = self._plan.ringback
            case OfficeState.RELEASED:
                self._signals = tone is None
                ends = {
                    Disconnect.CPC: self._plan.busy,
                    Disconnect.BUSY_TONE: self._plan.busy,
                    Disconnect.DIAL_TONE: self._plan.dial,
                }
                tone = tone or ends.get(self._disconnect)
        self._tone = None if tone is None else ToneGenerator(tone)

    def _feed(self, loop: Loop, spoken: bytes) -> Feed:
        self._frames += 1
        match self._state:
            case OfficeState.IDLE:
                return Feed()
            case OfficeState.RINGING:
                return self._feed_ringing()
            case OfficeState.TALKING:
                return Feed(audio=spoken)
            case OfficeState.SEIZED | OfficeState.DIALLING:
                return self._feed_dialling(loop)
            case OfficeState.CALLING:
                return self._feed_calling()
            case OfficeState.RELEASED:
                return self._feed_released()

    def _feed_ringing(self) -> Feed:
        if self._before_ring:
            return self._feed_before_ring()
        if self._cadence.step(_FRAME_MS):
            self._ring_pause_frames = 0
            return Feed(ringing=True)
        self._ring_pause_frames += 1
        if self._ring_pause_frames <= _ID_AFTER_FRAMES:
            return Feed()
        return self._feed_caller_id()

    def _feed_before_ring(self) -> Feed:
        if self._caller_id is None:
            self._ring_pause_frames += 1
            self._before_ring = self._ring_pause_frames < _RING_AFTER_ID_FRAMES
            return Feed()
        return self._feed_caller_id() if self._frames > _REVERSAL_FRAMES else Feed()

    def _feed_caller_id(self) -> Feed:
        if self._caller_id is None:
            return Feed()
        audio = self._caller_id.frame()
        if self._caller_id.done:
            self._caller_id = None
        return Feed(transmitting=True, audio=audio)

    def _feed_dialling(self, loop: Loop) -> Feed:
        assert self._ear is not None
        if digits := self._ear.feed(loop.audio):
            self._digits_heard(digits)
        if self._state is OfficeState.DIALLING and self._frames >= _DIGITS_OVER_FRAMES:
            self._put_through(self._digits)
        elif self._state is OfficeState.SEIZED and self._frames >= _NO_DIGIT_FRAMES:
            self._enter(OfficeState.RELEASED)
        return Feed(audio=self._tone_frame())

    def _digits_heard(self, digits: str) -> None:
        self._state = OfficeState.DIALLING
        self._digits += digits
        self._tone = None
        self._frames = 0

    def _put_through(self, number: str) -> None:
        outcome = self.outcomes.get(number, Outcome.ANSWERED)
        self._events.append(Dialled(number))
        if outcome in (Outcome.BUSY, Outcome.CONGESTION):
            self._enter(OfficeState.RELEASED, self._plan.tone(outcome))
        else:
            self._enter(OfficeState.CALLING)
            self._answers = outcome is Outcome.ANSWERED

    def _feed_calling(self) -> Feed:
        rung_s = self._frames * _FRAME_MS / 1000
        if self._answers and not self.attended and rung_s >= self.far_ring_s:
            self.answer()
            return Feed()
        return Feed(audio=self._tone_frame())

    def _feed_released(self) -> Feed:
        if not self._signals:
            return Feed(audio=self._tone_frame())
        if self._frames < _NOTICE_FRAMES:
            return Feed()
        if self._frames == _NOTICE_FRAMES:
            self._events.append(Disconnected())
            if self._disconnect is Disconnect.REVERSAL:
                self._reversed = not self._reversed
        signalled = self._frames >= _NOTICE_FRAMES + _CPC_FRAMES
        if self._disconnect is Disconnect.CPC and not signalled:
            return Feed(battery=False)
        return Feed(audio=self._tone_frame())

    def _tone_frame(self) -> bytes:
        return self._tone.frame() if self._tone is not None else SILENCE
