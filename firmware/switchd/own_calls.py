"""Calls the exchange begins by itself: for a person who ordered one, who is woken or warned, or
who was promised to be called back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from firmware.model.acd import Dial
from firmware.model.dialplan import Destination, Station
from firmware.switchd.call import Call, Origin
from firmware.switchd.places import House
from firmware.switchd.queues.plan import AgentPlace
from firmware.switchd.scripts.alarm import warn
from firmware.switchd.scripts.dial import dial_for
from firmware.switchd.scripts.queue import call_back
from firmware.switchd.target import Target

Script = Callable[[Call], Coroutine[Any, Any, None]]
"""What happens to a call until it is over."""


class Beginning(Protocol):
    """What the exchange does with such a call."""

    @property
    def house(self) -> House:
        """The places a call can be led to."""

    def begin(self, origin: Origin, script: Script) -> Call:
        """Begin the call."""

    async def follow(self, call: Call, destination: Destination | None) -> None:
        """Lead the call from place to place until it is over."""


class OwnCalls:
    """``office`` is the name telephones show for the exchange; ``exchange`` begins the calls."""

    def __init__(self, exchange: Beginning, office: Callable[[], str]) -> None:
        self._exchange = exchange
        self._office = office

    def warn(self, station: Station, emergency: Call, number: str) -> None:
        """Call a supervisor: somebody has called for help."""
        caller = emergency.origin
        origin = Origin(
            caller=caller.caller,
            caller_name=f"SOS {number} {caller.caller_name}".strip(),
            called=station.number,
            line="",
            language=station.language,
        )
        self._exchange.begin(origin, lambda call: warn(call, station, caller.caller, number))

    def dial_for(self, station: Station, number: str, destination: Destination) -> Call:
        """Begin a call that somebody ordered for a person with an extension."""
        origin = Origin(
            caller=station.number,
            caller_name=station.name,
            called=number,
            line="",
            language=station.language,
            telephone=station.number,
        )
        return self._dial(
            origin, destination, lambda call: (call.target_of(station).showing(number, ""),)
        )

    def dial_for_agent(
        self, agent: AgentPlace, number: str, destination: Destination, language: str
    ) -> Call:
        """Begin a call that an agent ordered whose only telephone is a number outside."""
        origin = Origin(
            caller=agent.number, caller_name=agent.name, called=number, line="", language=language
        )
        reach = self._exchange.house.queues.reach
        return self._dial(origin, destination, lambda call: reach.targets(call, agent.telephone))

    def _dial(
        self, origin: Origin, destination: Destination, targets: Callable[[Call], Iterable[Target]]
    ) -> Call:
        async def script(call: Call) -> None:
            place = await dial_for(call, targets(call), destination)
            if place is not None:
                await self._exchange.follow(call, place)

        return self._exchange.begin(origin, script)

    def ring_person(self, station: Station, script: Script) -> None:
        """Begin a call of the exchange's own to a person."""
        self._exchange.begin(self._origin(station.number, station.language), script)

    def call_back(self, order: Dial, language: str) -> None:
        """Begin the call to a person who was promised it."""

        async def script(call: Call) -> None:
            place = await call_back(call, self._exchange.house, order)
            if place is not None:
                await self._exchange.follow(call, place)

        self._exchange.begin(self._origin(order.number, language), script)

    def _origin(self, called: str, language: str) -> Origin:
        name = self._office()
        return Origin(caller="", caller_name=name, called=called, line="", language=language)
