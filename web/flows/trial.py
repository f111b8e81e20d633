"""A caller on paper, key by key: the same flows and the same interpreter as a call's, what is
heard as words, and the nodes come through. It stops where the caller would have to press a key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial

from firmware.config import routes
from firmware.config.flows import flows as flows_of
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.ivr import asks, does, pays  # noqa: F401 - they know what each node does
from firmware.ivr.simulate import CallerLeft, PaperParty, PaperWorld, Script, Surroundings
from firmware.ivr.tables import Tables
from firmware.ivr.visit import Memory, Visit
from firmware.model.calendar import CalendarState
from firmware.model.contact import Contact
from firmware.model.flow.node import Node, Target
from firmware.phonebook.index import Phonebook
from firmware.store import contacts
from firmware.store.db import open_store
from web.flows import wording
from web.writing import latin

KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")

_MOST_KEYS = 200
_NOT_KEYS = re.compile(r"[^0-9*#,]")
_NOT_NUMBER = re.compile(r"[^0-9+*#]")


class Waits(CallerLeft):
    """The keys are used up, and the flow waits for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is tried: the keys so far ("," is a silence), the caller's number ("": withheld), the
    office's time of day (None: now)."""

    keys: str = ""
    caller: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One line: at which node, its icon and its words. ``node`` is "" while it is the same."""

    node: str
    icon: str
    words: str


@dataclass(slots=True)
class Went:
    """What became of the caller. ``waits``: the next key decides."""

    lines: list[Heard] = field(default_factory=list)
    waits: bool = False


def asked(args: Mapping[str, str]) -> Asked:
    """What a form asks for; the key that was pressed last stands behind the others."""
    keys = _NOT_KEYS.sub("", latin(args.get("keys", "") + args.get("press", "")))[:_MOST_KEYS]
    caller = _NOT_NUMBER.sub("", latin(args.get("caller", "")))[:32]
    at = latin(args.get("at", ""))
    return Asked(keys=keys, caller=caller, at=at if _clock(at) is not None else "")


def go(home: Home, site: Site, name: str, asked: Asked) -> Went:
    """Let a caller go through the flow ``name`` of ``site`` as far as the keys lead. No service is
    asked, nobody is charged, called back or recorded."""
    zone = routes.zone(site)
    now = datetime.now(zone).replace(tzinfo=None)
    clock = _clock(asked.at)
    at = now if clock is None else datetime.combine(now.date(), clock)
    around = Surroundings(
        caller=asked.caller,
        called="",
        at=at,
        language=str(site.office.language),
        stations=frozenset(one.number for one in site.extension),
        calendar=partial(_calendar, site, at),
        contact=_contact(home, site, asked.caller),
        services=None,
        tables=Tables(site.table, home.tables),
    )
    try:
        return asyncio.run(_go(site, name, around, asked.keys))
    finally:
        around.tables.close()


class _Party(PaperParty):
    """Waits instead of being silent when the keys are used up."""

    async def key(self, timeout_s: float) -> str:
        """The next key."""
        if not self._keys:
            raise Waits
        return await super().key(timeout_s)


class _Watched(Visit):
    """Tells each node it comes to."""

    went: Went

    async def _step(self, node: Node) -> Target | None:
        self.went.lines.append(Heard(node.name, "", ""))
        return await super()._step(node)


async def _go(site: Site, name: str, around: Surroundings, keys: str) -> Went:
    went, memory = Went(), Memory()

    def tell(line: str) -> None:
        went.lines.append(Heard("", *wording.line(line)))

    party = _Party(Script(keys=keys), tell, lambda: visit.flow.limit_s)
    visit = _Watched(flows_of(site), memory, party, PaperWorld(around, memory, tell))
    visit.went = went
    try:
        place = await visit.run(name)
    except Waits:
        went.waits = True
        return went
    if place is not None or not party.is_over:
        tell(f"=> {place}" if place is not None else "=> the call ends")
    return went


def _clock(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _calendar(site: Site, at: datetime, name: str) -> CalendarState:
    return routes.calendars(site)[name].at(at).state


def _contact(home: Home, site: Site, caller: str) -> Contact | None:
    if not caller or not home.store_db.exists():
        return None
    with closing(open_store(home)) as db:
        return Phonebook(contacts.everyone(db), (), site.office.country).find(caller)
