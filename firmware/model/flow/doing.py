"""Nodes that do something without asking: say, decide, look up, lead on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow import text
from firmware.model.flow.expression import BadExpression, names_of
from firmware.model.flow.node import Exit, Read, Saying, Step, Target
from firmware.model.flow.wish import QueueWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Step):
    """Says something. ``insists``: no key ends it early."""

    saying: Saying
    insists: bool = False
    to: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """One."""
        yield Exit("say.next", self.to)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """It."""
        yield "say.saying", self.saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Step):
    """Plays what a ``record`` node has put into ``variable``."""

    variable: str
    to: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """One."""
        yield Exit("play.next", self.to)

    def reads(self) -> Iterator[Read]:
        """The recording."""
        yield "play.recording", frozenset({self.variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakLanguage(Step):
    """Goes on in ``language``."""

    language: str
    to: Target

    def exits(self) -> Iterator[Exit]:
        """One."""
        yield Exit("language.next", self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCalendar(Step):
    """Goes on as a calendar says."""

    calendar: str
    is_open: Target
    is_closed: Target
    is_holiday: Target

    def exits(self) -> Iterator[Exit]:
        """Three, two of which may be one."""
        yield Exit("calendar.when_open", self.is_open)
        yield Exit("calendar.when_closed", self.is_closed)
        yield Exit("calendar.when_holiday", self.is_holiday)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCase:
    """Callers alike: by ``numbers`` (patterns), known to the phonebook, VIPs, without a number."""

    numbers: tuple[str, ...] = ()
    is_known: bool = False
    is_vip: bool = False
    is_withheld: bool = False
    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCaller(Step):
    """Goes on by who calls: the first case that fits."""

    cases: tuple[CallerCase, ...]
    otherwise: Target

    def exits(self) -> Iterator[Exit]:
        """Every case."""
        for index, case in enumerate(self.cases):
            yield Exit(f"caller.case[{index}].to", case.to)
        yield Exit("caller.otherwise", self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Step):
    """Gives variables the values of expressions, one after the other."""

    values: tuple[tuple[str, str], ...]
    to: Target
    failed: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """Computed, or not."""
        yield Exit("assign.next", self.to, sets=frozenset(name for name, _ in self.values))
        yield Exit("assign.failed", self.failed)

    def reads(self) -> Iterator[Read]:
        """What each needs; those before it have their values by then."""
        known: set[str] = set()
        for index, (name, expression) in enumerate(self.values):
            yield f"assign.value[{index}].value", _names(expression) - known
            known.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Step):
    """Goes on by the first expression that is true."""

    cases: tuple[tuple[str, Target], ...]
    otherwise: Target
    failed: Target | None = None  # an expression cannot be computed; None: otherwise

    def exits(self) -> Iterator[Exit]:
        """Every case."""
        for index, (_expression, to) in enumerate(self.cases):
            yield Exit(f"branch.case[{index}].to", to)
        yield Exit("branch.otherwise", self.otherwise)
        if self.failed is not None:
            yield Exit("branch.failed", self.failed)

    def reads(self) -> Iterator[Read]:
        """What each needs."""
        for index, (expression, _to) in enumerate(self.cases):
            yield f"branch.case[{index}].when", _names(expression)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp(Step):
    """Asks a service by HTTP. ``take`` has, by variable, where in the answer its value stands
    (JMESPath); ``body`` is sent as JSON by POST when there is one."""

    service: str
    path: str
    body: Mapping[str, str] = field(default_factory=dict)
    is_post: bool = False
    take: tuple[tuple[str, str], ...] = ()
    saying: Saying | None = None  # said while it is asked
    to: Target
    missing: Target | None = None  # 404, or a value is not there; None: failed
    failed: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """Found, not there, or no answer."""
        yield Exit("look_up.next", self.to, sets=frozenset(name for name, _ in self.take))
        if self.missing is not None:
            yield Exit("look_up.missing", self.missing)
        yield Exit("look_up.failed", self.failed)

    def reads(self) -> Iterator[Read]:
        """What is asked for."""
        yield "look_up.path", text.variables(self.path)
        for index, value in enumerate(self.body.values()):
            yield f"look_up.body[{index}].value", text.variables(value)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """What is said meanwhile."""
        if self.saying is not None:
            yield "look_up.saying", self.saying


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRow(Step):
    """Finds a row in a table by its key; ``take`` has a column by variable."""

    table: str
    key: str  # a text with gaps
    take: tuple[tuple[str, str], ...] = ()
    to: Target
    missing: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """Found, or not."""
        yield Exit("table.next", self.to, sets=frozenset(name for name, _ in self.take))
        yield Exit("table.missing", self.missing)

    def reads(self) -> Iterator[Read]:
        """The key's."""
        yield "table.find", text.variables(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Step):
    """Says how urgent the caller is and who fits; ``agent`` is a text with gaps."""

    wish: QueueWish
    agent: str = ""
    to: Target

    def exits(self) -> Iterator[Exit]:
        """One."""
        yield Exit("attributes.next", self.to)

    def reads(self) -> Iterator[Read]:
        """The agent's."""
        yield "attributes.agent", text.variables(self.agent)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue(Step):
    """Leads to a queue. Who is still there when their agent has hung up goes on at ``after``."""

    queue: str
    after: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """The queue, and what may come after it."""
        yield Exit("queue.name", Destination(DestinationKind.QUEUE, self.queue))
        if self.after is not None:
            yield Exit("queue.after", self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Step):
    """Leads to a place; or to the extension whose number a variable has."""

    to: Destination | None = None
    variable: str = ""
    failed: Target | None = None  # no extension has that number

    def exits(self) -> Iterator[Exit]:
        """The place."""
        if self.to is not None:
            yield Exit("transfer.to", self.to)
        else:
            yield Exit("transfer.failed", self.failed)

    def reads(self) -> Iterator[Read]:
        """The number."""
        if self.variable:
            yield "transfer.dial", frozenset({self.variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Step):
    """Ends the call."""

    saying: Saying | None = None
    cause: Cause = Cause.NORMAL_CLEARING

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """The last words."""
        if self.saying is not None:
            yield "hang_up.saying", self.saying


def _names(expression: str) -> frozenset[str]:
    with contextlib.suppress(BadExpression):
        return names_of(expression)
    return frozenset()
