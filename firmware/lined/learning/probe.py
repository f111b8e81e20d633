"""A probe: one trunk line while it is learned. It goes off hook, listens, dials, and keeps all
that was heard and all that happened to the wires."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from firmware.lined.dialling import Dialling
from firmware.lined.trunk import TrunkLine
from firmware.model.learning import EchoHeard, Fault, IdKind, Role, ToneHeard
from hw.dahdi import port
from hw.signal import echo
from hw.signal.caller_id import CallerIdDecoder, Standard
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder
from hw.signal.keying import standard_of
from hw.signal.level import RATE_HZ, level_dbm0
from hw.signal.measure import Measured, measure

T = TypeVar("T")


class Work(Protocol):
    """Runs a function that counts for long where nobody waits for it."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


_BYTES_PER_S = 2 * RATE_HZ
_LOOK_S = 0.1
_MEASURE_S = 1.0
_LONGEST_S = 24.0  # of audio that is measured at once
_RECENT_S = 9.0
_KEYED_S = 4.0  # caller ID, from the carrier in front of it to its last bit
_PURE = 0.7
_SOUND_DBM0 = -50.0
_SETTLE_S = 0.4  # the click of the relay
_MUTE_S = 0.5


class StepFailed(RuntimeError):
    """A step cannot go on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the wires, in seconds of the loop's clock."""

    at_s: float
    event: object


