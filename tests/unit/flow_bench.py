"""Flows for tests: written as a technician writes them, walked by a caller on paper."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.config import document
from firmware.config.flows import flows
from firmware.ivr import asks, does, pays  # noqa: F401 - they know what each node does
from firmware.ivr.ports import Charge, Kept, NoAnswer, Question, Receipt
from firmware.ivr.simulate import PaperParty, PaperWorld, Script, Surroundings
from firmware.ivr.tables import Tables
from firmware.ivr.visit import Memory, Visit
from firmware.model.calendar import CalendarState
from firmware.model.contact import Contact
from firmware.model.dialplan import Destination

APPROVED = Receipt(is_approved=True, reference="R-1")

SITE = """
extension:
  - {{number: 101, name: Sara, password: not-a-secret-1}}
  - {{number: 102, name: Omar, password: not-a-secret-2}}
queue:
  - {{name: support, title: Support, members: [101, 102], wrap_up_s: 4.37}}
calendar:
  - {{name: office, when_open: "queue:support", when_closed: "voicemail:101"}}
voicemail: {{for_everyone: true}}
service:
  - {{name: till, url: "http://127.0.0.1:9", timeout_s: 2}}
  - {{name: crm, url: "https://crm.example.com/api", timeout_s: 2}}
table:
  - name: customers
    key: account
    csv: "account,name,balance\\n1001,Sara,250000\\n1002,Omar,0\\n"
flow:
  - name: main
    languages: [en]
{head}
    node:
{nodes}
"""


def text_of(nodes: str, head: str = "") -> str:
    """A site with one flow, ``main``, of these nodes."""
    indented = "\n".join(f"      {line}" for line in nodes.strip("\n").splitlines())
    head = "\n".join(f"    {line}" for line in head.strip().splitlines())
    return SITE.format(nodes=indented, head=head)


class World(PaperWorld):
    """A world that answers as a test says."""

    def __init__(
        self, around: Surroundings, memory: Memory, lines: list[str], answers: Any
    ) -> None:
        super().__init__(around, memory, lines.append)
        self.answers = answers
        self.asked: list[Question] = []
        self.charged: list[Charge] = []
        self.kept: list[Kept] = []
        self.receipt: Receipt | Exception = Receipt(is_approved=True, reference="R-1")
        self.calls_back = True

    async def look_up(self, question: Question) -> Any:
        self.asked.append(question)
        answer = self.answers.get(question.service, NoAnswer("dead"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def charge(self, charge: Charge) -> Receipt:
        self.charged.append(charge)
        if isinstance(self.receipt, Exception):
            raise self.receipt
        return self.receipt

    def keep(self, kept: Kept) -> None:
        self.kept.append(kept)

    async def ask_back(self, queue: str, number: str) -> bool:
        await super().ask_back(queue, number)
        return self.calls_back


@dataclass
class Walk:
    """What came of a caller's way."""

    to: Destination | None
    lines: list[str]
    world: World
    memory: Memory

    @property
    def heard(self) -> list[str]:
        """What they heard, without the language."""
        return [line.partition("] ")[2] for line in self.lines if line.startswith("hears [")]


@dataclass(kw_only=True)
class Caller:
    """Who calls, when, and what they find."""

    keys: str = ""
    caller: str = "09121234567"
    language: str = "en"
    at: dt.datetime = dt.datetime(2026, 11, 22, 10, 30)  # noqa: DTZ001 - a wall clock
    calendar: CalendarState = CalendarState.OPEN
    contact: Contact | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    receipt: Receipt | Exception = APPROVED
    calls_back: bool = True
    leaves: bool = False


def walk(nodes: str, head: str = "", name: str = "main", **caller: Any) -> Walk:
    """Send somebody through ``main`` of these nodes."""
    return walk_site(text_of(nodes, head), name, Caller(**caller))


def walk_site(text: str, name: str, who: Caller) -> Walk:
    """Send somebody through a flow of a whole configuration."""
    site = document.parse(text)
    lines: list[str] = []
    memory = Memory()
    with_tables = Tables(site.table, None)  # type: ignore[arg-type] - no files
    around = Surroundings(
        caller=who.caller,
        called="800",
        at=who.at,
        language=who.language,
        stations=frozenset(one.number for one in site.extension),
        calendar=lambda _name: who.calendar,
        contact=who.contact,
        services=None,
        tables=with_tables,
    )
    world = World(around, memory, lines, who.answers)
    world.receipt, world.calls_back = who.receipt, who.calls_back
    script = Script(keys=who.keys, leaves=who.leaves)
    party = PaperParty(script, lines.append, lambda: visit.flow.limit_s)
    visit = Visit(flows(site), memory, party, world)
    try:
        to = asyncio.run(visit.run(name))
    finally:
        with_tables.close()
    return Walk(to=to, lines=lines, world=world, memory=memory)
