"""A simulated central office: the far end of one trunk line.

It feeds the line, rings in the country's cadence, sends caller ID as audio between the first
and the second ring, sees the answer by the loop current, carries speech, and disconnects as
configured: by taking the battery away for an instant (CPC) or only by busy tone. Towards a box
that seizes the line it gives dial tone, hears the digits, rings out and answers.

``step`` is 20 ms; nothing here looks at a clock. What the subscriber at the other end says
is handed in as ``spoken``; what it hears is in the loop frame that ``step`` was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hw.dahdi.wire import SILENCE, Feed, Loop
from hw.signal.cadence import Cadence
from hw.signal.caller_id import CallerId, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import ToneGenerator, TonePlan

_FRAME_MS = 20
_LOOP_FRAMES = 2  # the loop must hold for 40 ms: contacts bounce
_HANG_UP_FRAMES = 20  # a break of 400 ms is a hang-up, shorter ones are flashes and pulses
_CPC_FRAMES = 25  # 500 ms without battery
_NOTICE_FRAMES = 25  # the office takes 0.5 s to give the disconnect signal
_ID_AFTER_FRAMES = 25  # GR-30: caller ID begins 0.5 to 1.5 s after the first ring
_DIGITS_OVER_FRAMES = 125  # 2.5 s without a digit: the number is complete
_NO_DIGIT_FRAMES = 500  # a line seized for 10 s without a digit is released: "permanent signal"
_FAR_RING_FRAMES = 100  # the called subscriber lets it ring for 2 s


class OfficeState(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    SEIZED = "seized"  # the box is off hook and hears dial tone
    DIALLING = "dialling"
    CALLING = "calling"  # the box hears ringback
    RELEASED = "released"  # disconnected; waits for the box to go on hook, with busy tone


class Disconnect(StrEnum):
    CPC = "cpc"
    BUSY_TONE = "busy_tone"


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
class FarAnswered:
    """The called subscriber answered."""


OfficeEvent = Answered | BoxHungUp | Disconnected | Dialled | FarAnswered


class CentralOffice:
    """One line's equipment in the office."""

    def __init__(
        self,
        plan: TonePlan,
        *,
        standard: Standard = Standard.BELL,
        disconnect: Disconnect = Disconnect.CPC,
    ) -> None:
        self._plan = plan
        self._standard = standard
        self._disconnect = disconnect
        self._cut = False
        self._events: list[OfficeEvent] = []
        self._closed_frames = self._open_frames = 0
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
        """
        if self._cut or self._state is not OfficeState.IDLE:
            raise RuntimeError(f"the line is {'cut' if self._cut else self._state}")
        self._enter(OfficeState.RINGING)
        self._cadence = Cadence(self._plan.ring_ms)
        self._caller_id: CallerIdEncoder | None = CallerIdEncoder(caller, self._standard)

    def hang_up(self) -> None:
        """The far party leaves: ringing stops, or the disconnect signal is given."""
        if self._state is OfficeState.RINGING:
            self._enter(OfficeState.IDLE)
        elif self._state in (OfficeState.TALKING, OfficeState.CALLING):
            self._enter(OfficeState.RELEASED)

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
        self._watch_loop(loop)
        feed = self._feed(loop, spoken)
        return Feed(battery=False) if self._cut else feed

    def _watch_loop(self, loop: Loop) -> None:
        if loop.closed:
            self._closed_frames += 1
            self._open_frames = 0
            if self._closed_frames == _LOOP_FRAMES:
                self._closed()
        else:
            self._open_frames += 1
            self._closed_frames = 0
            if self._open_frames == _HANG_UP_FRAMES:
                self._opened()

    def _closed(self) -> None:
        if self._state is OfficeState.RINGING:
            self._enter(OfficeState.TALKING)
            self._events.append(Answered())
        elif self._state is OfficeState.IDLE:
            self._enter(OfficeState.SEIZED)

    def _opened(self) -> None:
        if self._state not in (OfficeState.IDLE, OfficeState.RINGING):
            self._enter(OfficeState.IDLE)
            self._events.append(BoxHungUp())

    def _enter(self, state: OfficeState) -> None:
        self._state = state
        self._frames = 0
        self._ring_pause_frames = 0
        self._caller_id = None
        self._digits = ""
        self._tone: ToneGenerator | None = None
        self._ear: DtmfDetector | None = None
        match state:
            case OfficeState.SEIZED:
                self._tone = ToneGenerator(self._plan.dial)
                self._ear = DtmfDetector(filter_dial_tone=True)
            case OfficeState.CALLING:
                self._tone = ToneGenerator(self._plan.ringback)
            case OfficeState.RELEASED:
                self._tone = ToneGenerator(self._plan.busy)

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
        if self._cadence.step(_FRAME_MS):
            self._ring_pause_frames = 0
            return Feed(ringing=True)
        self._ring_pause_frames += 1
        encoder = self._caller_id
        if encoder is None or self._ring_pause_frames <= _ID_AFTER_FRAMES:
            return Feed()
        audio = encoder.frame()
        if encoder.done:
            self._caller_id = None
        return Feed(transmitting=True, audio=audio)

    def _feed_dialling(self, loop: Loop) -> Feed:
        assert self._ear is not None
        if digits := self._ear.feed(loop.audio):
            self._state = OfficeState.DIALLING
            self._digits += digits
            self._tone = None
            self._frames = 0
        if self._state is OfficeState.DIALLING and self._frames >= _DIGITS_OVER_FRAMES:
            number = self._digits
            self._enter(OfficeState.CALLING)
            self._events.append(Dialled(number))
        elif self._state is OfficeState.SEIZED and self._frames >= _NO_DIGIT_FRAMES:
            self._enter(OfficeState.RELEASED)
        return Feed(audio=self._tone_frame())

    def _feed_calling(self) -> Feed:
        if self._frames >= _FAR_RING_FRAMES:
            self._enter(OfficeState.TALKING)
            self._events.append(FarAnswered())
            return Feed()
        return Feed(audio=self._tone_frame())

    def _feed_released(self) -> Feed:
        if self._frames < _NOTICE_FRAMES:
            return Feed()
        if self._frames == _NOTICE_FRAMES:
            self._events.append(Disconnected())
        signalled = self._frames >= _NOTICE_FRAMES + _CPC_FRAMES
        if self._disconnect is Disconnect.CPC and not signalled:
            return Feed(battery=False)
        return Feed(audio=self._tone_frame())

    def _tone_frame(self) -> bytes:
        return self._tone.frame() if self._tone is not None else SILENCE
