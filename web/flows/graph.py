"""A flow as the document writes it, seen as a graph: its nodes, their ways on, and the changes
an editor makes. Nothing here needs the flow to be right: an unfinished one is drawn as well."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.config.sections import flows as written
from web.settings.shape import Field, Kind, Shape, shape_of

Raw = dict[str, Any]
"""A flow, or a node of it, as YAML has it: texts, lists and dictionaries."""

Steps = tuple[str | int, ...]

_LEADING = frozenset({Kind.TARGET, Kind.DESTINATION})
_ROW_TITLES = ("digit", "when", "number", "name")
_OF_FLOW = ("start", "late", "failed")
"""What of the flow itself names nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out of a node. ``steps`` is where it is written, below the node; ``of`` what it is
    the way for (a key, an expression; "" when the field says it); ``to`` is "" for none."""

    steps: Steps
    model: str
    field: str
    of: str
    to: str
    is_required: bool

    @property
    def path(self) -> str:
        """Its steps as one word of a form."""
        return ".".join(map(str, self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: its name, what it does ("" for nothing), and its ways."""

    name: str
    deed: str
    ways: tuple[Way, ...]
    words: str  # what it says, or leads to; "" for neither


def nodes(flow: Mapping[str, Any], language: str = "") -> tuple[Node, ...]:
    """Every node, in the order of the document; its words in ``language`` where it has them."""
    return tuple(node_of(raw, language) for raw in flow.get("node") or ())


def node_of(raw: Mapping[str, Any], language: str = "") -> Node:
    """One node."""
    deed = deed_of(raw)
    ways = tuple(_ways(shape_of_deed(deed), raw.get(deed) or {}, (deed,), "")) if deed else ()
    return Node(
        name=str(raw.get("name", "")), deed=deed, ways=ways, words=_words(raw, deed, language)
    )


def deed_of(raw: Mapping[str, Any]) -> str:
    """What a node does; "" when it does nothing that is known."""
    return next((key for key in written.DEEDS if key in raw), "")


def shape_of_deed(deed: str) -> Shape:
    """The fields of a deed."""
    found = shape_of(written.FlowNode).field(deed).shape
    assert found is not None, deed
    return found


def place_of(flow: Mapping[str, Any], name: str) -> int:
    """Where a node stands.

    Raises:
        LookupError: there is none of that name.
    """
    for index, raw in enumerate(flow.get("node") or ()):
        if raw.get("name") == name:
            return index
    raise LookupError(f"no node is called {name}")


def start_of(flow: Mapping[str, Any]) -> str:
    """The node that a flow begins with."""
    first: Mapping[str, Any] = next(iter(flow.get("node") or ()), {})
    return str(flow.get("start") or first.get("name", ""))


def outside(flow: Mapping[str, Any]) -> tuple[str, ...]:
    """The places outside that its nodes lead to, each once."""
    found = (way.to for node in nodes(flow) for way in node.ways if ":" in way.to)
    return tuple(dict.fromkeys(found))


# -- changes: each gives a new flow -----------------------------------------------------------


def added(flow: Raw, name: str, deed: str) -> Raw:
    """With a node more, at the end."""
    new = copy.deepcopy(flow)
    new["node"] = [*(new.get("node") or ()), {"name": name, deed: {}}]
    return new


def removed(flow: Raw, name: str) -> Raw:
    """Without a node. Who led to it still does: that is a problem to be seen, not to be hidden.

    Raises:
        LookupError: there is none of that name.
    """
    new = copy.deepcopy(flow)
    del new["node"][place_of(flow, name)]
    return new


def replaced(flow: Raw, name: str, raw: Raw) -> Raw:
    """With another content for a node; who led to it follows its new name.

    Raises:
        LookupError: there is none of that name.
    """
    new = copy.deepcopy(flow)
    new["node"][place_of(flow, name)] = copy.deepcopy(raw)
    return new if raw["name"] == name else _following(new, name, raw["name"])


def renamed(flow: Raw, old: str, name: str) -> Raw:
    """With another name for a node.

    Raises:
        LookupError: there is none of that name.
    """
    return replaced(flow, old, {**flow["node"][place_of(flow, old)], "name": name})


def connected(flow: Raw, name: str, path: str, to: str) -> Raw:
    """With one way of a node leading elsewhere; nowhere when ``to`` is "".

    Raises:
        LookupError: there is no such node, or it has no such way.
    """
    new = copy.deepcopy(flow)
    raw = new["node"][place_of(flow, name)]
    way = next((one for one in node_of(raw).ways if one.path == path), None)
    if way is None:
        raise LookupError(f"{name} has no way {path}")
    _set(raw, way.steps, to)
    return new


def _following(flow: Raw, old: str, name: str) -> Raw:
    for key in _OF_FLOW:
        if flow.get(key) == old:
            flow[key] = name
    for raw in flow["node"]:
        for way in node_of(raw).ways:
            if way.to == old:
                _set(raw, way.steps, name)
    return flow


def _set(raw: Any, steps: Steps, value: str) -> None:
    for step, then in itertools.pairwise(steps):
        if isinstance(raw, dict) and raw.get(step) is None:
            raw[step] = [] if isinstance(then, int) else {}
        raw = raw[step]
    if value:
        raw[steps[-1]] = value
    else:
        raw.pop(steps[-1], None)


def _ways(shape: Shape, raw: Mapping[str, Any], steps: Steps, of: str) -> Iterator[Way]:
    for one in shape.fields:
        value = raw.get(one.name)
        if one.kind in _LEADING and not one.is_list:
            yield _way(shape, one, (*steps, one.name), of, value)
        elif one.shape is not None and one.is_list:
            for index, row in enumerate(value or ()):
                yield from _ways(one.shape, row, (*steps, one.name, index), _title(row))


def _way(shape: Shape, one: Field, steps: Steps, of: str, value: Any) -> Way:
    return Way(
        steps=steps,
        model=shape.model,
        field=one.name,
        of=of,
        to=str(value or ""),
        is_required=one.is_required,
    )


def _title(row: Mapping[str, Any]) -> str:
    """What a row is for."""
    found = next((row[key] for key in _ROW_TITLES if row.get(key)), "")
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _words(raw: Mapping[str, Any], deed: str, language: str) -> str:
    """The first words of what a node says; what it names otherwise."""
    content = raw.get(deed) or {}
    saying = content.get("saying") or {}
    for key in (language, "en", "fa", "ar", "prompt"):
        if saying.get(key):
            return str(saying[key])
    return next((str(content[key]) for key in ("name", "box", "service") if content.get(key)), "")
