"""A call: the legs of one conversation, what became of it, and its record.

The call is what scripts act on: they dial further legs, lead the caller from place to place,
bridge and record. It tells two listeners: the board (what is) and the ledger (what was).

The *lead* is the party being led: whoever called, until they transfer the call; then whoever
they talked to. Scripts speak of the lead only, so they need not know who sits there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from firmware.link.server import Board
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Station
from firmware.model.features import Feature
from firmware.model.flow.wish import NO_WISH
from firmware.model.leg import LegEvent
from firmware.model.personal import Trail
from firmware.model.record import CallEvent, Disposition, Record
from firmware.model.recording import RecordingChoice
from firmware.model.speech.parts import Part, Phrase, Sentence
from firmware.sip.transfer import TransferRequest
from firmware.steady import steady
from firmware.switchd import bill
from firmware.switchd.ear import Ear
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.media import Beep, Bridge, Broadcast, Comfort, PlayedSound, Studio
from firmware.switchd.talk import Talk
from firmware.switchd.tape import Tape
from firmware.switchd.target import Target, Trip
from firmware.switchd.transfer import Transfer

log = logging.getLogger(__name__)


LONGEST_CODE = 8
"""Keys of the longest code that is pressed in a talk."""


class Ledger(Protocol):
    """Where records go; never waits."""

    def put(self, record: Record) -> None: ...
    def stored(self) -> Future[None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every call uses."""

    board: Board
    studio: Studio
    ledger: Ledger
    clock: Callable[[], float]  # Unix seconds
    recording: Callable[[Call, Leg], RecordingChoice]
    draw: Callable[[], float]  # a random number from 0 to 100
    config_version: Callable[[], int]
    target_of: Callable[[Station], Target]
    dial: Callable[[Call, Target], Leg]
    leg_added: Callable[[Leg], None]
    leg_gone: Callable[[Leg], None]
    leg_held: Callable[[Leg, bool], None]
    talks: Callable[[Call, Leg], None]  # a talk with a party begins
    transfer_asked: Callable[[Call, Leg, TransferRequest], None]
    pressed: Callable[[str, str], Feature | None]  # what a party's keys in a talk ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who calls what, by which line."""

    caller: str
    caller_name: str
    called: str
    line: str
    language: str
    telephone: str = ""  # the extension whose telephone it is, whoever uses it


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
        self.clock = steady(services.clock, asyncio.get_running_loop().time)
        self.started_at = self.clock()
        self.talked_at: float | None = None
        self.talking: Talk | None = None
        self.mix: Bridge | Broadcast | Ear | None = None
        self.transfer: Transfer | None = None
        self.transfers = 0
        self.draw = services.draw()
        """Decides whether it is among the percentage that is recorded: 0 to 100."""
        self.wish = NO_WISH
        """What a flow has decided about it before a queue."""
        self.afterwards: Destination | None = None
        """Where the lead goes who is still there when the other has hung up (a survey)."""
        self.trip: Trip | None = None
        self.trail = Trail()
        """The forwards it has followed."""
        self.ringing: set[Leg] = set()
        """The legs that ring for the lead, which others may pick up."""
        self.arrival = asyncio.Event()
        """Set when somebody else has taken the lead's seat."""
        self._is_paused_by_order = False
        self._services = services
        self._leg_numbers = count(1)
        self._lead: Leg | None = None
        self._comfort: Comfort | None = None
        self._pressed: tuple[Leg | None, str] = (None, "")
        self.tape = Tape(
            ident,
            studio=services.studio,
            board=services.board,
            clock=self.clock,
            note=self.note,
        )

    @property
    def lead(self) -> Leg:
        """The party being led; the leg that began the call, until it transfers it."""
        return self._lead if self._lead is not None else self.legs[0]

    @property
    def is_recorded(self) -> bool:
        """Whether a recording is being made."""
        return self.tape.is_running

    def add_leg(self, direction: str, party: str) -> Leg:
        """A further leg, not yet carried by a dialog."""
        leg = self._seat(direction, party)
        self._services.board.post("leg.added", bill.leg_row(leg, self.id))
        self._services.leg_added(leg)
        return leg

    def take_in(self, guest: Leg) -> Leg:
        """Let the party of a leg of another call move here; the leg they sit in now. What they
        leave behind is an empty leg."""
        seat = self._seat(guest.direction, guest.party)
        guest.swap(seat)
        return seat

    def _seat(self, direction: str, party: str) -> Leg:
        leg = Leg(
            self,
            ident=self._leg_id(),
            direction=direction,
            party=party,
            now=self.clock,
        )
        self.legs.append(leg)
        return leg

    def _leg_id(self) -> str:
        return f"{self.id}.{next(self._leg_numbers)}"

    def begin(self) -> None:
        """The first leg is there: show the call and put it on record as begun."""
        self.note("started", self.origin.called)
        self.post("started")
        self._put_on_record(ended_at=None)

    # -- for scripts ----------------------------------------------------------------------

    def target_of(self, station: Station) -> Target:
        """How an extension's telephone is called."""
        return self._services.target_of(station)

    def dial(self, target: Target) -> Leg:
        """Call a telephone, a line or a trunk.

        Raises:
            NoSlot: the exchange is full.
        """
        return self._services.dial(self, target)

    def answer(self) -> None:
        """The lead has got where they wanted: answer them, end a transfer well."""
        if self.transfer is not None:
            self.transfer.succeed()
            self.transfer = None
        self.lead.answer()

    async def reach(self, callee: Leg, timeout_s: float) -> Cause | None:
        """Wait until ``callee`` answers, while the lead hears that it rings, or what the
        network over there plays.

        Returns:
            None when it did, else why not.

        Raises:
            LegGone: the lead left; ``callee`` is then hung up.
        """
        self.ringing.add(callee)
        try:
            with self.waiting():
                async with asyncio.timeout(timeout_s):
                    await self.lead.unless_gone(callee.answered())
        except TimeoutError:
            callee.hang_up(Cause.NO_ANSWER)
            return Cause.NO_ANSWER
        except LegGone as gone:
            if gone.leg is self.lead:
                callee.hang_up()
                raise
            return gone.cause
        finally:
            self.ringing.discard(callee)
        return None

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While this lasts, the lead hears that it rings, or what the network over there plays."""
        self._comfort = self._services.studio.comfort(self.lead)
        if self.lead.is_live:
            self._comfort.ring()
        try:
            yield
        finally:
            self._comfort.stop()
            self._comfort = None

    def say(self, said: str | Part | Sentence, **slots: Part) -> PlayedSound:
        """Play a prompt, a phrase with what fills its gaps, or a whole sentence to the lead, in
        the call's language: ``say("parked_at", slot=Digits("701"))``."""
        if slots and isinstance(said, str):
            said = Phrase(said, slots)
        return self._services.studio.play(self.lead, said, self.language)

    def beep(self) -> Beep:
        """Play the tone after which one speaks to the lead."""
        return self._services.studio.beep(self.lead)

    def tell(self, leg: Leg, said: str, **slots: Part) -> PlayedSound:
        """Say something to one of the other parties."""
        return self._services.studio.play(
            leg, Phrase(said, slots) if slots else said, self.language
        )

    async def talk(self, other: Leg) -> Destination | None:
        """Join the lead and ``other``, recording if the site says so, until one leaves.

        Returns:
            Where the lead goes next when the call was transferred, None when it is over.
        """
        self.answer()
        self.disposition = Disposition.ANSWERED
        self.talked_at = self.talked_at or self.clock()
        choice = self._services.recording(self, other)
        if choice.is_announced:
            await self.tape.announce(self.language, self.lead, other)
        self.note("bridged", other.party)
        self._services.talks(self, other)
        self.talking = Talk(self._services.studio, self.lead, other, changed=self._record_talk)
        if choice.is_recorded or self.tape.is_running:
            self.tape.follow(self.lead, other)
        self.post("bridged")
        self.talking.stays = self.lead if self.afterwards is not None else None
        try:
            departure = await self.talking.over()
        finally:
            self.talking.close()
            self.talking = None
            self.tape.rest()
        self.lead.forget_keys()
        other.forget_keys()
        afterwards, self.afterwards = self.afterwards, None
        if departure is None:
            return afterwards if self.lead.is_live else None
        if departure.transferor is self.lead:
            self._lead = other
        else:
            self.afterwards = afterwards
        self.transfer = departure.begin()
        self.trail = Trail()  # the forwards before the talk have nothing to do with what comes now
        self.note("transferred", f"{self.lead.party} to {departure.to}")
        return departure.to

    def open_mix(self) -> Bridge:
        """Let the lead, and whoever is added, hear one another, until ``close_mix``."""
        self.mix = self._services.studio.mix()
        self.mix.add(self.lead)
        return self.mix

    def open_broadcast(self) -> Broadcast:
        """Let whoever is added hear the lead, until ``close_mix``."""
        self.mix = self._services.studio.broadcast(self.lead)
        return self.mix

    def close_mix(self) -> None:
        """Part everybody."""
        if self.mix is not None:
            self.mix.close()
            self.mix = None

    def start_music(self, name: str = "") -> None:
        """Let the lead hear music: a recording of the site's, or the box's own."""
        self._services.studio.music_of(name).start(self.lead)

    def stop_music(self, name: str = "") -> None:
        """Let the lead no longer hear it."""
        self._services.studio.music_of(name).stop(self.lead)

    def lead_by(self, leg: Leg) -> None:
        """A call that the exchange began: ``leg`` is the party it leads."""
        self._lead = leg

    def move(self, destination: Destination) -> None:
        """The lead is led to a place."""
        self.place = str(destination)
        self.note("moved", self.place)
        self.post("moved")

    def note(self, name: str, detail: str = "") -> None:
        """Put an event on the call's timeline."""
        at = self.clock()
        self._services.ledger.put(CallEvent(call_id=self.id, at=at, name=name, detail=detail))
        log.info("call %s %s %s", self.id, name, detail)

    def post(self, what: str) -> None:
        """Show the call as it is now; ``what`` happened to it."""
        self._services.board.post(f"call.{what}", bill.call_row(self))

    async def end(self) -> None:
        """Hang up whoever is left, wait until all are gone, put the call on record."""
        if self.transfer is not None:
            self.transfer.fail(self.cause)
        for leg in self.legs:
            leg.hang_up(self.cause)
        self.tape.stop()
        for leg in self.legs:
            await leg.gone()
        if self.disposition is None:
            self.disposition = (
                Disposition.ABANDONED if self.lead.answered_at else Disposition.CANCELLED
            )
        self.note("ended", self.disposition)
        for leg in self.legs:
            if leg.dialog is not None:
                record = bill.leg_record(leg, self.id, ended_at=leg.ended_at)
                self._services.ledger.put(record)
                quality = bill.leg_quality(leg, self.id, leg.dialog.streams)
                if quality is not None:
                    self._services.ledger.put(quality)
        self._put_on_record(ended_at=self.clock())
        self.post("ended")

    def _put_on_record(self, ended_at: float | None) -> None:
        version = self._services.config_version()
        self._services.ledger.put(bill.call_record(self, ended_at=ended_at, config_version=version))

    # -- what the legs report -------------------------------------------------------------

    def leg_changed(self, leg: Leg, event: LegEvent) -> None:
        """A leg took a step (``Host``)."""
        if leg.dialog is None:
            return
        name = "gone" if leg.is_gone else leg.state
        self._services.board.post(f"leg.{name}", bill.leg_row(leg, self.id))
        if event is LegEvent.RANG and leg.direction == "outbound":
            self._rang()
        if event is LegEvent.PROGRESSED and self.ringing == {leg} and self._comfort is not None:
            self.lead.progress()
            self._comfort.listen(leg)
        if event is LegEvent.ANSWERED and leg is self.lead:
            self.post("answered")
        if leg.is_gone:
            self._services.leg_gone(leg)

    def _rang(self) -> None:
        self.lead.ring()
        if self.transfer is not None:
            self.transfer.rang()

    def leg_held(self, leg: Leg, held: bool) -> None:
        """A party holds the other, or takes them back (``Host``)."""
        self._services.leg_held(leg, held)
        if self.talking is not None:
            self.talking.held(leg, held)
        elif self.mix is not None:
            self.mix.held(leg, held)

    def leg_heard(self, leg: Leg, what: str) -> None:
        """A line heard something that is no speech (``Host``)."""
        self.note("heard", f"{what} from {leg.line or leg.way or leg.party}")

    def leg_pressed(self, leg: Leg, digit: str) -> None:
        """A party pressed a key (``Host``). In a talk the other hears it, as whoever calls a bank
        expects, and a code asks something of the exchange."""
        if self.talking is None:
            return
        self.talking.pressed(leg, digit)
        presser, keys = self._pressed
        keys = (keys + digit)[-LONGEST_CODE:] if presser is leg else digit
        self._pressed = (leg, keys)
        for end in _ends_of(keys):
            feature = self._services.pressed(leg.party, end)
            if feature is not None:
                self._pressed = (leg, "")
                self._asked(leg, feature)
                return

    def _asked(self, leg: Leg, feature: Feature) -> None:
        """A party asks something of the exchange in a talk."""
        if feature is Feature.RECORD:
            self.tell(leg, "recording_on" if self.toggle_recording() else "recording_off")
        elif feature is Feature.RECORD_PAUSE and self.tape.is_running:
            self.pause_recording(not self._is_paused_by_order)
            self.tell(leg, "recording_paused" if self.tape.is_paused else "recording_resumed")

    def toggle_recording(self) -> bool:
        """Record the talk, or no more; whether it is recorded now."""
        if self.tape.is_running:
            self.tape.stop()
        elif self.talking is not None:
            self._start_recording(self.talking)
        self.post("changed")
        return self.tape.is_running

    def pause_recording(self, paused: bool) -> None:
        """Keep what is said out of the recording, or no more: for a card number, say."""
        if paused is not self._is_paused_by_order:  # a payment pauses it, too, and ends its own
            self._is_paused_by_order = paused
            (self.tape.pause if paused else self.tape.resume)()
            self.post("changed")

    def _start_recording(self, talk: Talk) -> None:
        self.tape.follow(self.lead, *(leg for leg in talk.speakers if leg is not self.lead))

    def _record_talk(self) -> None:
        """Another party came into the talk, or one of three left."""
        if self.talking is not None and self.tape.is_running:
            self._start_recording(self.talking)

    def leg_left(self, leg: Leg) -> None:
        """A party is about to leave its seat (``Host``)."""
        now = self.clock()
        self._services.ledger.put(bill.leg_record(leg, self.id, ended_at=now))
        self._services.board.post("leg.gone", bill.leg_row(leg, self.id))
        self._services.leg_gone(leg)

    def leg_came(self, leg: Leg) -> None:
        """A party has taken a seat (``Host``)."""
        leg.id = self._leg_id()
        self._services.board.post("leg.added", bill.leg_row(leg, self.id))
        self._services.leg_added(leg)
        if self.talking is not None:
            self.talking.tune()
        if leg is self.lead:
            self.arrival.set()
            if leg.is_live and self._comfort is not None:
                self._comfort.ring()

    def transfer_asked(self, leg: Leg, request: TransferRequest) -> None:
        """A party wants the other elsewhere (``Host``)."""
        self._services.transfer_asked(self, leg, request)


def _ends_of(keys: str) -> list[str]:
    """What somebody may have meant who pressed ``keys`` last: all of it, or only its end."""
    return [keys[start:] for start in range(len(keys))]
