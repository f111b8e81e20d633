"""The text of a site configuration with other values in it, and its comments still there.

The text is cut into the chunks of its block mappings and sequences: a chunk is an entry or an
item with the comments above it. What did not change keeps its chunk to the letter; what changed
is written in its place; a removed item takes along the comments that stand right above it. A list
or mapping in brackets is written anew as a whole when anything in it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from firmware.config.difference import paired
from firmware.config.reading import recalled
from firmware.config.scalar import scalar

_WIDTH = 98

Content = dict[str, Any]
"""A configuration as ``firmware.config.reading`` reads it: dictionaries, lists and texts."""


def rewritten(text: str, content: Mapping[str, Any]) -> str:
    """``text``, changed so that it says ``content``.

    Raises:
        ConfigRejected: ``text`` is no YAML.
    """
    text = text.removeprefix("\ufeff")
    was = recalled(text).document
    if was == content:
        return text
    node = yaml.compose(text, Loader=yaml.CBaseLoader)
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        lines = text.splitlines(keepends=True)
        if not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        new = "".join(_Cutter(lines).root(node, was, content))
        if recalled(new).document == content:
            return new
    return fresh(content)  # complex keys and the like: the values count more than the looks


def fresh(content: Mapping[str, Any]) -> str:
    """``content`` as a text of its own."""
    return "".join(line for key, value in content.items() for line in _entry(key, value, 0))


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """An entry or an item: the lines above it that are comments or empty, and its own."""

    above: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)

    def kept_when_removed(self) -> list[str]:
        """The lines above that speak of something else: an empty line is between."""
        for index in range(len(self.above) - 1, -1, -1):
            if not self.above[index].strip():
                return self.above[:index]
        return []


class _Cutter:
    """Cuts the lines of one text and puts them together again."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def root(
        self, node: yaml.MappingNode, was: Mapping[str, Any], new: Mapping[str, Any]
    ) -> list[str]:
        first, end = node.start_mark.line, _end(node)
        chunks, rest = self._mapping(node, was, new, first)
        spaced = any(not line.strip() for chunk in chunks for line in chunk.above)
        for chunk in chunks[1:]:
            if spaced and not chunk.above and chunk.body[0] not in self._lines:
                chunk.above = ["\n"]
        return [*self._lines[:first], *_joined(chunks), *rest, *self._lines[end:]]

    def _mapping(
        self, node: yaml.MappingNode, was: Mapping[str, Any], new: Mapping[str, Any], top: int
    ) -> tuple[list[_Chunk], list[str]]:
        """The chunks of a block mapping that now says ``new``; the comments that are left over."""
        column, out, at = node.start_mark.column, [], top
        orphans: list[str] = []
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line
            chunk = _Chunk(above=[*orphans, *self._lines[at:line]])
            at, orphans = max(_end(value_node), line + 1), []
            if key not in new:
                orphans = chunk.kept_when_removed()
                continue
            chunk.body = self._value(value_node, (line, at), (was[key], new[key]), key, column)
            chunk.body[0] = " " * column + chunk.body[0][column:]
            out.append(chunk)
        out += [
            _Chunk(body=_entry(key, value, column)) for key, value in new.items() if key not in was
        ]
        return out, orphans

    def _sequence(
        self,
        node: yaml.SequenceNode,
        values: tuple[Sequence[Any], Sequence[Any]],
        top: int,
        name: str,
    ) -> tuple[list[_Chunk], list[str]]:
        """The same of the block sequence ``name``, whose items may have changed places."""
        was, new = values
        column, olds, at = node.start_mark.column, [], top
        for item in node.value:
            dash = self._dash(at, column, item.start_mark.line)
            olds.append((_Chunk(above=self._lines[at:dash]), item, dash))
            at = max(_end(item), dash + 1)
        out, used = [], set()
        for index, value in paired(was, new, name):
            if index is None:
                out.append(_Chunk(body=_item(value, column)))
                continue
            chunk, item, dash = olds[index]
            span = (dash, max(_end(item), dash + 1))
            body = self._value(item, span, (was[index], value), None, column)
            out.append(_Chunk(above=chunk.above, body=[" " * column + body[0][column:], *body[1:]]))
            used.add(index)
        gone = [chunk for index, (chunk, _i, _d) in enumerate(olds) if index not in used]
        return out, [line for chunk in gone for line in chunk.kept_when_removed()]

    def _dash(self, at: int, column: int, latest: int) -> int:
        for line in range(at, latest):
            if self._lines[line][column : column + 1] == "-":
                return line
        return latest

    def _value(
        self, node: yaml.Node, span: tuple[int, int], values: tuple[Any, Any], *place: Any
    ) -> list[str]:
        """The lines of a value that stands in ``span`` and changes; ``place`` is the key of its
        entry (None: it is an item) and the column where that begins."""
        (first, end), (was, new), (key, column) = span, values, place
        if was == new:
            return self._lines[first:end]
        if _is_block(node) and isinstance(node, yaml.MappingNode) and isinstance(new, dict) and new:
            return self._inside(node, first, *self._mapping(node, was, new, _below(node, first)))
        if (
            _is_block(node)
            and isinstance(node, yaml.SequenceNode)
            and isinstance(new, list)
            and new
        ):
            return self._inside(
                node,
                first,
                *self._sequence(node, (was, new), _below(node, first), key if column == 0 else ""),
            )
        inline = _inline(new)
        if inline is None or _is_block(node) or getattr(node, "style", None) in {"|", ">"}:
            return _item(new, column) if key is None else _entry(key, new, column)
        start, stop = node.start_mark, node.end_mark
        head = self._lines[start.line][: start.column]
        tail = self._lines[stop.line][stop.column :]
        return [*self._lines[first : start.line], f"{head}{inline}{tail}"]

    def _inside(
        self, node: yaml.Node, first: int, chunks: list[_Chunk], rest: list[str]
    ) -> list[str]:
        """The chunks of a collection below its key, or behind its dash."""
        start = node.start_mark
        if start.line > first:
            return [*self._lines[first : _below(node, first)], *_joined(chunks), *rest]
        begin, *others = chunks
        dash = self._lines[first][: start.column]
        column = len(dash) - len(dash.lstrip())
        above = [" " * column + line.lstrip() for line in begin.above]
        body = [dash + begin.body[0][start.column :], *begin.body[1:]]
        if above:  # what was said of the entry now stands within it, not in front of the dash
            body = [body[0], *above, *body[1:]]
        return [*body, *_joined(others), *rest]


