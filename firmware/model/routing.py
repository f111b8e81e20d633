"""Routing: which rule takes a call, inwards and outwards, and why. Rules are tried as written.

A *way* is what a call comes in by or goes out on: a line, a SIM, a SIP trunk, or a group of
lines. ``Routing.arrive`` and ``Routing.leave`` decide; every rule looked at leaves one line of
explanation, which ``markaz route test`` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination
from firmware.model.pattern import Pattern

CalendarAt = Callable[[str], CalendarState]
"""What the calendar of a name says now."""


class Permission(StrEnum):
    """How far a telephone may call. Each includes those before it."""

    INTERNAL = "internal"
    LOCAL = "local"
    NATIONAL = "national"
    MOBILE = "mobile"
    INTERNATIONAL = "international"
    PREMIUM = "premium"

    def allows(self, needed: Permission) -> bool:
        """Whether it includes ``needed``."""
        order = list(Permission)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A calendar's state that a rule asks for; no calendar: it always holds."""

    calendar: str = ""
    state: CalendarState = CalendarState.OPEN

    def holds(self, at: CalendarAt) -> bool:
        """Whether it holds now. A rule for "closed" also takes holidays."""
        if not self.calendar:
            return True
        now = at(self.calendar)
        return now is self.state or (
            self.state is CalendarState.CLOSED and now is CalendarState.HOLIDAY
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRoute:
    """Where calls from outside go. What is empty takes anything."""

    name: str
    ways: frozenset[str] = frozenset()
    did: tuple[Pattern, ...] = ()
    caller: tuple[Pattern, ...] = ()
    withheld: bool = False  # only callers who show no number
    when: Condition = Condition()
    to: Destination

    def refusal(self, arrival: Arrival, at: CalendarAt) -> str:
        """Why it does not take ``arrival``; "" when it does."""
        if self.ways and arrival.way not in self.ways:
            return f"it is not for {arrival.way or 'calls from inside'}"
        if self.did and not any(p.matches(arrival.did) for p in self.did):
            return f'the number called, "{arrival.did}", matches none of its patterns'
        if self.withheld and arrival.caller:
            return "the caller shows a number"
        if self.caller and not any(p.matches(arrival.caller) for p in self.caller):
            return f'the caller, "{arrival.caller}", matches none of its patterns'
        if not self.when.holds(at):
            return _not_now(self.when, at)
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRoute:
    """Numbers outside, who may call them, and by which ways, the best first."""

    name: str
    patterns: tuple[Pattern, ...]
    permission: Permission = Permission.NATIONAL
    extensions: frozenset[str] = frozenset()  # empty: every extension
    when: Condition = Condition()
    strip: int = 0  # digits taken from the front
    add: str = ""  # then put there
    ways: tuple[str, ...]
    pin: str = ""
    caller_id: str = ""
    max_calls: int = 0  # at once; 0: any number
    max_minutes: int = 0  # of one call; 0: for ever

    def rewritten(self, number: str) -> str:
        """The number as the ways get it."""
        return self.add + number[self.strip :]

    def refusal(self, number: str, extension: str, at: CalendarAt) -> str:
        """Why it is not for this call; "" when it is. Permission is not a reason: a route that
        fits and is not permitted refuses the call, it does not pass it on."""
        if not any(p.matches(number) for p in self.patterns):
            return f'"{number}" matches none of its patterns'
        if self.extensions and extension not in self.extensions:
            return f"it is not for extension {extension or '(none)'}"
        if not self.when.holds(at):
            return _not_now(self.when, at)
        if not self.rewritten(number):
            return f'nothing is left of "{number}"'
        return ""


def _not_now(condition: Condition, at: CalendarAt) -> str:
    return f"calendar {condition.calendar} is {at(condition.calendar)}, not {condition.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call from outside. ``did`` is the number that was called, "" on a line that has one."""

    way: str
    did: str
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """Emergency numbers ("115" to "ambulance"), the ways for them, the surest first, and whom
    to tell."""

    numbers: Mapping[str, str]
    ways: tuple[str, ...]
    notify: tuple[str, ...] = ()
    caller_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inward:
    """Where a call from outside goes; None: nowhere. ``why`` has a line for each rule tried."""

    to: Destination | None
    route: str
    why: tuple[str, ...]


class Answer(StrEnum):
    """What comes of dialling a number outside."""

    GO = "go"
    EMERGENCY = "emergency"
    NO_ROUTE = "no_route"
    NOT_PERMITTED = "not_permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """How a call goes out. ``number`` is what the ways get, ``route`` is None unless it goes by
    one."""

    answer: Answer
    number: str
    route: OutboundRoute | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """The extension that dials out: how far it may call, and the number it shows."""

    extension: str
    permission: Permission
    caller_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """All rules. ``defaults`` is where calls by a way go that no inbound route takes."""

    inbound: tuple[InboundRoute, ...]
    outbound: tuple[OutboundRoute, ...]
    defaults: Mapping[str, Destination]
    emergency: Emergency

    def __contains__(self, number: object) -> bool:
        """Whether dialling ``number`` can lead outside at all, for somebody, at some time."""
        return isinstance(number, str) and (
            number in self.emergency.numbers
            or any(p.matches(number) for route in self.outbound for p in route.patterns)
        )

    def is_emergency(self, number: str) -> bool:
        """Whether ``number`` calls for help, also with a prefix that a route takes off."""
        if number in self.emergency.numbers:
            return True
        return any(
            route.rewritten(number) in self.emergency.numbers
            for route in self.outbound
            if any(p.matches(number) for p in route.patterns)
        )

    def arrive(self, arrival: Arrival, at: CalendarAt) -> Inward:
        """Where ``arrival`` goes: the first inbound route that takes it, else the way's own."""
        why = []
        for route in self.inbound:
            refusal = route.refusal(arrival, at)
            why.append(f"inbound route {route.name}: {refusal or f'takes it, to {route.to}'}")
            if not refusal:
                return Inward(to=route.to, route=route.name, why=tuple(why))
        to = self.defaults.get(arrival.way)
        why.append(f"the route of {arrival.way or 'no line'} itself: {to or 'there is none'}")
        return Inward(to=to, route="", why=tuple(why))

    def leave(self, number: str, dialler: Dialler, at: CalendarAt) -> Outward:
        """How ``number``, dialled inside, goes out."""
        if number in self.emergency.numbers:
            return self._emergency(number, ())
        why = []
        for route in self.outbound:
            refusal = route.refusal(number, dialler.extension, at)
            why.append(f"outbound route {route.name}: {refusal or 'takes it'}")
            if refusal:
                continue
            rewritten = route.rewritten(number)
            if rewritten in self.emergency.numbers:  # dialled with the digit for a line outside
                return self._emergency(rewritten, tuple(why))
            return self._judged(route, rewritten, dialler, why)
        why.append("no outbound route takes it")
        return Outward(answer=Answer.NO_ROUTE, number=number, route=None, why=tuple(why))

    def _judged(
        self, route: OutboundRoute, number: str, dialler: Dialler, why: Sequence[str]
    ) -> Outward:
        allowed = dialler.permission.allows(route.permission)
        verb = "may" if allowed else "may not"
        whose = f"extension {dialler.extension} ({dialler.permission})"
        permission = f"{whose} {verb} call {route.permission} numbers"
        return Outward(
            answer=Answer.GO if allowed else Answer.NOT_PERMITTED,
            number=number,
            route=route,
            why=(*why, permission),
        )

    def _emergency(self, number: str, why: tuple[str, ...]) -> Outward:
        service = self.emergency.numbers[number]
        return Outward(
            answer=Answer.EMERGENCY,
            number=number,
            route=None,
            why=(*why, f"{number} is an emergency number ({service}): nothing stands against it"),
        )


class Standing(StrEnum):
    """How a way stands at a moment."""

    READY = "ready"
    BUSY = "busy"
    DOWN = "down"  # no battery, no signal, no registration, no answer to OPTIONS


class GroupOrder(StrEnum):
    """Which of a group's lines is taken first."""

    LINEAR = "linear"  # as written
    ROTATE = "rotate"  # after the one taken last


def in_turn(lines: Sequence[str], order: GroupOrder, last: str) -> tuple[str, ...]:
    """A group's lines in the order to try them; ``last`` is the one taken last, or ""."""
    if order is GroupOrder.LINEAR or last not in lines:
        return tuple(lines)
    turn = lines.index(last) + 1
    return (*lines[turn:], *lines[:turn])


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A call that occupies a way now."""

    call: str
    way: str
    began_at: float
    is_emergency: bool


def to_clear(carried: Sequence[Carried], ways: Sequence[str]) -> Carried | None:
    """The call to clear for an emergency: the newest of those on ``ways`` that are no emergency
    themselves; of two as new, the one on the surer way. None when there is none."""
    fit = [one for one in carried if one.way in ways and not one.is_emergency]
    return max(fit, key=lambda one: (one.began_at, -ways.index(one.way)), default=None)
