"""The exchange: takes every incoming call to where it goes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from firmware.config.routes import routing
from firmware.config.schema import Site
from firmware.link.server import Board
from firmware.model.acd import Dial
from firmware.model.alert import alert_headers, ringing_for
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Dialplan, Station
from firmware.model.record import CalendarOrder
from firmware.sip import diversion
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.message import Invitation, Replaces
from firmware.sip.stack import Stack
from firmware.switchd import bill, plans, routes
from firmware.switchd.admission import Admission
from firmware.switchd.arrivals import Arrivals
from firmware.switchd.call import Call, Ledger, Origin, Services
from firmware.switchd.callers import Callers, turn_away
from firmware.switchd.desks import Desks
from firmware.switchd.disk import Disk
from firmware.switchd.flows import Flows, Voice
from firmware.switchd.idents import base36
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.listeners import Listeners
from firmware.switchd.mailroom import Mailroom
from firmware.switchd.media import Studio
from firmware.switchd.orders import Orders
from firmware.switchd.outside import Outside
from firmware.switchd.own_calls import OwnCalls
from firmware.switchd.parking import Parking
from firmware.switchd.people import People
from firmware.switchd.pickups import Pickups
from firmware.switchd.places import House, serve
from firmware.switchd.queues import Around, Queues, centre_plan
from firmware.switchd.queues.memory import Kept
from firmware.switchd.rooms import Rooms
from firmware.switchd.scripts.pickup import pick_up, take_place
from firmware.switchd.scripts.refuse import refuse, refuse_at_once
from firmware.switchd.scripts.wake_up import ring_sleeper
from firmware.switchd.shortage import Shortage, turn_down
from firmware.switchd.target import Target
from firmware.switchd.telephones import Browsers, dial
from firmware.switchd.transfers import Transfers
from firmware.switchd.wakeups import WakeUps
from firmware.switchd.ways import Ways

log = logging.getLogger(__name__)

MOST_PLACES = 200
"""Of one call. Places that send it on at once could otherwise send it round without an end."""

Script = Coroutine[Any, Any, None]
"""What happens to a call until it is over."""


class Exchange:
    """All calls of the box. ``stack`` and ``studio`` are given by ``open`` once they run."""

    def __init__(
        self,
        *,
        site: Site,
        config_version: int,
        board: Board,
        ledger: Ledger,
        clock: Callable[[], float],
        disk: Disk,
        calendar_orders: Mapping[str, CalendarOrder] | None = None,
        voice: Voice | None = None,
    ) -> None:
        self._site = site
        self.config_version = config_version
        self._plan: Dialplan = plans.dialplan(site)
        self._recording_rules = site.recording.rules
        self._clock = clock
        self._board = board
        self._ledger = ledger
        self._disk = disk
        self._calls: dict[str, Call] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        self._epoch = base36(int(clock()))
        self._legs_of: Counter[str] = Counter()  # by party: an agent with one is engaged
        self._admission = Admission(limit=site.switch.max_calls)
        self.shortage = Shortage(self._calls)
        self.browsers = Browsers()
        self.own_calls = OwnCalls(self, lambda: self._site.office.name)
        self._calendar_orders = calendar_orders or {}
        self.people = People(
            plan=lambda: self._plan,
            legs_of=lambda party: self._legs_of[party],
            board=board,
            store=ledger,
            clock=clock,
        )
        self.mailroom = Mailroom(
            disk=disk,
            board=board,
            site=lambda: self._site,
            clock=clock,
            plan=lambda: self._plan,
        )
        self.callers = Callers(disk, lambda: self._site.office.country)
        self.flows = Flows(
            site,
            voice=voice,
            callers=self.callers,
            disk=disk,
            ledger=ledger,
            clock=clock,
        )
        self.wake_ups = self._open_wake_ups()
        self.people.wake_ups_of = self.wake_ups.of
        self._arrivals = Arrivals(
            plan=lambda: self._plan, people=self.people, outside=lambda: self._outside
        )

    def _open_wake_ups(self) -> WakeUps:
        return WakeUps(
            store=self._ledger,
            clock=self._clock,
            zone=lambda: ZoneInfo(self._site.office.time_zone),
            ring=lambda wake_up: ring_sleeper(
                wake_up, self._plan, self.wake_ups.now(), self.own_calls.ring_person
            ),
            show=self.people.show,
            held=lambda: self.shortage.drains,
        )

    def open(self, stack: Stack, studio: Studio, kept: Kept | None = None) -> None:
        """Start work. ``kept`` is what the call centre remembers of the time before."""
        self._stack = stack
        self._outside = self._open_outside()
        self._queues = self._open_queues()
        self.people.changed = self._queues.staff.telephone_changed
        self.flows.callbacks = self._queues
        self._transfers = transfers = Transfers(self._calls, lambda: self._plan)
        self._services = Services(
            board=self._board,
            studio=studio,
            ledger=self._ledger,
            clock=self._clock,
            draw=lambda: random.uniform(0.0, 100.0),  # noqa: S311 - a sample, no secret
            recording=lambda call, other: self.shortage.choice(call, other, self._recording_rules),
            config_version=lambda: self.config_version,
            target_of=self._target_of,
            dial=self._dial,
            leg_added=self._leg_added,
            leg_gone=self._leg_gone,
            leg_held=self._queues.leg_held,
            talks=self._queues.talks,
            transfer_asked=self._transfers.asked,
            pressed=lambda party, keys: (
                self._plan.codes.pressed(keys) if party in self._plan.stations else None
            ),
        )
        self.orders = Orders(
            calls=self._calls,
            transfers=transfers,
            plan=lambda: self._plan,
            begin=self._dial_for,
        )
        self.listeners = Listeners(
            self._calls, lambda: self._plan, self.begin, self._services, self._queues
        )
        self._pickups = Pickups(self._calls, lambda: self._plan)
        self._house = House(
            plan=lambda: self._plan,
            queues=self._queues,
            parking=Parking(lambda: self._plan.park, self._board, self._clock),
            rooms=Rooms(lambda: self._plan.rooms, studio, self._board),
            pickups=self._pickups,
            outside=self._outside,
            is_busy=self.people.is_busy,
            people=self.people,
            mailroom=self.mailroom,
            studio=studio,
            desks=Desks(
                lambda number: plans.pin_of(self._site, number), asyncio.get_running_loop().time
            ),
            wake_ups=self.wake_ups,
            flows=self.flows,
        )
        self.people.show_all()
        self._queues.restore(kept)
        self.mailroom.count_soon()
        self._waking = asyncio.get_running_loop().create_task(self.wake_ups.run())
        self._waking.add_done_callback(self._finished)

    def _open_queues(self) -> Queues:
        return Queues(
            centre_plan(self._site),
            Around(
                board=self._board,
                ledger=self._ledger,
                disk=self._disk,
                clock=self._clock,
                plan=lambda: self._plan,
                outside=lambda: self._outside,
                legs_of=lambda party: self._legs_of[party],
                begin_callback=self._begin_callback,
                drains=lambda: self.shortage.drains,
                kept=self.people.kept,
                today=lambda: self.wake_ups.now().date(),
                is_dnd=lambda number: self.people.of(number).dnd,
                desk_of=self.people.desk_of,
                is_vip=self.callers.is_vip,
            ),
        )

    def _open_outside(self) -> Outside:
        calendars = routes.open_calendars(
            self._site, self._calendar_orders, self._board, self._ledger, clock=self._clock
        )
        return Outside(
            plan=routes.outside_plan(self._site),
            routing=routing(self._site),
            calendars=calendars,
            ways=Ways(
                plan=routes.way_plan(self._site),
                line_target=partial(plans.line_target, lambda: self._site),
            ),
            calls=self._calls,
            warn=self._warn,
            board=self._board,
            clock=self._clock,
        )

    @property
    def outside(self) -> Outside:
        """The world outside: routes, calendars, ways."""
        return self._outside

    @property
    def queues(self) -> Queues:
        """The call queues."""
        return self._queues

    @property
    def plan(self) -> Dialplan:
        """The newest dialplan."""
        return self._plan

    @property
    def house(self) -> House:
        """The places a call can be led to."""
        return self._house

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    def reload(self, site: Site, config_version: int) -> None:
        """Run on a new site configuration; calls that are under way go on."""
        self._site, self.config_version = site, config_version
        self._plan = plans.dialplan(site)
        self._recording_rules = site.recording.rules
        self._admission.limit = site.switch.max_calls
        if self._outside.ways.trunks is not None:
            self._outside.ways.trunks.retune(site)
        routes.retune(self._outside, site)
        self._queues.retune(centre_plan(site))
        self.people.show_all()
        self.callers.refresh()
        self.flows.retune(site)

    def notify(self, number: str, event: str, headers: Mapping[str, str]) -> None:
        """Send the telephones registered as an extension a NOTIFY, if it is in no call.

        Raises:
            KeyError: no such extension, or a line's telephone, which cannot be told anything.
            RuntimeError: it is in a call.
        """
        station = self._plan.stations.get(number)
        if station is None or station.line:
            raise KeyError(f"extension {number} has no telephone that registers")
        if self._legs_of[number]:
            raise RuntimeError(f"extension {number} is in a call")
        target = plans.station_target(self._site, station)
        self._stack.send_request(
            target.account,
            "NOTIFY",
            target.uri,
            sender=number,
            # Out of any subscription, as telephones take it (RFC 6665 says otherwise).
            headers={"Event": event, "Subscription-State": "terminated", **headers},
        )
        log.info("extension %s is told %s", number, event)

    def lines_lost(self) -> None:
        """lined is gone, and with it the other half of every leg on a line."""
        self._outside.ways.lines_lost()
        for call in list(self._calls.values()):
            for leg in call.legs:
                if leg.line:
                    leg.hang_up(Cause.NETWORK_OUT_OF_ORDER)

    async def close(self) -> None:
        """End every call and wait for their records."""
        self._waking.cancel()
        self._queues.close()
        for call_id in list(self._calls):
            self.orders.hang_up(call_id)
        if self._running:
            await asyncio.wait(self._running, timeout=3.0)

    # -- incoming -------------------------------------------------------------------------

    def incoming(self, dialog: SipCall, invite: Invitation, account: str) -> CallEvents:
        """A new INVITE (``firmware.sip.stack.Incoming``)."""
        call = self._new_call(self.callers.introduce(self._arrivals.origin(invite, account)))
        leg = call.add_leg("inbound", call.origin.line or call.origin.caller)
        leg.dialog, leg.line, leg.way = dialog, invite.line, call.origin.line
        destination = self._arrivals.destination(invite, account)
        admitted = self._admission.admits(len(self._calls), asyncio.get_running_loop().time())
        if not admitted and not self._arrivals.is_emergency(destination):
            log.warning("call %s is refused: the exchange is full", call.id)
            self._start(call, refuse_at_once(call, Cause.SWITCH_CONGESTION))
        elif invite.replaces is not None:
            self._start(call, self._replace(call, invite.replaces))
        elif self.shortage.drains and not self._arrivals.is_emergency(destination):
            self._start(call, turn_down(call))
        elif (block := self.callers.block_of(call.origin)) is not None:
            self._start(call, turn_away(call, block))
        else:
            self._start(call, self.follow(call, destination))
        return leg

    async def _replace(self, call: Call, replaces: Replaces) -> None:
        """A telephone takes the place of a dialog (RFC 3891 §3): of one that rings, or of one
        of its own extension's."""
        found = self._transfers.holder_of(replaces)
        if found is None:
            await refuse_at_once(call, Cause.UNALLOCATED_NUMBER)
        elif self._pickups.may_take(call.lead.party, found[1]):
            await pick_up(call, found[1])
        elif found[1].is_live and found[1].party == call.lead.party and not replaces.is_early_only:
            await take_place(call, found[1])
        else:
            await refuse_at_once(call, Cause.CALL_REJECTED)

    def _new_call(self, origin: Origin) -> Call:
        if origin.telephone:
            self.people.called(origin.caller, origin.called)
        return Call(f"{self._epoch}-{next(self._numbers)}", origin, self._services)

    def begin(self, origin: Origin, script: Callable[[Call], Script]) -> Call:
        """Begin a call of the exchange's own."""
        call = self._new_call(origin)
        self._start(call, script(call))
        return call

    def _start(self, call: Call, script: Script) -> None:
        self._calls[call.id] = call
        task = asyncio.get_running_loop().create_task(self._run(call, script))
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "bug in a call's script", "exception": error, "task": task}
            )

    async def _run(self, call: Call, script: Script) -> None:
        call.begin()
        try:
            await script
        except LegGone as gone:
            log.info("call %s: %s", call.id, gone)
        finally:
            await call.end()
            del self._calls[call.id]

    async def follow(self, call: Call, destination: Destination | None) -> None:
        """Lead the call from place to place until a place has no next."""
        if destination is None:
            destination = await refuse(call, Cause.UNALLOCATED_NUMBER)
        for _place in range(MOST_PLACES):
            if destination is None:
                return
            call.move(destination)
            destination = await serve(self._house, call, destination)
        call.note("led_in_a_circle", str(destination))
        await refuse_at_once(call, Cause.SWITCH_CONGESTION)

    # -- outgoing -------------------------------------------------------------------------

    def _dial(self, call: Call, target: Target) -> Leg:
        # A number outside that reads like an extension's stands for the way: not for the person.
        is_namesake = bool(target.way) and target.party in self._plan.stations
        leg = call.add_leg("outbound", target.way if is_namesake else target.party)
        leg.line, leg.way = target.line, target.way
        leg.trip = call.trip if target.way else None
        origin = call.origin
        send = partial(
            self._stack.dial,
            caller=origin.caller if target.caller is None else target.caller,
            caller_name=origin.caller_name if target.caller_name is None else target.caller_name,
            headers={"X-Markaz-Call": call.id, **self._shown(call, target), **target.headers},
        )
        try:
            leg.dialog = dial(send, lambda: self._stack.matrix, leg, target)
        except RuntimeError:
            leg.on_ended(Cause.SWITCH_CONGESTION, by_them=False)
            self._board.post("leg.gone", bill.leg_row(leg, call.id))
            self._leg_gone(leg)
            raise
        return leg

    def _shown(self, call: Call, target: Target) -> Mapping[str, str]:
        """How a telephone rings, and who it was meant for; the world outside is told nothing."""
        if target.way:
            return {}
        inside = call.origin.caller in self._plan.stations and not call.origin.line
        return {
            **alert_headers(ringing_for(queue=call.queue, is_inside=inside)),
            **diversion.headers(call.trail, target.party, self._site.network.realm),
        }

    def _target_of(self, station: Station) -> Target:
        """The telephone a person uses now; the leg stands for the person."""
        desk = self._plan.stations.get(self.people.desk_of(station.number), station)
        target = plans.station_target(self._site, desk)
        target = self.browsers.beside(target, self._site, station)
        return target if desk is station else replace(target, party=station.number)

    def _warn(self, extension: str, emergency: Call, number: str) -> None:
        station = self._plan.stations.get(extension)
        if station is not None and extension != emergency.origin.telephone:
            self.own_calls.warn(station, emergency, number)

    def _dial_for(self, person: str, number: str, destination: Destination) -> Call:
        """Begin a call that a person ordered: one with an extension, or an agent elsewhere."""
        if (station := self._plan.stations.get(person)) is not None:
            return self.own_calls.dial_for(station, number, destination)
        agent = self._queues.agent_place(person)
        if not agent.telephone:
            raise KeyError(f"there is no extension {person}")
        return self.own_calls.dial_for_agent(agent, number, destination, self._plan.language)

    def _begin_callback(self, order: Dial) -> None:
        language = self._queues.language_of(order.call) or self._plan.language
        self.own_calls.call_back(order, language)

    def _leg_added(self, leg: Leg) -> None:
        self._legs_of[leg.party] += 1
        self._queues.leg_added(leg)

    def _leg_gone(self, leg: Leg) -> None:
        self._legs_of[leg.party] -= 1
        if self._legs_of[leg.party] == 0:
            del self._legs_of[leg.party]
        self._queues.leg_gone(leg)
