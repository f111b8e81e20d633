"""The exchange: takes every incoming call to where it goes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from typing import Any

from firmware.config.schema import RecordingPolicy, Site
from firmware.link.server import Board
from firmware.model.acd import AgentEngaged
from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind, Dialplan, Station
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.message import Invitation
from firmware.sip.stack import Stack
from firmware.switchd import plans
from firmware.switchd.admission import Admission
from firmware.switchd.call import Call, Ledger, Origin, Services
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.media import Studio
from firmware.switchd.queues import Queues
from firmware.switchd.scripts.extension import ring_extension
from firmware.switchd.scripts.menu import ask
from firmware.switchd.scripts.queue import wait_in_queue
from firmware.switchd.scripts.refuse import refuse, refuse_at_once

log = logging.getLogger(__name__)

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
    ) -> None:
        self._site = site
        self.config_version = config_version
        self._plan: Dialplan = plans.dialplan(site)
        self._clock = clock
        self._board = board
        self._ledger = ledger
        self._calls: dict[str, Call] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        self._epoch = _base36(int(clock()))
        self._legs_of: Counter[str] = Counter()  # by party: an agent with one is engaged
        self._admission = Admission(limit=site.switch.max_calls)

    def open(self, stack: Stack, studio: Studio) -> None:
        """Start work."""
        self._stack = stack
        self._queues = Queues(
            plans.queue_rules(self._site),
            self._plan.queues,
            self._plan.stations,
            self._board,
            self._clock,
        )
        self._services = Services(
            board=self._board,
            studio=studio,
            ledger=self._ledger,
            clock=self._clock,
            record_calls=lambda: self._site.recording.policy is RecordingPolicy.ALWAYS,
            config_version=lambda: self.config_version,
            call_station=self._call_station,
            leg_added=self._leg_added,
            leg_gone=self._leg_gone,
        )

    @property
    def queues(self) -> Queues:
        """The call queues."""
        return self._queues

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    def reload(self, site: Site, config_version: int) -> None:
        """Run on a new site configuration; calls that are under way go on."""
        self._site, self.config_version = site, config_version
        self._plan = plans.dialplan(site)
        self._admission.limit = site.switch.max_calls
        self._queues.retune(plans.queue_rules(site), self._plan.queues, self._plan.stations)

    def hang_up(self, call_id: str) -> None:
        """End a call.

        Raises:
            KeyError: no such call.
        """
        if call_id not in self._calls:
            raise KeyError(f"there is no call {call_id}")
        for leg in self._calls[call_id].legs:
            leg.hang_up()

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
        account, uri = plans.station_uri(self._site, station)
        self._stack.send_request(
            account,
            "NOTIFY",
            uri,
            sender=number,
            # Out of any subscription, as telephones take it (RFC 6665 says otherwise).
            headers={"Event": event, "Subscription-State": "terminated", **headers},
        )
        log.info("extension %s is told %s", number, event)

    def hang_up_lines(self) -> None:
        """lined is gone, and with it the other half of every leg on a line."""
        for call in list(self._calls.values()):
            for leg in call.legs:
                if leg.line:
                    leg.hang_up(Cause.NETWORK_OUT_OF_ORDER)

    async def close(self) -> None:
        """End every call and wait for their records."""
        for call_id in list(self._calls):
            self.hang_up(call_id)
        if self._running:
            await asyncio.wait(self._running, timeout=3.0)

    # -- incoming -------------------------------------------------------------------------

    def incoming(self, dialog: SipCall, invite: Invitation, account: str) -> CallEvents:
        """A new INVITE (``firmware.sip.stack.Incoming``)."""
        call = Call(
            f"{self._epoch}-{next(self._numbers)}", self._origin(invite, account), self._services
        )
        leg = call.add_leg("inbound", call.origin.line or call.origin.caller)
        leg.dialog, leg.line = dialog, invite.line
        if not self._admission.admits(len(self._calls), self._clock()):
            log.warning("call %s is refused: the exchange is full", call.id)
            self._start(call, refuse_at_once(call, Cause.SWITCH_CONGESTION))
        else:
            self._start(call, self._follow(call, self._destination(invite, account)))
        return leg

    def _origin(self, invite: Invitation, account: str) -> Origin:
        station = self._plan.station_of_line(invite.line)
        if account == plans.EDGE:
            caller = invite.asserted.user if invite.asserted else invite.sender.user
            station = self._plan.stations.get(caller)
            line = ""
        else:
            caller = station.number if station else invite.sender.user
            line = invite.line if station is None else ""
        return Origin(
            caller=caller,
            caller_name=station.name if station else invite.sender.name,
            called=invite.called,
            line=line,
            language=station.language if station else self._plan.language,
        )

    def _destination(self, invite: Invitation, account: str) -> Destination | None:
        if account == plans.LINES and invite.line in self._plan.routes:
            return self._plan.routes[invite.line]
        return self._plan.dialled(invite.called)

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

    async def _follow(self, call: Call, destination: Destination | None) -> None:
        """Lead the call from place to place until a place has no next."""
        if destination is None:
            await refuse(call, Cause.UNALLOCATED_NUMBER)
            return
        while destination is not None:
            call.move(destination)
            destination = await self._serve(call, destination)

    async def _serve(self, call: Call, destination: Destination) -> Destination | None:
        plan = self._plan
        match destination.kind:
            case DestinationKind.IVR if destination.name in plan.menus:
                return await ask(call, plan.menus[destination.name])
            case DestinationKind.QUEUE if destination.name in plan.queues:
                await wait_in_queue(call, self._queues, destination.name)
            case DestinationKind.EXTENSION if destination.name in plan.stations:
                await ring_extension(call, plan.stations[destination.name], plan.ring_timeout_s)
            case _:  # taken out of the configuration while the call was on its way
                await refuse(call, Cause.UNALLOCATED_NUMBER)
        return None

    # -- outgoing -------------------------------------------------------------------------

    def _call_station(self, call: Call, station: Station) -> Leg:
        account, uri = plans.station_uri(self._site, station)
        leg = call.add_leg("outbound", station.number)
        leg.line = station.line
        try:
            leg.dialog = self._stack.dial(
                account,
                uri,
                caller=call.origin.caller,
                caller_name=call.origin.caller_name,
                headers={"X-Markaz-Call": call.id},
                events=leg,
            )
        except RuntimeError:
            leg.on_ended(Cause.SWITCH_CONGESTION, by_them=False)
            raise
        return leg

    def _leg_added(self, leg: Leg) -> None:
        self._legs_of[leg.party] += 1
        if self._legs_of[leg.party] == 1 and self._queues.knows(leg.party):
            self._queues.tell(AgentEngaged(leg.party, True))

    def _leg_gone(self, leg: Leg) -> None:
        self._legs_of[leg.party] -= 1
        if self._legs_of[leg.party] == 0:
            del self._legs_of[leg.party]
            if self._queues.knows(leg.party):
                self._queues.tell(AgentEngaged(leg.party, False))


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text