class Probe:
    """``line`` in the hands of a learner. ``rings`` says whether a call is waited for."""

    def __init__(self, line: TrunkLine, work: Work) -> None:
        self.line = line
        self.rings = False
        self.happened: list[Happened] = []
        self.caller_ids: list[tuple[float, IdKind]] = []
        self._work = work
        self._heard = bytearray()
        self._fault: Fault | None = None
        self._dialling: Dialling | None = None

    @property
    def now_s(self) -> float:
        """The clock's."""
        return self.line.around.clock.time()

    # -- of the line ----------------------------------------------------------------------

    def on_port(self, event: object) -> bool:
        """TrunkLine: something happened on the wires."""
        if isinstance(event, port.RingBegan | port.RingEnded) and not self.rings:
            return False
        self.happened.append(Happened(self.now_s, event))
        if isinstance(event, port.PulsesSent) and self._dialling is not None:
            self._dialling.pulses_sent()
        return True

    def stopped(self, fault: Fault) -> None:
        """TrunkLine: the line was taken away."""
        self._fault = fault

    @property
    def fault(self) -> Fault | None:
        """Why the line was taken away, if it was."""
        return self._fault

    # -- orders ---------------------------------------------------------------------------

    async def seize(self) -> None:
        """Go off hook, and let the wires settle."""
        self.line.channel.order(lambda fxo: fxo.off_hook())
        self.line.channel.prime()
        # What the canceller takes away cannot be measured.
        self.line.channel.order(lambda fxo: fxo.cancel_echo(0))
        self._listen()
        await self.wait(_SETTLE_S)

    async def hang_up(self, rest_s: float) -> None:
        """Go on hook, and let the exchange notice."""
        self.line.hang_up_port()
        self._listen()
        await self.wait(rest_s)

    def listen_on_hook(self) -> None:
        """Listen for caller ID too."""
        framed, bare = DtmfCallerIdDecoder(), DtmfCallerIdDecoder(bare=True)
        self._listen()
        self.line.patch.ears = (
            *self.line.patch.ears,
            (CallerIdDecoder().feed, lambda _caller: self._keyed()),
            (framed.feed, lambda _caller: self._caller_id(IdKind.DTMF)),
            (bare.feed, lambda _caller: self._caller_id(IdKind.DTMF_BARE)),
        )

    async def dial(self, number: str) -> None:
        """Dial, as the line is configured to."""
        done: list[bool] = []
        signals = self.line.signals
        self._dialling = Dialling(
            self.line,
            signals.dial_prefix + number,
            mode=signals.dial,
            plan=self.line.around.plan,
            dial_tone_s=signals.dial_tone_s,
            done=lambda: done.append(True),
            failed=lambda: done.append(False),
        )
        self._dialling.go_on()
        while not done:
            await self.wait(_LOOK_S)
        self._dialling = None
        if not done[0]:
            raise StepFailed(Fault.NO_DIAL_TONE)
        self._listen()

    async def wait(self, seconds: float) -> None:
        """Let time go by.

        Raises:
            StepFailed: the line was taken away.
        """
        await asyncio.sleep(seconds)
        if self._fault is not None:
            raise StepFailed(self._fault)

    # -- ears -----------------------------------------------------------------------------

    @property
    def place(self) -> int:
        """Where in what was heard we are."""
        return len(self._heard)

    def heard(self, begin: int, end: int | None = None) -> bytes:
        """What was heard between two places."""
        return bytes(self._heard[begin:end])

    async def tone(
        self,
        begin: int,
        *,
        patience_s: float,
        is_enough: Callable[[Measured], bool],
        until: Callable[[], bool] = lambda: False,
    ) -> Measured | None:
        """Listen for a tone from ``begin`` on, until ``is_enough`` says so of it or ``until``
        comes true; None when none came for ``patience_s``. The best so far counts at the end."""
        end_s = self.now_s + patience_s
        found: Measured | None = None
        while self.now_s < end_s and not until():
            await self.wait(_MEASURE_S)
            measured = await self.measured(begin)
            if measured is not None:
                found = measured
                if is_enough(measured):
                    break
        return found

    async def measured(self, begin: int) -> Measured | None:
        """The tone in what was heard since ``begin``, if it is pure: in all of it, or lately."""
        for seconds in (_LONGEST_S, _RECENT_S):
            first = max(begin, self.place - round(seconds * RATE_HZ) * 2)
            audio = self.heard(first)
            measured = await self._work(partial(measure, audio))
            if measured is not None and measured.purity >= _PURE:
                return measured
        return None

    def is_sound(self, begin: int) -> bool:
        """Whether anything could be heard since ``begin``, in the median fifth of a second."""
        audio, piece = self.heard(begin), _BYTES_PER_S // 5
        levels = sorted(level_dbm0(audio[at : at + piece]) for at in range(0, len(audio), piece))
        return bool(levels) and levels[len(levels) * 3 // 4] > _SOUND_DBM0

    async def echo(self, tones_hz: Sequence[float] = ()) -> EchoHeard:
        """Send a burst of noise and measure what comes back of it, beneath tones that sound."""
        await self.wait(_MUTE_S)
        begin = self.place
        self.line.patch.mouth = echo.Burst()
        await self.wait(echo.LISTEN_S + 0.2)
        self.line.patch.mouth = None
        audio = self.heard(begin, begin + round(echo.LISTEN_S * _BYTES_PER_S))
        if tones_hz:
            audio = echo.without(audio, tones_hz)
        found = await self._work(partial(echo.echo_in, audio))
        return EchoHeard(
            return_loss_db=found.return_loss_db,
            depth_db=found.depth_db,
            far_loss_db=found.far_loss_db,
        )

    def forget(self) -> None:
        """Throw away what was heard: it is long."""
        self._heard = bytearray()

    # -- the rest -------------------------------------------------------------------------

    def since(self, at_s: float, *kinds: type) -> Sequence[Happened]:
        """What happened on the wires from a time on."""
        return [one for one in self.happened if one.at_s >= at_s and isinstance(one.event, kinds)]

    def _listen(self) -> None:
        self.line.patch.ears = ((self._hear, lambda _nothing: None),)

    def _hear(self, frame: bytes) -> None:
        # The poller's thread; the daemon's only reads what was there before.
        self._heard += frame

    def _keyed(self) -> None:
        audio = self.heard(max(0, self.place - round(_KEYED_S * RATE_HZ) * 2))
        kinds = {Standard.BELL: IdKind.BELL, Standard.V23: IdKind.V23}
        self._caller_id(kinds[standard_of(audio)])

    def _caller_id(self, kind: IdKind) -> None:
        self.caller_ids.append((self.now_s, kind))


def tone_heard(role: Role, measured: Measured) -> ToneHeard:
    """A measured tone as an observation."""
    return ToneHeard(
        role=role,
        freqs_hz=measured.freqs_hz,
        cadence_ms=measured.cadence_ms,
        level_dbm0=measured.level_dbm0,
        periods=measured.periods,
        spread=measured.spread,
        purity=measured.purity,
    )
