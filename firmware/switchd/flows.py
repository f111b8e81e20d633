"""The flows of the running exchange: the version each call goes through, and what they reach for.

A call that is in flows finishes on the flows it began with; a reload is for those that come after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from firmware.config.flows import flows
from firmware.config.schema import Site
from firmware.ivr.saying import words_of
from firmware.ivr.services import Services
from firmware.ivr.tables import Tables
from firmware.ivr.visit import Memory
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow.node import Flow
from firmware.model.record import FlowResult
from firmware.switchd.call import Call, Ledger
from firmware.switchd.callers import Callers
from firmware.switchd.disk import Disk


class Voice(Protocol):
    """What speaks a site's own words (``firmware.prompts.speaker``)."""

    async def ready(self, words: Mapping[str, str], language: str) -> None: ...
    def speak_ahead(self, words: Mapping[str, Mapping[str, str]]) -> None: ...
    def close(self) -> None: ...


class Callbacks(Protocol):
    """Where a flow's promise to call back is kept."""

    async def ask_back(self, call: Call, queue: str, number: str) -> bool:
        """Keep the call's place in a queue for a call to ``number``; False when that is not
        possible. True: the promise is on the disk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A call's own flows and what it remembers."""

    flows: Mapping[str, Flow]
    memory: Memory


class Flows:
    """All flows of the site. ``voice`` is None where nobody listens (unit tests)."""

    def __init__(
        self,
        site: Site,
        *,
        voice: Voice | None,
        callers: Callers,
        disk: Disk,
        ledger: Ledger,
        clock: Callable[[], float],
    ) -> None:
        self.voice = voice
        self.callers = callers
        self.disk = disk
        self.clock = clock
        self.callbacks: Callbacks | None = None
        self._ledger = ledger
        self._begun: WeakKeyDictionary[Call, Begun] = WeakKeyDictionary()
        self._kept: WeakKeyDictionary[Call, int] = WeakKeyDictionary()
        self.services = Services(())
        self._tables: Tables | None = None
        self.retune(site)

    def retune(self, site: Site) -> None:
        """Take up a new configuration, for calls to come."""
        self._site = site
        self._flows = flows(site)
        self.zone = ZoneInfo(site.office.time_zone)
        self.services.retune(site.service)
        if self._tables is not None:
            self._tables.retune(site.table)
        if self.voice is not None:
            self.voice.speak_ahead(words(self._flows))

    @property
    def tables(self) -> Tables:
        """The tables, opened when somebody looks something up."""
        if self._tables is None:
            self._tables = Tables(self._site.table, self.disk.home.tables)
        return self._tables

    def has(self, call: Call, place: Destination) -> bool:
        """Whether ``place`` is a flow that this call began with."""
        begun = self._begun.get(call)
        is_flow = place.kind is DestinationKind.IVR
        return begun is not None and is_flow and place.name in begun.flows

    def begun(self, call: Call, name: str) -> Begun:
        """The call's flows: those of now when it comes to its first, or to a new one."""
        begun = self._begun.get(call)
        if begun is None or name not in begun.flows:
            memory = Memory() if begun is None else begun.memory
            begun = self._begun[call] = Begun(flows=self._flows, memory=memory)
        return begun

    def number_of(self, call: Call) -> int:
        """A number for the next thing that the call leaves behind, from 1."""
        number = self._kept[call] = self._kept.get(call, 0) + 1
        return number

    def put(self, result: FlowResult) -> None:
        """Put on record."""
        self._ledger.put(result)

    def close(self) -> None:
        """Give up look-ups and end the threads."""
        self.services.close()
        if self._tables is not None:
            self._tables.close()
        if self.voice is not None:
            self.voice.close()


def words(all_flows: Mapping[str, Flow]) -> Mapping[str, Mapping[str, str]]:
    """Everything that flows say in their own words, by language and prompt."""
    found: dict[str, dict[str, str]] = {}
    for flow in all_flows.values():
        for node in flow.nodes.values():
            for _key, saying in node.sayings():
                for language in flow.languages:
                    found.setdefault(language, {}).update(words_of(saying, language))
    return found
