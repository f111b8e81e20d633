"""Differences between two states of a configuration: found, shown, carried over to a third.

An item of a list is known by its name or number, not by its place, so a change holds on when
others are added before it. A list whose items have neither is one value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_IDENTITIES = ("name", "number", "extension", "digit", "member", "skill", "setting", "variable")
"""What an item is known by; the first that every item of a list has, each another."""

_BY_NUMBER = frozenset({"extension", "agent"})
"""Lists whose items also have names, which are no handles."""


@dataclass(frozen=True, slots=True)
class At:
    """A step into a list: the item whose ``field`` is ``value``."""

    field: str
    value: str


ORDER = "\x00order"
"""The last step to the order of a list's items."""

Steps = tuple[str | At, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: ``before`` None is something new, ``after`` None something removed. Where
    the last step is ``ORDER``, both are the lists of the items' names."""

    steps: Steps
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """As people read it: "extension[101].name"."""
        text = ""
        for step in self.steps:
            if isinstance(step, At):
                text += f"[{step.value}]"
            elif step != ORDER:
                text += f".{step}" if text else step
        return text

    @property
    def is_order(self) -> bool:
        return bool(self.steps) and self.steps[-1] == ORDER


class Clash(ValueError):
    """Two changes of one thing."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(", ".join(change.path for change in changes))
        self.changes = tuple(changes)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every difference, in the order of ``after``."""
    return tuple(_mapping((), before, after))


def applied(content: Mapping[str, Any], wanted: Iterable[Change]) -> dict[str, Any]:
    """``content`` with the changes made in it.

    Raises:
        LookupError: what one of them is about is not there any more.
    """
    new = copy.deepcopy(dict(content))
    for change in wanted:
        _apply(new, change)
    return new


def merged(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    mine_wins: bool = False,
) -> dict[str, Any]:
    """``theirs`` with what ``mine`` changed since ``base``.

    Raises:
        Clash: with my changes of what they changed as well, unless ``mine_wins``.
    """
    ours, others = changes(base, mine), changes(base, theirs)
    clashes = [
        one
        for one in ours
        if any(_meet(one.steps, other.steps) and one != other for other in others)
    ]
    if clashes and not mine_wins:
        raise Clash(clashes)
    new = dict(theirs)
    for change in ours:
        if change in others:
            continue
        try:
            new = applied(new, [change])
        except LookupError as error:
            raise Clash([change]) from error
    return new


def paired(
    was: Sequence[Any], new: Sequence[Any], name: str = ""
) -> Iterator[tuple[int | None, Any]]:
    """Each item of ``new`` with the place of the same item in ``was``; ``name`` is the list's."""
    free = set(range(len(was)))
    found: dict[int, int] = {}
    key = _identity(name, was, new)

    def take(index: int, fits: Iterable[int]) -> None:
        if index not in found and (old := next((i for i in fits if i in free), None)) is not None:
            found[index] = old
            free.discard(old)

    places: dict[str, list[int]] = {}
    for i, item in enumerate(was):
        places.setdefault(repr(item), []).append(i)
    for index, item in enumerate(new):
        take(index, places.get(repr(item), ()))
    if key:
        named = {item[key]: i for i, item in enumerate(was)}
        for index, item in enumerate(new):
            take(index, [named[item[key]]] if item[key] in named else ())
    for index in range(len(new)):
        take(index, [index] if len(was) == len(new) else ())
    for index in range(len(new)):
        take(index, sorted(free) if len(was) == len(new) else ())
    for index, item in enumerate(new):
        yield found.get(index), item


def _mapping(steps: Steps, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in [*after, *(key for key in before if key not in after)]:
        yield from _value((*steps, key), before.get(key), after.get(key))


def _value(steps: Steps, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mapping(steps, before, after)
        return
    lists = ([] if before is None else before, after)
    if all(isinstance(one, list) for one in lists) and (
        key := _identity(_list_name(steps), *lists)
    ):
        yield from _items(steps, key, *lists)
        return
    yield Change(steps=steps, before=before, after=after)


def _items(steps: Steps, key: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    old, new = ({item[key]: item for item in items} for items in (before, after))
    gone, come = [k for k in old if k not in new], [k for k in new if k not in old]
    renamed = {}
    if len(gone) == len(come) == 1 and _alike(old[gone[0]], new[come[0]], key):
        renamed = {come[0]: gone[0]}
    found: list[Change] = []
    for name, item in old.items():
        if name in new:
            found += _value((*steps, At(key, name)), item, new[name])
        elif name not in renamed.values():
            found.append(Change(steps=(*steps, At(key, name)), before=item, after=None))
    for name, item in new.items():
        if name in renamed:
            found += _value((*steps, At(key, renamed[name])), old[renamed[name]], item)
        elif name not in old:
            found.append(Change(steps=(*steps, At(key, name)), before=None, after=item))
    yield from found
    back = {was: now for now, was in renamed.items()}
    plain = [back.get(k, k) for k in old if k in new or k in back]
    plain += [k for k in new if k not in old and k not in renamed]
    if plain != list(new):
        yield Change(steps=(*steps, ORDER), before=plain, after=list(new))


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> bool:
    return {k: v for k, v in one.items() if k != key} == {
        k: v for k, v in other.items() if k != key
    }


def _list_name(steps: Steps) -> str:
    """The list's, if it is a whole section."""
    return str(steps[0]) if len(steps) == 1 else ""


def _identity(name: str, *lists: Sequence[Any]) -> str:
    """The field by which the items of all lists are known; "" when there is none."""
    if not any(lists) or not all(isinstance(item, dict) for items in lists for item in items):
        return ""
    for key in ("number",) if name in _BY_NUMBER else _IDENTITIES:
        if all(_tells_apart(items, key) for items in lists):
            return key
    return ""


def _tells_apart(items: Sequence[Any], key: str) -> bool:
    values = [item.get(key) for item in items]
    return all(isinstance(v, str) for v in values) and len(set(values)) == len(values)


def _meet(one: Steps, other: Steps) -> bool:
    """Whether one leads to the other or into it. An order meets an order alone."""
    if ORDER in (one[-1], other[-1]):
        return one == other
    short = min(len(one), len(other))
    return one[:short] == other[:short]


def _apply(content: dict[str, Any], change: Change) -> None:
    place: Any = content
    *before, last = change.steps
    for index, step in enumerate(before):
        place = _step(place, step, change.steps[index + 1])
    if last == ORDER:
        _reorder(place, change.after, _list_name(change.steps[:-1]))
    elif isinstance(last, At):
        _put_item(place, last, change.after)
    elif change.after is None:
        place.pop(last, None)
    else:
        place[last] = copy.deepcopy(change.after)


def _step(place: Any, step: str | At, then: str | At) -> Any:
    """One step inwards; a list or a section that is not there yet begins empty."""
    if isinstance(step, At):
        return place[_index(place, step)]
    if step not in place:
        place[step] = [] if isinstance(then, At) or then == ORDER else {}
    return place[step]


def _index(items: list[Any], at: At) -> int:
    for index, item in enumerate(items):
        if item.get(at.field) == at.value:
            return index
    raise LookupError(f"nothing has the {at.field} {at.value}")


def _put_item(items: list[Any], at: At, value: Any) -> None:
    there = [i for i, item in enumerate(items) if item.get(at.field) == at.value]
    if value is None:
        for index in there:
            del items[index]
    elif there:
        items[there[0]] = copy.deepcopy(value)
    else:
        items.append(copy.deepcopy(value))


def _reorder(items: list[Any], names: list[str], name: str) -> None:
    rank = {name: index for index, name in enumerate(names)}
    key = _identity(name, items)
    if key:
        items.sort(key=lambda item: rank.get(item[key], len(rank)))
