"""Checks of flows as graphs: targets that exist, nodes nobody comes to, circles without a way out,
variables that have no value yet, words that a language lacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from firmware.model.dialplan import DestinationKind
from firmware.model.flow import text
from firmware.model.flow.asking import Collect
from firmware.model.flow.node import Exit, Flow, Node, Saying, Target

BUILT_IN: Final = frozenset(
    {
        "caller",  # the number, "" when withheld
        "caller_name",
        "called",
        "line",
        "language",
        "queue",  # the one the caller was in last, "" when in none
        "agent",  # whom they talked to last
        "is_vip",
        "weekday",  # 1 is Monday
        "hour",
        "minute",
        "today",  # 2026-11-22
        "now",  # 14:30
    }
)
"""Variables that always have a value."""


_Place = tuple[str, str]
"""A flow and its node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong. ``node`` is "" for the flow itself; ``key`` is where, below the
    node; ``value`` what stands there."""

    node: str
    key: str
    reason: str
    value: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """The nodes of all flows from which an end can be reached: at all, and by doing nothing."""

    at_all: frozenset[_Place]
    in_silence: frozenset[_Place]


def endings(flows: Mapping[str, Flow]) -> Endings:
    """Where flows end, those they lead to included; ``flows`` are all there are, by name."""
    return Endings(
        at_all=_ending(flows, is_silent=False), in_silence=_ending(flows, is_silent=True)
    )


def check(flow: Flow, ends: Endings) -> Iterator[Fault]:
    """Everything that is wrong with a flow."""
    if flow.start not in flow.nodes:
        yield _missing("", "start", flow.start, flow)
        return
    yield from _targets(flow)
    reached = _reached(flow)
    for name in flow.nodes:
        if name not in reached:
            yield Fault(
                node=name,
                key="name",
                value=name,
                reason="nobody ever comes to this node",
                suggestion="lead to it, or take it out",
            )
    yield from _circles(flow, ends, reached)
    yield from _unset(flow, reached)
    for name, node in flow.nodes.items():
        for way in node.exits():
            for variable in sorted(way.sets & BUILT_IN):
                yield Fault(
                    node=name,
                    key="name",
                    value=name,
                    reason=f"sets {variable}, which the exchange sets itself",
                    suggestion="choose another name for the variable",
                )
        for key, saying in node.sayings():
            yield from _unsaid(flow, name, key, saying)


def targets_of(flow: Flow) -> Iterator[tuple[str, str, Target]]:
    """Every target that is written: the node ("" for the flow), the key, and where it leads."""
    for key, to in (("late", flow.late), ("failed", flow.failed)):
        if to is not None:
            yield "", key, to
    for name, node in flow.nodes.items():
        for way in node.exits():
            if way.to is not None:
                yield name, way.key, way.to


def _targets(flow: Flow) -> Iterator[Fault]:
    for name, key, to in targets_of(flow):
        if isinstance(to, str) and to not in flow.nodes:
            yield _missing(name, key, to, flow)


def _missing(node: str, key: str, to: str, flow: Flow) -> Fault:
    close = _alike(to, flow)
    return Fault(
        node=node,
        key=key,
        value=to,
        reason=f"flow {flow.name} has no node of this name",
        suggestion=f'did you mean "{close[0]}"?'
        if close
        else 'a place outside is written "kind:name"',
    )


def _inner(flow: Flow, exits: Iterable[Exit]) -> list[str]:
    """The nodes that exits lead to. One that is not there, and is reported, counts as the one it
    resembles: a slip of the pen makes no long report."""
    found = []
    for way in exits:
        if isinstance(way.to, str):
            found += [way.to] if way.to in flow.nodes else _alike(way.to, flow)
    return found


def _alike(name: str, flow: Flow) -> list[str]:
    return difflib.get_close_matches(name, flow.nodes, n=1)


def _reached(flow: Flow) -> frozenset[str]:
    first = {to for to in (flow.late, flow.failed) if isinstance(to, str) and to in flow.nodes}
    seen: set[str] = set()
    ahead = {flow.start, *first}
    while ahead:
        seen |= ahead
        ahead = {to for name in ahead for to in _inner(flow, flow.nodes[name].exits())} - seen
    return frozenset(seen)


# -- circles --------------------------------------------------------------------------------


def _circles(flow: Flow, ends: Endings, reached: frozenset[str]) -> Iterator[Fault]:
    for ending, reason in (
        (ends.at_all, "from here no way leads out of the flow"),
        (ends.in_silence, "a caller who presses nothing would go round from here for ever"),
    ):
        stuck = [n for n in flow.nodes if n in reached and (flow.name, n) not in ending]
        if stuck:
            yield Fault(
                node=stuck[0],
                key="name",
                value=stuck[0],
                reason=reason,
                suggestion="let one of its ways lead to a queue, a mailbox or hang_up",
            )
            return


def _ending(flows: Mapping[str, Flow], *, is_silent: bool) -> frozenset[_Place]:
    """Every node from which an end can be reached, at all or by doing nothing."""
    before: dict[_Place, set[_Place]] = {}
    ends: set[_Place] = set()
    for flow in flows.values():
        for name, node in flow.nodes.items():
            place = (flow.name, name)
            leads = [_place(flow, flows, way.to) for way in _ways(node, is_silent)]
            if not leads or None in leads:
                ends.add(place)
            for lead in leads:
                if lead is not None:
                    before.setdefault(lead, set()).add(place)
    ahead = set(ends)
    while ahead:
        ahead = {earlier for place in ahead for earlier in before.get(place, ())} - ends
        ends |= ahead
    return frozenset(ends)


def _ways(node: Node, is_silent: bool) -> list[Exit]:
    return [way for way in node.exits() if way.is_silent or not is_silent]


def _place(flow: Flow, flows: Mapping[str, Flow], to: Target | None) -> _Place | None:
    """The node that is led to, also that at the start of another flow; None is an end."""
    if isinstance(to, str):
        there = [to] if to in flow.nodes else _alike(to, flow)
        return (flow.name, there[0]) if there else None
    if to is not None and to.kind is DestinationKind.IVR and to.name in flows:
        return (to.name, flows[to.name].start)
    return None


# -- variables ------------------------------------------------------------------------------


def _unset(flow: Flow, reached: frozenset[str]) -> Iterator[Fault]:
    known = _known_at(flow, reached)
    every = BUILT_IN | set(flow.given) | _all_set(flow)
    for name in flow.nodes:
        if name not in reached:
            continue
        for key, needed in _needs(flow.nodes[name]):
            for variable in sorted(needed - known[name]):
                yield _fault_of(name, key, variable, every)


def _fault_of(name: str, key: str, variable: str, every: set[str] | frozenset[str]) -> Fault:
    close = difflib.get_close_matches(variable, sorted(every - {variable}), n=1)
    if variable in every:
        reason = f"{variable} may have no value here: a way leads here on which nothing sets it"
        suggestion = "set it on every way, or give the flow a value to begin with (given)"
    else:
        reason = f"nothing sets {variable}"
        suggestion = f'did you mean "{close[0]}"?' if close else ""
    return Fault(node=name, key=key, value=variable, reason=reason, suggestion=suggestion)


def _needs(node: Node) -> Iterator[tuple[str, frozenset[str]]]:
    yield from node.reads()
    for key, saying in node.sayings():
        own = {node.variable} if isinstance(node, Collect) and key == "collect.confirm" else set()
        yield key, saying.variables - own


def _all_set(flow: Flow) -> set[str]:
    return {name for node in flow.nodes.values() for way in node.exits() for name in way.sets}


def _known_at(flow: Flow, reached: frozenset[str]) -> dict[str, frozenset[str]]:
    """The variables that have a value wherever a node is come to from."""
    first = BUILT_IN | set(flow.given)
    everything = frozenset(first | _all_set(flow))
    known = dict.fromkeys(reached, everything)
    for start in (flow.start, flow.late, flow.failed):  # the latter two from anywhere
        if isinstance(start, str) and start in known:
            known[start] = frozenset(first)
    ahead = list(known)
    while ahead:
        name = ahead.pop()
        for way in flow.nodes[name].exits():
            if isinstance(way.to, str) and way.to in known:
                behind = known[way.to] & (known[name] | way.sets)
                if behind != known[way.to]:
                    known[way.to] = behind
                    ahead.append(way.to)
    return known


# -- words ----------------------------------------------------------------------------------


def _unsaid(flow: Flow, node: str, key: str, saying: Saying) -> Iterator[Fault]:
    if not saying.prompt and not saying.texts:
        yield Fault(
            node=node,
            key=key,
            reason="says nothing",
            suggestion="write prompt: NAME, or a text in each language: en, fa, ar",
        )
        return
    if not saying.prompt:
        for language in flow.languages:
            if language not in saying.texts:
                yield Fault(
                    node=node,
                    key=f"{key}.{language}",
                    reason=f"is missing: the flow is spoken in {', '.join(flow.languages)}",
                    suggestion=f"write {language}: TEXT",
                )
    for language, words in saying.texts.items():
        if fault := text.fault_of_spoken(words):
            yield Fault(node=node, key=f"{key}.{language}", value=words, reason=fault)
