"""A flow as a drawing: Mermaid for documents, DOT for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import graphviz

from firmware.model.flow.asking import Menu
from firmware.model.flow.node import Flow, Node

_WORDS = 40


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from a node to what is drawn as ``to``."""

    start: str
    to: str
    label: str


def arrows(flow: Flow) -> Iterator[Arrow]:
    """Every way, each once."""
    for name, node in flow.nodes.items():
        seen: set[tuple[str, str]] = set()
        for way in node.exits():
            to = "goodbye" if way.to is None else str(way.to)
            label = _label(node, way.key)
            if (to, label) not in seen:
                seen.add((to, label))
                yield Arrow(name, to, label)


def mermaid(flow: Flow) -> str:
    """As a Mermaid flowchart."""
    drawn = list(arrows(flow))
    names = [*flow.nodes, *(one.to for one in drawn if one.to not in flow.nodes)]
    ids = {name: f"n{index}" for index, name in enumerate(dict.fromkeys(names))}
    lines = ["flowchart TD"]
    for name, ident in ids.items():
        text = _title(flow, name).replace('"', "#quot;")
        lines.append(f'    {ident}["{text}"]' if name in flow.nodes else f'    {ident}(["{text}"])')
    for one in drawn:
        label = f"|{one.label}|" if one.label else ""
        lines.append(f"    {ids[one.start]} -->{label} {ids[one.to]}")
    return "\n".join(lines) + "\n"


def dot(flow: Flow) -> graphviz.Digraph:
    """As a graph for Graphviz; ``source`` is DOT."""
    graph = graphviz.Digraph(flow.name)
    graph.attr("node", shape="box", fontname="sans-serif")
    for name in flow.nodes:
        graph.node(f"node {name}", graphviz.escape(_title(flow, name)))
    outside = {one.to for one in arrows(flow) if one.to not in flow.nodes}
    for name in sorted(outside):
        graph.node(f"out {name.replace(':', ' ')}", graphviz.escape(name), shape="oval")
    for one in arrows(flow):
        to = f"node {one.to}" if one.to in flow.nodes else f"out {one.to.replace(':', ' ')}"
        graph.edge(f"node {one.start}", to, label=graphviz.escape(one.label))
    return graph


def _title(flow: Flow, name: str) -> str:
    node = flow.nodes.get(name)
    if node is None:
        return name
    kind = type(node).__name__
    said = next((saying for _key, saying in node.sayings()), None)
    words = "" if said is None else said.prompt or said.texts.get(flow.languages[0], "")
    start = "* " if name == flow.start else ""
    shown = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
    return f"{start}{name}: {kind}" + (f" - {shown}" if shown else "")


def _label(node: Node, key: str) -> str:
    """What leads this way: the key of a menu, or the word in the configuration."""
    if isinstance(node, Menu) and ".choice[" in key:
        index = int(key.partition("[")[2].partition("]")[0])
        return list(node.choices)[index]
    word = key.partition(".")[2]
    return "" if word in {"next", "name", "to"} else word.removesuffix(".to")