def _below(node: yaml.Node, first: int) -> int:
    """Where the chunks of a collection begin: the line after its key, or its own."""
    return first + 1 if node.start_mark.line > first else first


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _joined(chunks: Sequence[_Chunk]) -> list[str]:
    return [line for chunk in chunks for line in (*chunk.above, *chunk.body)]


def _end(node: yaml.Node) -> int:
    """The line after the node's last; libyaml's own end of a block lies behind its comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return max(map(_end, last)) if isinstance(last, tuple) else _end(last)
    mark = node.end_mark
    if getattr(node, "style", None) in {"|", ">"} and mark.column == 0:
        return int(mark.line)
    return int(mark.line) + 1


def _inline(value: Any) -> str | None:
    """``value`` on one line, if it can stand on one."""
    if isinstance(value, str):
        return scalar(value)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        line = f"[{', '.join(map(scalar, value))}]"
        return line if len(line) <= _WIDTH else None
    return None


def _entry(key: str, value: Any, indent: int) -> list[str]:
    head = f"{' ' * indent}{scalar(key)}:"
    inline = _inline(value)
    if isinstance(value, str) or (inline is not None and len(head) + len(inline) < _WIDTH):
        return [f"{head} {inline}\n"]
    if isinstance(value, dict):
        inner = [_entry(name, item, indent + 2) for name, item in value.items()]
    else:
        inner = [_item(item, indent + 2) for item in value]
    return [f"{head}\n", *(line for lines in inner for line in lines)]


def _item(value: Any, indent: int) -> list[str]:
    inline = _inline(value)
    if inline is not None:
        return [f"{' ' * indent}- {inline}\n"]
    lines = [line for name, item in value.items() for line in _entry(name, item, indent + 2)]
    lines[0] = f"{' ' * indent}- {lines[0].lstrip()}"
    return lines
