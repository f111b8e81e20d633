"""A caller's way through flows: node by node, until a place outside or the end.

Whatever callers, services and disks do, a visit ends: every node asks a limited number of times,
every flow has a time limit, and a call takes a limited number of steps in all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.ivr.expression import Value
from firmware.ivr.ports import Party, World
from firmware.ivr.saying import Unsayable, Utterance, built_in, utter
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow.node import Flow, Node, Saying, Target

MOST_STEPS = 2000
"""Of one call, in all its flows: a flow may lead round by its own decisions."""

_AT_ONCE_S = 0.05
"""To take a key that waits already."""

_GRACE_S = 60.0
"""For what comes after the time limit of a flow."""


class Failed(Exception):
    """A node cannot do its work and says of itself nothing about that."""


class Over(Exception):
    """The flow has ended the call."""


@dataclass(slots=True)
class Memory:
    """What is kept of a call from flow to flow. ``resume`` has, by flow, the node at which it
    goes on when the call comes back to it from a queue."""

    values: dict[str, Value] = field(default_factory=dict)
    resume: dict[str, str] = field(default_factory=dict)
    steps: int = 0


class Ear:
    """Asks and listens: keys that come early are kept for the next question."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self._ahead = ""

    async def say(self, *said: Utterance, insists: bool = False) -> None:
        """Say it; a key ends it and is kept."""
        for one in said:
            if insists:
                await self._party.say(one)
            elif not self._ahead and not self._party.has_keys:
                self._ahead += await self._party.ask(one, 0.0)

    async def first(self, said: Utterance, timeout_s: float) -> str:
        """Say it and take one key; at once when it was pressed before."""
        if self._ahead or self._party.has_keys:
            return await self.next(max(timeout_s, _AT_ONCE_S))
        return await self._party.ask(said, timeout_s)

    async def next(self, timeout_s: float) -> str:
        """One more key."""
        if self._ahead:
            key, self._ahead = self._ahead[0], self._ahead[1:]
            return key
        return await self._party.key(timeout_s)

    def forget(self) -> None:
        """What was pressed counts no more."""
        self._ahead = ""
        self._party.forget_keys()


class Visit:
    """One caller in flows. ``flows`` are those of the version that the call began with."""

    def __init__(
        self, flows: Mapping[str, Flow], memory: Memory, party: Party, world: World
    ) -> None:
        self.flows = flows
        self.memory = memory
        self.party = party
        self.world = world
        self.ear = Ear(party)
        self.flow = next(iter(flows.values()))
        self.node = ""
        self._failed_at: set[tuple[str, str]] = set()

    async def run(self, name: str) -> Destination | None:
        """Go through a flow, and those it leads to.

        Returns:
            The place outside where the call goes on; None: it is over.
        """
        self.party.answer()
        place: Destination | None = Destination(DestinationKind.IVR, name)
        while place is not None and self._is_flow(place):
            if self.node:
                self.world.moved(place)
            self.flow = self.flows[place.name]
            place = await self._flow()
        return place

    def _is_flow(self, place: Destination) -> bool:
        return place.kind is DestinationKind.IVR and place.name in self.flows

    async def _flow(self) -> Destination | None:
        flow = self.flow
        for variable, value in flow.given.items():
            self.memory.values.setdefault(variable, value)
        self._choose_language()
        start = self.memory.resume.pop(flow.name, flow.start)
        try:
            async with asyncio.timeout(flow.limit_s):
                return await self._walk(start)
        except TimeoutError:
            self.world.note("flow_late", f"{flow.name} at {self.node}")
        except Over:
            return None
        return await self._late(flow)

    async def _late(self, flow: Flow) -> Destination | None:
        self.ear.forget()
        try:
            async with asyncio.timeout(_GRACE_S):
                return await self._walk(flow.late)
        except (TimeoutError, Over):
            return None

    def _choose_language(self) -> None:
        flow, now = self.flow, self.language
        wanted = flow.language or now
        if wanted not in flow.languages:
            wanted = flow.languages[0]
        if wanted != now:
            self.world.speak(wanted)

    async def _walk(self, target: Target | None) -> Destination | None:
        while isinstance(target, str):
            self.memory.steps += 1
            if self.memory.steps > MOST_STEPS:
                self.world.note("flow_in_a_circle", f"{self.flow.name} at {target}")
                await self._sorry()
                return None
            self.node = target
            target = await self._step(self.flow.nodes[target])
            await asyncio.sleep(0)  # others' calls go on, however a flow goes round
        if target is None:
            await self.ear.say(self.built_in("goodbye"), insists=True)
        return target

    async def _step(self, node: Node) -> Target | None:
        try:
            return await _DEEDS[type(node)](self, node)
        except (Failed, Unsayable) as error:
            self.world.note("flow_failed", f"{self.flow.name} at {node.name}: {error}"[:200])
            place = (self.flow.name, node.name)
            if self.flow.failed is None or place in self._failed_at:
                await self._sorry()
                raise Over from None
            self._failed_at.add(place)  # where it leads may lead back here: once, not for ever
            return self.flow.failed

    async def _sorry(self) -> None:
        await self.ear.say(self.built_in("congestion"), insists=True)

    # -- for nodes ------------------------------------------------------------------------

    @property
    def values(self) -> Mapping[str, Value]:
        """Every variable as it is now."""
        return {**self.memory.values, **self.world.facts()}

    @property
    def language(self) -> str:
        """The call's language now."""
        return str(self.world.facts()["language"])

    def assign(self, variable: str, value: Value) -> None:
        """Give a variable a value."""
        self.memory.values[variable] = value

    def utter(self, saying: Saying) -> Utterance:
        """What a saying says now.

        Raises:
            Unsayable: it cannot be said.
        """
        return utter(saying, self.values, self.language)

    def built_in(self, name: str, **slots: Any) -> Utterance:
        """One of the exchange's own prompts."""
        return built_in(name, self.language, **slots)

    def or_built_in(self, saying: Saying | None, name: str) -> Utterance:
        """A flow's own words, or the exchange's."""
        return self.built_in(name) if saying is None else self.utter(saying)


Deed = Callable[[Visit, Any], Awaitable[Target | None]]
"""What a kind of node does; where the caller goes on, None for goodbye."""

_DEEDS: dict[type, Deed] = {}


def deed(kind: type) -> Callable[[Deed], Deed]:
    """Make a coroutine what nodes of ``kind`` do."""

    def keep(coroutine: Deed) -> Deed:
        _DEEDS[kind] = coroutine
        return coroutine

    return keep


def deeds() -> Mapping[type, Deed]:
    """What every kind of node does."""
    return _DEEDS
