"""A leg of a call, as a call's script sees it.

Orders (``ring``, ``answer``, ``hang_up``) return at once. Waits (``answered``, ``play``,
``collect``) are coroutines; all of them raise ``LegGone`` when the party leaves, so a script
reads as the caller hears it and needs no state of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from firmware.model.cause import Cause
from firmware.model.leg import LEG_TABLE, LIVE, LegEvent, LegState
from firmware.model.quality import Stream
from firmware.sip.call import CallEvents
from firmware.sip.transfer import TransferRequest
from firmware.switchd.target import Trip

log = logging.getLogger(__name__)

T = TypeVar("T")

_OF_THE_PARTY = (
    "dialog",
    "direction",
    "party",
    "line",
    "way",
    "trip",
    "state",
    "cause",
    "ended_by_them",
    "has_rung",
)
"""What a party takes along to another seat."""


class LegGone(ConnectionError):
    """The party has left; ``cause`` says why."""

    def __init__(self, leg: Leg) -> None:
        super().__init__(f"leg {leg.id} is gone ({leg.cause.name.lower()})")
        self.leg = leg
        self.cause = leg.cause


class Dialog(Protocol):
    """What a leg needs of the dialog that carries it (``firmware.sip.call.SipCall``)."""

    events: CallEvents | None
    id: str  # its Call-ID

    @property
    def streams(self) -> Sequence[Stream]: ...
    def ring(self) -> None: ...
    def progress(self) -> None: ...
    def answer(self) -> None: ...
    def hang_up(self, cause: Cause) -> None: ...
    def send_digits(self, digits: str) -> None: ...
    def swap_audio(self, other: Any) -> None: ...


class Host(Protocol):
    """What a leg needs of the call it belongs to."""

    def leg_changed(self, leg: Leg, event: LegEvent) -> None: ...
    def leg_held(self, leg: Leg, held: bool) -> None: ...
    def leg_pressed(self, leg: Leg, digit: str) -> None: ...
    def leg_heard(self, leg: Leg, what: str) -> None: ...
    def leg_left(self, leg: Leg) -> None: ...
    def leg_came(self, leg: Leg) -> None: ...
    def transfer_asked(self, leg: Leg, request: TransferRequest) -> None: ...


class Sound(Protocol):
    """Something being played to a leg; ``stop`` ends it early."""

    async def finished(self) -> None: ...
    def stop(self) -> None: ...


class Leg:
    """One party's half of a call.

    ``party`` is the number or line it stands for, ``host`` the call, which is told of every
    change. ``dialog`` is set by whoever made the leg; ``swap`` lets two parties change seats.
    """

    def __init__(
        self, host: Host, *, ident: str, direction: str, party: str, now: Callable[[], float]
    ) -> None:
        self.id = ident
        self.host = host
        self.direction = direction
        self.party = party
        self.line = ""  # the analogue line or SIM it is on, if any
        self.way = ""  # the trunk line, SIM or SIP trunk it comes or goes by, if any
        self.trip: Trip | None = None  # on whose account it was called outside
        self.state = LegState.TRYING
        self.cause = Cause.NORMAL_CLEARING
        self.ended_by_them = False
        self.has_rung = False
        self.started_at = now()
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.dialog: Dialog | None = None
        self._now = now
        self._answered = asyncio.Event()
        self._gone = asyncio.Event()
        self._keys: deque[str] = deque()
        self._pressed = asyncio.Event()

    # -- orders ---------------------------------------------------------------------------

    def ring(self) -> None:
        """Tell the caller that it rings (180)."""
        if self.state is LegState.TRYING:
            self._send(self._dialog().ring, LegEvent.RANG)

    def progress(self) -> None:
        """Open early media towards the caller (183)."""
        if self.state in (LegState.TRYING, LegState.RINGING):
            self._send(self._dialog().progress, LegEvent.PROGRESSED)

    def answer(self) -> None:
        """Answer the caller (200)."""
        if self.state in (LegState.TRYING, LegState.RINGING, LegState.EARLY):
            self._send(self._dialog().answer, LegEvent.ANSWERED)

    def _send(self, order: Callable[[], None], event: LegEvent) -> None:
        """Carry out ``order``. It may end the dialog at once: what the party offered cannot be
        answered (488), and the leg is gone before the order returns."""
        order()
        if not self.is_gone:
            self._step(event)

    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """End the leg; ``gone`` follows."""
        if self.state in (LegState.ENDING, LegState.GONE):
            return
        self.cause = cause
        self._step(LegEvent.HANG_UP)
        if self.dialog is None:  # an empty seat
            self._step(LegEvent.ENDED)
        else:
            self.dialog.hang_up(cause)

    def send_digits(self, digits: str) -> None:
        """Press keys towards the party."""
        self._dialog().send_digits(digits)

    def swap(self, other: Leg) -> None:
        """Let the parties of two legs change seats: transfer, pick-up, parking.

        What a seat is joined to, and whoever waits on it, stay with the seat. A leg without
        a dialog is an empty seat: the party simply moves there.
        """
        occupied = [seat for seat in (self, other) if seat.dialog is not None]
        for seat in occupied:
            seat.host.leg_left(seat)
        held = {seat: seat.state is LegState.HELD for seat in (self, other)}
        for name in _OF_THE_PARTY:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)
        if self.dialog is not None and other.dialog is not None:
            self.dialog.swap_audio(other.dialog)
        for seat in (self, other):
            if seat.dialog is not None:
                seat._take_seat(held[seat])

    def _take_seat(self, was_held: bool) -> None:
        self._dialog().events = self
        self.started_at = self._now()
        self.answered_at = self.started_at if self.is_live else None
        self.forget_keys()  # of whoever sat here before
        if self.is_live:
            self._answered.set()
        self.host.leg_came(self)
        if was_held is not (self.state is LegState.HELD):
            self.host.leg_held(self, not was_held)

    def forget_keys(self) -> None:
        """What the party pressed up to now was not meant for the exchange."""
        self._keys.clear()
        self._pressed.clear()

    # -- waits ----------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Answered and not gone."""
        return self.state in LIVE

    @property
    def is_gone(self) -> bool:
        """Over."""
        return self.state is LegState.GONE

    @property
    def has_keys(self) -> bool:
        """Whether the party pressed a key that nobody has taken."""
        return bool(self._keys)

    async def gone(self) -> None:
        """Wait for the end of the leg."""
        await self._gone.wait()

    async def answered(self) -> None:
        """Wait for the answer.

        Raises:
            LegGone: it was refused or given up.
        """
        await self.unless_gone(self._answered.wait())

    async def unless_gone(self, wait: Coroutine[Any, Any, T]) -> T:
        """``await wait``, but no longer than the leg lives.

        Raises:
            LegGone: the party left first.
        """
        if self.state in (LegState.ENDING, LegState.GONE):
            wait.close()
            raise LegGone(self)
        waiting = asyncio.ensure_future(wait)
        leaving = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise LegGone(self)
            return waiting.result()
        finally:
            waiting.cancel()
            leaving.cancel()

    async def digit(self, timeout_s: float) -> str:
        """The next key pressed, "" when none came in time.

        Raises:
            LegGone: the party left.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.unless_gone(self._pressed.wait())
        return self._next_key()

    async def collect(self, sound: Sound, timeout_s: float) -> str:
        """Play ``sound`` and take one key, which may be pressed during it.

        Returns:
            The key, "" when none came within ``timeout_s`` after the sound's end.

        Raises:
            LegGone: the party left.
        """
        pressed = asyncio.ensure_future(self.unless_gone(self._pressed.wait()))
        try:
            await self._first(pressed, sound.finished())
            if not pressed.done():
                await asyncio.wait((pressed,), timeout=timeout_s)
            if pressed.done():
                pressed.result()
            return self._next_key()
        finally:
            sound.stop()
            pressed.cancel()

    async def collect_number(self, sound: Sound, timeout_s: float, longest: int = 32) -> str:
        """Play ``sound`` and take keys until "#", a pause of ``timeout_s`` or ``longest`` keys.

        Raises:
            LegGone: the party left.
        """
        number = ""
        key = await self.collect(sound, timeout_s)
        while key and key != "#":
            number += key
            key = await self.digit(timeout_s) if len(number) < longest else ""
        return number

    async def listen(self, sound: Sound) -> None:
        """Play ``sound`` to its end.

        Raises:
            LegGone: the party left.
        """
        try:
            await self.unless_gone(sound.finished())
        finally:
            sound.stop()

    def _next_key(self) -> str:
        """The oldest key that nobody has taken, "" when there is none. No wait takes one: a wait
        that ends as the key comes would lose it."""
        key = self._keys.popleft() if self._keys else ""
        if not self._keys:
            self._pressed.clear()
        return key

    async def _first(self, one: asyncio.Future[Any], other: Coroutine[Any, Any, None]) -> None:
        ending = asyncio.ensure_future(other)
        try:
            await asyncio.wait((one, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()

    # -- what the dialog reports ----------------------------------------------------------

    def on_ringing(self) -> None:
        """CallEvents: 180 received."""
        self._step(LegEvent.RANG)

    def on_progress(self) -> None:
        """CallEvents: 183 received."""
        self._step(LegEvent.PROGRESSED)

    def on_answered(self) -> None:
        """CallEvents: confirmed. An inbound leg has taken its step when it sent the 200."""
        if self.direction == "outbound":
            self._step(LegEvent.ANSWERED)

    def on_settled(self, dialog: Dialog) -> None:
        """ForkEvents: of the party's telephones this one was picked up."""
        self.dialog = dialog

    def on_held(self, held: bool) -> None:
        """CallEvents: the party holds us or takes us back."""
        if self.state in LIVE:
            self._step(LegEvent.HELD if held else LegEvent.RESUMED)
            self.host.leg_held(self, held)

    def on_digit(self, digit: str) -> None:
        """CallEvents: a key."""
        if not self.is_gone:
            self._keys.append(digit)
            self._pressed.set()
            self.host.leg_pressed(self, digit)

    def on_heard(self, what: str) -> None:
        """HearingEvents: the line heard a fax machine, or something else that is no speech."""
        if not self.is_gone:
            self.host.leg_heard(self, what)

    def on_transfer(self, request: TransferRequest) -> None:
        """CallEvents: the party wants the other party elsewhere."""
        if self.is_live:
            self.host.transfer_asked(self, request)
        else:
            request.fail(Cause.CALL_REJECTED)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """CallEvents: over."""
        if by_them:
            self.cause = cause
            self.ended_by_them = True
        self._step(LegEvent.ENDED)

    def _step(self, event: LegEvent) -> None:
        before = self.state
        late = LEG_TABLE.is_late(before, event)
        self.state = LEG_TABLE.step(before, event)
        if late:
            log.debug("leg %s %s: late %s", self.id, before, event)
            return
        log.info("leg %s %s -%s-> %s", self.id, before, event, self.state)
        self.has_rung |= event is LegEvent.RANG
        if self.state is LegState.ANSWERED and self.answered_at is None:
            self.answered_at = self._now()
            self._answered.set()
        elif self.state is LegState.GONE:
            self.ended_at = self._now()
        self.host.leg_changed(self, event)
        if self.state is LegState.GONE:
            self._gone.set()

    def _dialog(self) -> Dialog:
        if self.dialog is None:
            raise RuntimeError(f"leg {self.id} has no dialog yet")
        return self.dialog
