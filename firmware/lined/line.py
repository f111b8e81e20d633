"""What all lines have in common: a state, a port, a patch, a row on the board, at most one call.

A ``Line`` lives in the daemon's own thread. It is told of its port (``on_found``, ``on_lost``,
``on_port``), of its dialog (the ``CallEvents``) and of what its ears heard, and gives orders.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from firmware.lined.exchange import Dialog, Exchange
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel, Polled
from firmware.link.rows import LineRow
from firmware.model.cause import Cause
from firmware.model.line import LineEvent, LineState
from firmware.model.table import Table
from firmware.sip.call import CallEvents
from firmware.sip.message import Invitation
from hw.signal.tone import TonePlan

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Polled)


class Handle(Protocol):
    """A timer that runs (``asyncio.TimerHandle``)."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The daemon's loop, as far as lines need it."""

    def time(self) -> float:
        """Seconds, monotonic."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object]) -> Handle:
        """Run ``callback`` in ``delay`` seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTimes:
    """How long lines wait, in seconds."""

    ring_gap_s: float = 8.0  # no ring for so long: the caller gave up (no cadence pauses longer)
    caller_id_s: float = 6.5  # after the first ring began; caller ID comes before the second
    early_id_s: float = 4.5  # caller ID heard before a ring is of its caller only so long
    second_ring_s: float = 1.5  # a pause this long separates rings; shorter ones are inside one
    retry_s: float = 2.0  # a ringing line the exchange could not take is offered again
    rest_s: float = 2.0  # after a call: ringing is not reported sooner (RING_DEBOUNCE_TIME)
    dial_tone_s: float = 2.5  # exchanges give it within a second; the next way must be tried soon
    answer_after_s: float = 3.0  # an analogue line does not say that it was answered
    first_digit_s: float = 15.0
    next_digit_s: float = 4.0
    end_tone_s: float = 60.0  # a handset left off the hook hears the tone so long, then a howl
    howl_s: float = 60.0  # so long, then nothing
    recall_s: float = 60.0  # who was left on hold lets the telephone ring so long
    transfer_s: float = 5.0  # the exchange has so long to do what it was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every line is given by the daemon."""

    exchange: Exchange
    clock: Clock
    plan: TonePlan
    times: LineTimes
    post: Callable[[str, LineRow], None]


class Line(Generic[P]):
    """One line. ``kind`` is "trunk", "station" or "mobile"."""

    kind = ""
    table: Table[LineState, LineEvent]

    def __init__(
        self, name: str, channel: Channel[P], around: Surroundings, *, simulated: bool
    ) -> None:
        self.name = name
        self.state = self.table.initial
        self.channel = channel
        self.dialog: Dialog | None = None
        self.simulated = simulated
        self.fault = "not opened yet"
        self.number = ""
        self.note = ""  # why the last event happened
        self.signal_dbm: int | None = None
        self.around = around
        self._timers: dict[str, Handle] = {}
        channel.listener = self

    @property
    def patch(self) -> Patch:
        """Where its audio goes."""
        return self.channel.patch

    def row(self) -> LineRow:
        """The line as the link shows it."""
        return LineRow(
            id=self.name,
            kind=self.kind,
            state=self.state,
            simulated=self.simulated,
            number=self.number,
            signal_dbm=self.signal_dbm,
            fault=self.fault,
            note=self.note,
        )

    # -- stepping -------------------------------------------------------------------------

    def step(self, event: LineEvent, note: str = "") -> bool:
        """Take ``event``; False when it is lawfully late and nothing may be done about it."""
        if self.table.is_late(self.state, event):
            log.debug("line %s %s: late %s", self.name, self.state, event)
            return False
        before, self.state = self.state, self.table.step(self.state, event)
        self.note = note
        shown = f" ({note})" if note else ""
        log.info("line %s %s -%s-> %s%s", self.name, before, event, self.state, shown)
        self.post(event)
        return True

    def post(self, event: str) -> None:
        """Show the line as it is now, after ``event``."""
        self.around.post(f"line.{event}", self.row())

    def after(self, name: str, delay_s: float, then: Callable[[], Any]) -> None:
        """Do ``then`` in ``delay_s`` seconds; a timer of that name that runs is replaced."""
        self.stop_timer(name)

        def due() -> None:
            del self._timers[name]
            then()

        self._timers[name] = self.around.clock.call_later(delay_s, due)

    def stop_timer(self, name: str) -> None:
        """Forget the timer, if it runs."""
        handle = self._timers.pop(name, None)
        if handle is not None:
            handle.cancel()

    def stop_timers(self) -> None:
        """Forget every timer."""
        for name in list(self._timers):
            self.stop_timer(name)

    # -- the call -------------------------------------------------------------------------

    def answer_path(self) -> None:
        """Join the line's audio to its call's."""
        assert self.dialog is not None
        self.patch.open()
        self.channel.prime()
        self.around.exchange.join(self.dialog, self.name)

    def let_go(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """End the call at the exchange, if there is one, and part the audio."""
        self.stop_timers()
        self.patch.close()
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            self.around.exchange.forget(dialog, cause)

    def release(self) -> None:
        """The exchange is gone: free the line. What it held of the call is gone too, so the
        dialog is ended here; nobody may answer."""
        if self.dialog is not None:
            self.around.exchange.forget(self.dialog, Cause.TEMPORARY_FAILURE)
            self.on_ended(Cause.TEMPORARY_FAILURE, by_them=True)

    def close(self) -> None:
        """The line is taken out of the configuration."""
        self.let_go(Cause.NO_CIRCUIT)
        self.channel.listener = None

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """A call from the exchange. A cause refuses it."""
        raise NotImplementedError

    def events_of(self, dialog: Dialog) -> CallEvents:  # noqa: ARG002 - a line has one call
        """Who is told of a dialog that was taken."""
        return self

    # -- the port -------------------------------------------------------------------------

    def on_found(self) -> None:
        """Poller: the port is open."""
        self.fault = ""
        self.step(LineEvent.FOUND)

    def on_lost(self, why: str) -> None:
        """Poller: the port is gone."""
        self.fault = why
        self.let_go(Cause.NETWORK_OUT_OF_ORDER)
        self.number, self.signal_dbm = "", None
        if not self.step(LineEvent.LOST, why):
            log.warning("line %s: %s", self.name, why)
            self.post(LineEvent.LOST)

    def on_port(self, event: object) -> None:
        """Poller: something happened on the port."""
        raise NotImplementedError

    # -- the dialog, unless a kind of line says otherwise ---------------------------------

    def on_ringing(self) -> None:
        """CallEvents: 180."""

    def on_progress(self) -> None:
        """CallEvents: 183."""

    def on_answered(self) -> None:
        """CallEvents: 200 and ACK."""

    def on_held(self, held: bool) -> None:
        """CallEvents: the exchange joins the leg to something else; a line has no hold lamp."""

    def on_digit(self, digit: str) -> None:
        """CallEvents: a key, sent on as a tone."""
        self.patch.press(digit)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """CallEvents: over."""
        raise NotImplementedError
