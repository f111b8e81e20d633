"""A call: the legs of one conversation, what became of it, and its record.

The call is what scripts act on: they dial further legs, lead the caller from place to place,
bridge and record. It tells two listeners: the board (what is) and the ledger (what was).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from firmware.link.rows import CallRow, LegRow, RecordingRow
from firmware.link.server import Board
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Station
from firmware.model.leg import LegEvent
from firmware.model.record import CallEvent, CallRecord, Disposition, LegRecord, Record
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.media import Bridge, PlayedSound, Recording, Studio

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Where records go; never waits."""

    def put(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every call uses."""

    board: Board
    studio: Studio
    ledger: Ledger
    clock: Callable[[], float]  # Unix seconds
    record_calls: Callable[[], bool]
    config_version: Callable[[], int]
    call_station: Callable[[Call, Station], Leg]
    leg_added: Callable[[Leg], None]
    leg_gone: Callable[[Leg], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who calls what, by which line."""

    caller: str
    caller_name: str
    called: str
    line: str
    language: str


class Call:
    """One conversation as the bill sees it."""

    def __init__(self, ident: str, origin: Origin, services: Services) -> None:
        self.id = ident
        self.origin = origin
        self.language = origin.language
        self.legs: list[Leg] = []
        self.place = ""
        self.queue = ""
        self.agent = ""
        self.digits = ""
        self.disposition: Disposition | None = None
        self.cause = Cause.NORMAL_CLEARING
        self.started_at = services.clock()
        self.talked_at: float | None = None
        self._services = services
        self._leg_numbers = count(1)
        self._recording: Recording | None = None
        self._recording_row: RecordingRow | None = None

    @property
    def caller(self) -> Leg:
        """The leg that began the call."""
        return self.legs[0]

    def add_leg(self, direction: str, party: str) -> Leg:
        """A further leg, not yet carried by a dialog."""
        leg = Leg(
            ident=f"{self.id}.{next(self._leg_numbers)}",
            direction=direction,
            party=party,
            now=self._services.clock,
        )
        leg.listener = self._leg_changed
        self.legs.append(leg)
        self._services.board.post("leg.added", self._leg_row(leg))
        self._services.leg_added(leg)
        return leg

    def begin(self) -> None:
        """The first leg is there: show the call and put it on record as begun."""
        self.note("started", self.origin.called)
        self._services.board.post("call.started", self.row())
        self._services.ledger.put(self._record(ended_at=None))

    # -- for scripts ----------------------------------------------------------------------

    def dial(self, station: Station) -> Leg:
        """Call an extension's telephone.

        Raises:
            NoSlot: the exchange is full.
        """
        return self._services.call_station(self, station)

    async def reach(self, callee: Leg, timeout_s: float) -> Cause | None:
        """Wait until ``callee`` answers.

        Returns:
            None when it did, else why not.

        Raises:
            LegGone: the caller left; ``callee`` is then hung up.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self.caller.unless_gone(callee.answered())
        except TimeoutError:
            callee.hang_up(Cause.NO_ANSWER)
            return Cause.NO_ANSWER
        except LegGone as gone:
            if gone.leg is self.caller:
                callee.hang_up()
                raise
            return gone.cause
        return None

    def say(self, prompt: str) -> PlayedSound:
        """Play a prompt to the caller in the call's language."""
        return self._services.studio.play(self.caller, prompt, self.language)

    async def talk(self, other: Leg) -> None:
        """Join the caller and ``other``, recording if the site says so, until one leaves."""
        self.disposition = Disposition.ANSWERED
        self.talked_at = self._services.clock()
        bridge: Bridge = self._services.studio.bridge(self.caller, other)
        self.note("bridged", other.party)
        if self._services.record_calls():
            self._start_recording(other)
        self._services.board.post("call.bridged", self.row())
        waits = [asyncio.ensure_future(leg.gone()) for leg in (self.caller, other)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._stop_recording()
            bridge.close()
            other.hang_up()

    def start_music(self) -> None:
        """Let the caller hear music."""
        self._services.studio.music.start(self.caller)

    def stop_music(self) -> None:
        """Let the caller no longer hear music."""
        self._services.studio.music.stop(self.caller)

    def move(self, destination: Destination) -> None:
        """The caller is led to a place."""
        self.place = str(destination)
        self.note("moved", self.place)
        self._services.board.post("call.moved", self.row())

    def note(self, name: str, detail: str = "") -> None:
        """Put an event on the call's timeline."""
        at = self._services.clock()
        self._services.ledger.put(CallEvent(call_id=self.id, at=at, name=name, detail=detail))
        log.info("call %s %s %s", self.id, name, detail)

    async def end(self) -> None:
        """Hang up whoever is left, wait until all are gone, put the call on record."""
        for leg in self.legs:
            leg.hang_up(self.cause)
        for leg in self.legs:
            await leg.gone()
        if self.disposition is None:
            self.disposition = (
                Disposition.ABANDONED if self.caller.answered_at else Disposition.CANCELLED
            )
        self.note("ended", self.disposition)
        for leg in self.legs:
            self._services.ledger.put(self._leg_record(leg))
        self._services.ledger.put(self._record(ended_at=self._services.clock()))
        self._services.board.post("call.ended", self.row())

    # -- what is shown and kept -----------------------------------------------------------

    def row(self) -> CallRow:
        """The call as the board shows it."""
        return CallRow(
            id=self.id,
            started_at=self.started_at,
            answered_at=self.talked_at,
            caller=self.origin.caller,
            caller_name=self.origin.caller_name,
            called=self.origin.called,
            place=self.place,
            recording=self._recording is not None,
            disposition=self.disposition or "",
        )

    def _record(self, ended_at: float | None) -> CallRecord:
        """The call as the store keeps it; ``ended_at`` is None while it lives."""
        over = ended_at is not None
        return CallRecord(
            id=self.id,
            started_at=self.started_at,
            answered_at=self.talked_at,
            ended_at=ended_at,
            caller=self.origin.caller,
            caller_name=self.origin.caller_name,
            called=self.origin.called,
            line=self.origin.line,
            place=self.place,
            queue=self.queue,
            agent=self.agent,
            digits=self.digits,
            disposition=self.disposition or "",
            cause=int(self.caller.cause) if over else 0,
            hung_up_by=self._hung_up_by() if over else "",
            config_version=self._services.config_version(),
        )

    def _hung_up_by(self) -> str:
        """The party that ended it: the first leg that left of its own will, else the box."""
        leavers = [leg for leg in self.legs if leg.ended_by_them and leg.answered_at]
        leavers += [leg for leg in self.legs if leg.ended_by_them and leg is self.caller]
        first = min(leavers, key=lambda leg: leg.ended_at or 0.0, default=None)
        if first is None:
            return "box"
        return "caller" if first is self.caller else "callee"

    def _leg_record(self, leg: Leg) -> LegRecord:
        return LegRecord(
            id=leg.id,
            call_id=self.id,
            direction=leg.direction,
            party=leg.party,
            started_at=leg.started_at,
            answered_at=leg.answered_at,
            ended_at=leg.ended_at,
            cause=int(leg.cause),
        )

    def _leg_row(self, leg: Leg) -> LegRow:
        return LegRow(
            id=leg.id,
            call=self.id,
            state=leg.state,
            direction=leg.direction,
            party=leg.party,
            cause=int(leg.cause) if leg.is_gone else 0,
        )

    def _leg_changed(self, leg: Leg, event: LegEvent) -> None:
        name = "gone" if leg.is_gone else leg.state
        self._services.board.post(f"leg.{name}", self._leg_row(leg))
        if event is LegEvent.RANG and leg.direction == "outbound":
            self.caller.ring()
        if event is LegEvent.ANSWERED and leg is self.caller:
            self._services.board.post("call.answered", self.row())
        if leg.is_gone:
            self._services.leg_gone(leg)

    def _start_recording(self, other: Leg) -> None:
        recording = self._services.studio.record(self.id, self.id, self._services.clock())
        if recording is None:
            self.note("recording_failed")
            return
        recording.follow("caller", self.caller)
        recording.follow("callee", other)
        self._recording = recording
        self._recording_row = RecordingRow(
            id=self.id,
            call=self.id,
            caller_file=str(recording.caller_file),
            callee_file=str(recording.callee_file),
            started_at=self._services.clock(),
            ended_at=None,
        )
        self.note("recording_started")
        self._services.board.post("recording.started", self._recording_row)

    def _stop_recording(self) -> None:
        if self._recording is None or self._recording_row is None:
            return
        board, row = self._services.board, self._recording_row
        self._services.studio.close_recording(
            self._recording,
            self._services.clock(),
            when_done=lambda: board.post("recording.ended", row),
        )
        self.note("recording_ended")
        self._recording = None
