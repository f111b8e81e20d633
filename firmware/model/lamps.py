"""Lamps: what a key that watches a number shows, worked out from the rows of the daemons.

A key watches a *subject*: a person's calls, a parking slot, a queue, a line, a trunk, the night
switch, a person's do-not-disturb … What it shows are dialogs as RFC 4235 has them, because that
is what telephones read: none is a dark lamp, ``early`` blinks, ``confirmed`` is lit. For
everything that is not a call a dialog is made up, as every vendor's exchange does.

Rows come as they are on the links; here only the attributes named by the protocols count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from firmware.model.internet import InternetState
from firmware.model.leg import LegState
from firmware.model.personal import ForwardKind
from firmware.model.trunk import USABLE


class Kind(StrEnum):
    """What a lamp can be about."""

    PERSON = "person"  # the calls of an extension, and its do-not-disturb
    SLOT = "slot"  # of parked calls
    QUEUE = "queue"
    LINE = "line"
    TRUNK = "trunk"
    NIGHT = "night"  # a calendar switched by hand
    DND = "dnd"  # a person's do-not-disturb alone
    FORWARD = "forward"  # whether a person has one; see ``Subject.detail``
    AGENT = "agent"  # whether a person is logged in to their queues
    INTERNET = "internet"  # whether there is one
    PLACE = "place"  # a destination ("conference:board"): whether calls are there


@dataclass(frozen=True, slots=True)
class Subject:
    """What one lamp is about: a number, or the name of a line, trunk, queue or calendar."""

    kind: Kind
    name: str
    detail: str = ""  # FORWARD only: which of the person's forwards, a ForwardKind


class Glow(StrEnum):
    """What a dialog makes of a lamp: its state in RFC 4235 §3.7.1."""

    BLINKING = "early"
    LIT = "confirmed"


class Direction(StrEnum):
    """Who began the dialog, seen from the subject: RFC 4235 §4.1.2."""

    INITIATOR = "initiator"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Remote:
    """The other party. ``name`` may be empty."""

    number: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """One reason for a lamp to be on."""

    glow: Glow
    direction: Direction = Direction.RECIPIENT
    leg: str = ""  # the leg that rings, for whoever picks it up by Replaces
    remote: Remote | None = None
    is_held: bool = False


Lamp = tuple[Dialog, ...]
"""All reasons for a lamp to be on, the most telling first; () is dark."""


class Leg(Protocol):
    """A leg's row."""

    @property
    def id(self) -> str: ...
    @property
    def call(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def party(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LampRules:
    """How a site wants its lamps.

    ``show_caller``: whether the other party is told to whoever watches; ``show_dnd``: whether
    do-not-disturb lights a person's lamp. ``stations`` has the extension of each station line.
    """

    show_caller: bool = False
    show_dnd: bool = True
    stations: Mapping[str, str] = field(default_factory=dict)


Rows = Mapping[str, Mapping[str, Any]]
"""Rows by kind and id."""


def lamp(subject: Subject, rows: Rows, rules: LampRules) -> Lamp:
    """What the lamp of ``subject`` shows."""
    return tuple(_LAMPS[subject.kind](subject, rows, rules))


def affected(kind: str, before: Any, after: Any, rows: Rows, rules: LampRules) -> set[Subject]:
    """The subjects whose lamps may change when a row of ``kind`` changed from ``before`` (None:
    it is new) to ``after`` (None: it is gone). ``rows`` may be from before or after it."""
    found: set[Subject] = set()
    for row in (before, after):
        if row is not None and kind in _AFFECTED:
            found.update(_AFFECTED[kind](row, rows, rules))
    return found


# -- what each kind of lamp shows ---------------------------------------------------------

_TALKING = {LegState.ANSWERED, LegState.HELD}

# What each state of a leg is to a lamp. Whoever calls is shown as busy from the first moment:
# telephones blink for every early dialog, whoever began it, and then offer to pick it up.
_GLOW: Mapping[tuple[str, str], Glow] = {
    ("inbound", LegState.TRYING): Glow.LIT,
    ("inbound", LegState.RINGING): Glow.LIT,
    ("inbound", LegState.EARLY): Glow.LIT,
    ("inbound", LegState.ANSWERED): Glow.LIT,
    ("inbound", LegState.HELD): Glow.LIT,
    ("outbound", LegState.RINGING): Glow.BLINKING,
    ("outbound", LegState.EARLY): Glow.BLINKING,
    ("outbound", LegState.ANSWERED): Glow.LIT,
    ("outbound", LegState.HELD): Glow.LIT,
}


def _person(subject: Subject, rows: Rows, rules: LampRules) -> Iterator[Dialog]:
    legs = [leg for leg in _of(rows, "leg") if leg.party == subject.name]
    dialogs = [_of_leg(leg, glow, rows, rules) for leg, glow in _glowing(legs)]
    yield from sorted(dialogs, key=lambda one: one.glow is not Glow.BLINKING)
    if dialogs:
        return
    lines = (row for row in _of(rows, "line") if rules.stations.get(row.id) == subject.name)
    if any(row.state not in ("idle", "fault") for row in lines):  # off hook, and no call yet
        yield Dialog(glow=Glow.LIT, direction=Direction.INITIATOR)
    elif rules.show_dnd:
        yield from _dnd(subject, rows, rules)


def _glowing(legs: Iterable[Leg]) -> Iterator[tuple[Leg, Glow]]:
    for leg in legs:
        if (glow := _GLOW.get((leg.direction, LegState(leg.state)))) is not None:
            yield leg, glow


def _of_leg(leg: Leg, glow: Glow, rows: Rows, rules: LampRules) -> Dialog:
    inbound = leg.direction == "inbound"
    return Dialog(
        glow=glow,
        direction=Direction.INITIATOR if inbound else Direction.RECIPIENT,
        leg=leg.id if glow is Glow.BLINKING else "",
        remote=_remote(leg, rows) if rules.show_caller else None,
        is_held=leg.state == LegState.HELD,
    )


def _remote(leg: Leg, rows: Rows) -> Remote | None:
    """Whom a leg talks to: the one other party that talks in its call, else whoever its call
    was from or to."""
    talking = [
        other
        for other in _of(rows, "leg")
        if other.call == leg.call and other.id != leg.id and other.state in _TALKING
    ]
    call = rows.get("call", {}).get(leg.call)
    if len(talking) == 1 and (call is None or talking[0].party != call.caller):
        return Remote(talking[0].party)
    if call is None:
        return None
    if leg.direction == "inbound":
        return Remote(call.called) if call.called else None
    return Remote(call.caller, call.caller_name) if call.caller else None


def _slot(subject: Subject, rows: Rows, rules: LampRules) -> Iterator[Dialog]:
    if (row := rows.get("park", {}).get(subject.name)) is not None:
        yield _made_up(rules, row.caller)


def _queue(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    """Blinks while somebody waits; lit while agents talk and nobody does."""
    row = rows.get("queue", {}).get(subject.name)
    waiting = {caller.call for caller in row.waiting} if row is not None else set()
    place = f"queue:{subject.name}"
    if waiting:
        yield Dialog(glow=Glow.BLINKING)
    elif any(call.place == place and call.id not in waiting for call in _of(rows, "call")):
        yield Dialog(glow=Glow.LIT)


_LINE_RINGS = {"ringing_in", "offered", "unheard", "ringing_out"}


def _line(subject: Subject, rows: Rows, rules: LampRules) -> Iterator[Dialog]:
    """A line that is cut or lost is lit as one in use is: nobody can have it."""
    row = rows.get("line", {}).get(subject.name)
    if row is not None and row.state != "idle":
        glow = Glow.BLINKING if row.state in _LINE_RINGS else Glow.LIT
        remote = Remote(row.number) if rules.show_caller and row.number else None
        yield Dialog(glow=glow, remote=remote)


def _trunk(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    """Lit while calls run over it, and while it cannot be used."""
    row = rows.get("trunk", {}).get(subject.name)
    busy = any(subject.name in (leg.way, leg.party) for leg in _of(rows, "leg"))
    if row is not None and (busy or row.state not in USABLE):
        yield Dialog(glow=Glow.LIT)


def _night(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    row = rows.get("calendar", {}).get(subject.name)
    if row is not None and row.override:
        yield Dialog(glow=Glow.LIT)


def _dnd(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    row = rows.get("person", {}).get(subject.name)
    if row is not None and row.dnd:
        yield Dialog(glow=Glow.LIT)


def _forward(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    row = rows.get("person", {}).get(subject.name)
    if row is not None and subject.detail in row.forwards:
        yield Dialog(glow=Glow.LIT)


def _agent(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    row = rows.get("agent", {}).get(subject.name)
    if row is not None and row.state != "logged_out":
        yield Dialog(glow=Glow.LIT)


def _place(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    if any(call.place == subject.name for call in _of(rows, "call")):
        yield Dialog(glow=Glow.LIT)


def _internet(subject: Subject, rows: Rows, _rules: LampRules) -> Iterator[Dialog]:
    """Lit without internet, as a trunk that cannot be used is; blinks while half of it works."""
    row = rows.get("internet", {}).get(subject.name)
    if row is not None and row.state in (InternetState.DOWN, InternetState.LIMITED):
        is_down = row.state == InternetState.DOWN
        yield Dialog(glow=Glow.LIT if is_down else Glow.BLINKING)


def _made_up(rules: LampRules, caller: str) -> Dialog:
    remote = Remote(caller) if rules.show_caller and caller else None
    return Dialog(glow=Glow.LIT, remote=remote)


_LAMPS: Mapping[Kind, Callable[[Subject, Rows, LampRules], Iterable[Dialog]]] = {
    Kind.PERSON: _person,
    Kind.SLOT: _slot,
    Kind.QUEUE: _queue,
    Kind.LINE: _line,
    Kind.TRUNK: _trunk,
    Kind.NIGHT: _night,
    Kind.DND: _dnd,
    Kind.FORWARD: _forward,
    Kind.AGENT: _agent,
    Kind.PLACE: _place,
    Kind.INTERNET: _internet,
}


# -- which lamps a row touches ------------------------------------------------------------


def _by_leg(row: Any, rows: Rows, _rules: LampRules) -> Iterator[Subject]:
    yield Subject(Kind.PERSON, row.party)
    yield Subject(Kind.TRUNK, row.party)
    yield Subject(Kind.TRUNK, row.way)
    yield from _parties(row.call, rows)


def _by_call(row: Any, rows: Rows, _rules: LampRules) -> Iterator[Subject]:
    yield from _parties(row.id, rows)
    kind, _, name = row.place.partition(":")
    yield Subject(Kind.QUEUE, name) if kind == "queue" else Subject(Kind.PLACE, row.place)


def _parties(call: str, rows: Rows) -> Iterator[Subject]:
    for leg in _of(rows, "leg"):
        if leg.call == call:
            yield Subject(Kind.PERSON, leg.party)


def _by_person(row: Any, _rows: Rows, _rules: LampRules) -> Iterator[Subject]:
    yield Subject(Kind.PERSON, row.id)
    yield Subject(Kind.DND, row.id)
    for forward in ForwardKind:
        yield Subject(Kind.FORWARD, row.id, forward)


def _by_line(row: Any, _rows: Rows, rules: LampRules) -> Iterator[Subject]:
    yield Subject(Kind.LINE, row.id)
    if row.id in rules.stations:
        yield Subject(Kind.PERSON, rules.stations[row.id])


_AFFECTED: Mapping[str, Callable[[Any, Rows, LampRules], Iterable[Subject]]] = {
    "leg": _by_leg,
    "call": _by_call,
    "person": _by_person,
    "line": _by_line,
    "park": lambda row, _rows, _rules: (Subject(Kind.SLOT, row.id),),
    "queue": lambda row, _rows, _rules: (Subject(Kind.QUEUE, row.id),),
    "agent": lambda row, _rows, _rules: (Subject(Kind.AGENT, row.id),),
    "trunk": lambda row, _rows, _rules: (Subject(Kind.TRUNK, row.id),),
    "internet": lambda row, _rows, _rules: (Subject(Kind.INTERNET, row.id),),
    "calendar": lambda row, _rows, _rules: (Subject(Kind.NIGHT, row.id),),
}


def _of(rows: Rows, kind: str) -> Iterable[Any]:
    return rows.get(kind, {}).values()
