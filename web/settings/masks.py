"""Secrets: masked in whatever goes to a browser, and put back where the mask comes back."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.config.difference import At, Steps
from firmware.config.paths import Loc
from firmware.config.reading import MASK
from firmware.config.schema import Site
from web.settings.shape import Kind, Shape, shape_of

CHANGED = f"{MASK} (new)"
"""The mask of a secret that is another than before, in the text of a difference."""


def masked(content: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """``content`` with its secrets masked; those that ``before`` has not, as changed."""
    new = copy.deepcopy(dict(content))
    old = dict(_by_steps(before)) if before is not None else None
    for loc in list(_secrets(shape_of(Site), new, ())):
        is_new = old is not None and old.get(_steps(content, loc)) != _at(content, loc)
        _put(new, loc, CHANGED if is_new else MASK)
    return new


def unmasked(content: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """``content`` with the secrets of ``before`` wherever it has the mask. A mask that stood
    nowhere before stays, and the validation refuses it or takes it for what it is."""
    new = copy.deepcopy(dict(content))
    old = dict(_by_steps(before))
    for loc in list(_secrets(shape_of(Site), new, ())):
        if _at(new, loc) == MASK and (secret := old.get(_steps(new, loc))) is not None:
            _put(new, loc, secret)
    return new


def hide(change_steps: Steps, value: Any) -> Any:
    """A value of a change, its secrets masked."""
    shape: Shape | None = shape_of(Site)
    kind = Kind.SECTION
    for step in change_steps:
        if isinstance(step, At) or shape is None:
            continue
        one = next((f for f in shape.fields if f.name == step), None)
        if one is None:
            return value
        shape, kind = one.shape, one.kind
    if kind is Kind.SECRET:
        return None if value is None else MASK
    if shape is None or not isinstance(value, dict | list):
        return value
    hidden = copy.deepcopy(value)
    for item in hidden if isinstance(hidden, list) else [hidden]:
        for loc in list(_secrets(shape, item, ())):
            _put(item, loc, MASK)
    return hidden


def _by_steps(content: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    for loc in _secrets(shape_of(Site), content, ()):
        yield _steps(content, loc), _at(content, loc)


def _steps(content: Any, loc: Loc) -> Steps:
    """``loc`` with its items by name."""
    out: list[str | At] = []
    place = content
    for part in loc:
        if isinstance(part, int):
            item = place[part]
            key = next((k for k in ("number", "name", "setting") if k in item), "")
            out.append(At(key, str(item.get(key, part))))
        else:
            out.append(part)
        place = place[part]
    return tuple(out)


def _secrets(shape: Shape, value: Any, loc: Loc) -> Iterator[Loc]:
    if not isinstance(value, dict):
        return
    for one in shape.fields:
        inner = value.get(one.name)
        if one.kind is Kind.SECRET and isinstance(inner, str):
            yield (*loc, one.name)
        elif one.shape is not None and isinstance(inner, list):
            for index, item in enumerate(inner):
                yield from _secrets(one.shape, item, (*loc, one.name, index))
        elif one.shape is not None:
            yield from _secrets(one.shape, inner, (*loc, one.name))


def _at(content: Any, loc: Loc) -> Any:
    for part in loc:
        content = content[part]
    return content


def _put(content: Any, loc: Loc, value: str) -> None:
    _at(content, loc[:-1])[loc[-1]] = value
