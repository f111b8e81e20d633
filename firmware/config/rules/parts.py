"""What every rule needs of a document that may be half right: its items, its names, near misses."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firmware.config.problem import Problem
from firmware.config.scalar import shown

Item = Mapping[str, Any]


def items(document: Item, section: str) -> Iterator[tuple[str, Item]]:
    """The path and the content of each of a section's items."""
    found = document.get(section)
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield f"{section}[{index}]", item


def section(document: Item, name: str) -> Item:
    """A section that is no list; empty when it is not there."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def texts(path: str, item: Item, key: str) -> Iterator[tuple[str, str]]:
    """The path and the text of each member of a list in an item."""
    found = item.get(key)
    for index, member in enumerate(found if isinstance(found, list) else ()):
        if isinstance(member, str):
            yield f"{path}.{key}[{index}]", member


def led_to(part: object, kind: str) -> set[str]:
    """Every destination of a kind ("calendar:") that is written anywhere in ``part``."""
    if isinstance(part, dict):
        return {text for value in part.values() for text in led_to(value, kind)}
    if isinstance(part, list):
        return {text for value in part for text in led_to(value, kind)}
    return {part} if isinstance(part, str) and part.startswith(kind) else set()


def near(word: str, known: Iterable[str], prefix: str = "") -> str:
    """A suggestion, or "" when nothing known resembles ``word``."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f'did you mean "{prefix}{close[0]}"?' if close else ""


def repeated(pairs: Iterable[tuple[str, str]], what: str) -> Iterator[Problem]:
    """A problem for each value that an earlier path has already."""
    first: dict[str, str] = {}
    for path, value in pairs:
        if value in first:
            yield Problem(
                path=path, value=shown(value), reason=f"{what}: {first[value]} has it already"
            )
        first.setdefault(value, path)


def missing(path: str, value: str, reason: str, known: Iterable[str]) -> Problem:
    """A name or number that leads nowhere."""
    return Problem(path=path, value=shown(value), reason=reason, suggestion=near(value, known))
