"""The exchange around a caller in a flow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from firmware.ivr.expression import Value
from firmware.ivr.ports import Charge, Kept, Question, Receipt
from firmware.ivr.visit import Memory
from firmware.model.calendar import CalendarState
from firmware.model.contact import Contact
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow.wish import QueueWish
from firmware.model.record import FlowResult
from firmware.switchd.call import Call

if TYPE_CHECKING:
    from firmware.switchd.places import House


class CallWorld:
    """``firmware.ivr.ports.World``."""

    def __init__(self, call: Call, house: House, memory: Memory) -> None:
        self._call = call
        self._house = house
        self._flows = house.flows
        self._memory = memory

    def facts(self) -> Mapping[str, Value]:
        """The built-in variables."""
        call, contact = self._call, self.contact()
        now = dt.datetime.fromtimestamp(self._flows.clock(), self._flows.zone)
        return {
            "caller": call.origin.caller,
            "caller_name": call.origin.caller_name,
            "called": call.origin.called,
            "line": call.origin.line,
            "language": call.language,
            "queue": call.queue,
            "agent": call.agent,
            "is_vip": contact is not None and contact.is_vip,
            "weekday": now.isoweekday(),
            "hour": now.hour,
            "minute": now.minute,
            "today": f"{now:%Y-%m-%d}",
            "now": f"{now:%H:%M}",
        }

    def speak(self, language: str) -> None:
        """Go on in a language."""
        self._call.language = language

    def calendar(self, name: str) -> CalendarState:
        """What a calendar says."""
        return self._house.outside.calendars.state(name)

    def contact(self) -> Contact | None:
        """Whom the phonebook takes a caller from outside for."""
        origin = self._call.origin
        return self._flows.callers.book.find(origin.caller) if origin.line else None

    def extension(self, number: str) -> Destination | None:
        """The extension of a number."""
        if number in self._house.plan().stations:
            return Destination(DestinationKind.EXTENSION, number)
        return None

    def begins_extension(self, digits: str) -> bool:
        """Whether an extension's number begins so."""
        stations = self._house.plan().stations
        return any(one.startswith(digits) and one != digits for one in stations)

    async def look_up(self, question: Question) -> Any:
        """Ask a service, no longer than the caller stays."""
        return await self._call.lead.unless_gone(self._flows.services.ask(question))

    async def row(self, table: str, key: str) -> Mapping[str, str]:
        """A row of a table."""
        return await self._call.lead.unless_gone(self._flows.tables.row(table, key))

    async def charge(self, charge: Charge) -> Receipt:
        """Hand over a card; it is charged to the end, whether the caller stays or not."""
        return await self._flows.services.charge(charge)

    async def ask_back(self, queue: str, number: str) -> bool:
        """Promise to call back."""
        callbacks = self._flows.callbacks
        if callbacks is None:
            return False
        return await callbacks.ask_back(self._call, queue, number)

    def wish(self, wish: QueueWish) -> None:
        """Take along into the queue."""
        self._call.wish = self._call.wish.joined(wish)

    def come_back(self, flow: str, node: str) -> None:
        """After the talk, go on at a node."""
        self._memory.resume[flow] = node
        self._call.afterwards = Destination(DestinationKind.IVR, flow)

    def after_talk(self, to: Destination) -> None:
        """After the talk, go on at a place."""
        self._call.afterwards = to

    def keep(self, kept: Kept) -> None:
        """Put on record."""
        call = self._call
        number = self._flows.number_of(call)
        self._flows.put(
            FlowResult(
                id=f"{call.id}-{number}",
                call_id=call.id,
                at=self._flows.clock(),
                flow=kept.flow,
                node=kept.node,
                kind=kept.kind,
                name=kept.name,
                value=kept.value,
                queue=call.queue,
                agent=call.agent,
            )
        )
        call.note("flow_result", f"{kept.flow} {kept.kind} {kept.name}")

    def moved(self, to: Destination) -> None:
        """Led to another flow."""
        self._call.move(to)

    def pressed(self, keys: str) -> None:
        """A choice."""
        self._call.digits += keys
        self._call.note("pressed", keys)

    def note(self, name: str, detail: str = "") -> None:
        """On the call's timeline."""
        self._call.note(name, detail)
