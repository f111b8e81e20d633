"""What a form holds: taken from the document, from what was posted, and written back.

The state of a field is a text; of a section a dictionary, or None for one that is left out; of a
list its rows, each with the number it had when the page was made. What was not changed by the
person is written back as it stood in the document: a default that was not written stays so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from web.settings.shape import Field, Kind, Shape

CLEARED = "\x00cleared"
"""The state of a secret that is to be taken away."""

OUTSIDE = "number:"
"""The choice of a destination that is a number outside; the number is put in beside it."""

_MOST_ROWS = 2000

_PLAIN = frozenset({Kind.LABEL, Kind.LONG, Kind.SECRET})
"""Kinds whose text is kept to the letter."""

_LATIN = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.DECIMAL, Kind.HOURS})
"""Kinds whose digits may be typed in any script."""

_SETS = frozenset(
    {
        ("Hours", "days"),
        ("TrunkSignals", "hang_up"),
        ("AutoPauseItem", "kinds"),
        ("Queue", "join_empty"),
        ("Queue", "leave_empty"),
        ("Flow", "languages"),
        ("Power", "on_battery"),
        ("Power", "low"),
        ("Power", "critical"),
    }
)
"""Lists of choices whose order says nothing: boxes to tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a list. ``number`` is its place in the document, or greater for a new one."""

    number: int
    state: Any


def is_set(shape: Shape, one: Field) -> bool:
    """Whether a list is shown as boxes to tick."""
    return (shape.model, one.name) in _SETS


# -- from the document


def of_document(shape: Shape, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The state of a section that says ``content``."""
    return {one.name: _of_value(one, (content or {}).get(one.name)) for one in shape.fields}


def _of_value(one: Field, value: Any) -> Any:
    if one.is_list:
        items = value if value is not None else one.default or []
        return [Row(number=i, state=_of_one(one, item)) for i, item in enumerate(items)]
    return _of_one(one, value)


def _of_one(one: Field, value: Any) -> Any:
    if one.shape is not None:
        if value is None and (one.is_optional or one.is_list):
            return None
        return of_document(one.shape, value)
    if one.kind is Kind.SECRET:
        return ""
    return str(value) if value is not None else (one.default or "" if not one.is_list else "")


# -- from what was posted


def of_form(
    shape: Shape, form: MultiDict[str, str], prefix: str, was: Mapping[str, Any]
) -> dict[str, Any]:
    """The state that was posted; what the page did not have stays as it ``was``."""
    return {
        one.name: _posted(shape, one, form, f"{prefix}{one.name}", was.get(one.name))
        for one in shape.fields
    }


def _posted(shape: Shape, one: Field, form: MultiDict[str, str], name: str, was: Any) -> Any:
    if one.is_list and f"{name}.__list" in form:
        return _posted_list(shape, one, form, name, was)
    if one.is_list:
        return was
    if one.shape is not None:
        if f"{name}.__section" not in form:
            return was
        if form[f"{name}.__section"] == "absent":
            return None
        return of_form(one.shape, form, f"{name}.", was or of_document(one.shape, None))
    return _posted_one(one, form, name, was)


def _posted_list(
    shape: Shape, one: Field, form: MultiDict[str, str], name: str, was: Any
) -> list[Row]:
    if is_set(shape, one):
        ticked = set(form.getlist(name))
        known = [row for row in was if row.state in ticked]
        there = {row.state for row in known}
        new = [choice for choice in one.choices if choice in ticked - there]
        return [*known, *(Row(number=len(was) + i, state=c) for i, c in enumerate(new))]
    before = {row.number: row.state for row in was}
    rows: dict[int, Row] = {}
    for text in form.getlist(f"{name}.__row")[:_MOST_ROWS]:
        if (
            text.isascii()
            and text.isdigit()
            and len(text) < 9
            and (number := int(text)) not in rows
        ):
            state: Any
            if one.shape is not None:
                old = before.get(number) or of_document(one.shape, None)
                state = of_form(one.shape, form, f"{name}.{number}.", old)
            else:
                state = _posted_one(one, form, f"{name}.{number}", before.get(number, ""))
            rows[number] = Row(number=number, state=state)
    return list(rows.values())


def _posted_one(one: Field, form: MultiDict[str, str], name: str, was: str) -> str:
    if name not in form:
        return was
    if one.kind is Kind.SWITCH:
        return form.getlist(name)[-1]
    text = form[name]
    if one.kind is Kind.SECRET:
        return CLEARED if f"{name}.__clear" in form and not text else text
    if one.kind is Kind.DESTINATION and text == OUTSIDE:
        return OUTSIDE + _latin(form.get(f"{name}.__other", "").strip())
    if one.kind is Kind.HOURS and (end := form.get(f"{name}.__end", "").strip()):
        text = f"{text.strip()}-{end}"
    return _tidied(one.kind, text)


def _tidied(kind: Kind, text: str) -> str:
    """As browsers send it: line ends of their own; digits of any script where digits are asked."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind not in _PLAIN:
        text = text.strip()
    return _latin(text) if kind in _LATIN else text


def _latin(text: str) -> str:
    digits = (str(unicodedata.decimal(letter, letter)) for letter in text)
    return "".join(digits).replace("٫", ".")


# -- back to the document


@dataclass(slots=True)
class Written:
    """What a state says: the content, and the name of the form's field by path within it."""

    content: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def to_document(shape: Shape, state: Mapping[str, Any], was: Mapping[str, Any] | None) -> Written:
    """What the form says of a section that said ``was``."""
    written = Written()
    written.content = _section(shape, state, was or {}, ("", ""), written.names)
    return written


def _section(
    shape: Shape,
    state: Mapping[str, Any],
    was: Mapping[str, Any],
    place: tuple[str, str],
    names: dict[str, str],
) -> dict[str, Any]:
    """``place`` is the path, and what the names of the form's fields begin with."""
    new: dict[str, Any] = {}
    path, prefix = place
    for one in shape.fields:
        inner = (f"{path}.{one.name}" if path else one.name, f"{prefix}{one.name}")
        names[inner[0]] = inner[1]
        value = _value(one, state[one.name], was.get(one.name), inner, names)
        if value is not None:
            new[one.name] = value
    known = {key: new[key] for key in was if key in new}
    return {**known, **new}


def _value(one: Field, state: Any, was: Any, place: tuple[str, str], names: dict[str, str]) -> Any:
    if one.is_list:
        return _list(one, state, was, place, names)
    if one.shape is None:
        return _scalar(one, state, was)
    if state is None:
        return None
    new = _section(one.shape, state, was or {}, (place[0], f"{place[1]}."), names)
    return new if new or was is not None or one.is_optional or one.is_required else None


def _list(
    one: Field, rows: list[Row], was: Any, place: tuple[str, str], names: dict[str, str]
) -> Any:
    path, name = place
    olds = was if was is not None else one.default or []
    new: list[Any] = []
    for row in rows:
        old = olds[row.number] if row.number < len(olds) else None
        inner = (f"{path}[{len(new)}]", f"{name}.{row.number}")
        names[inner[0]] = inner[1]
        if one.shape is not None:
            new.append(_section(one.shape, row.state, old or {}, (inner[0], f"{inner[1]}."), names))
        elif (value := _scalar(one, row.state, old)) is not None:
            new.append(value)
    if new == olds:
        return was
    return new if new or one.default else None


def _scalar(one: Field, state: str, was: str | None) -> str | None:
    if one.kind is Kind.SECRET:
        return None if state == CLEARED else (state or was)
    shown = was if was is not None else ("" if one.is_list else one.default or "")
    if _tidied(one.kind, state) == _tidied(one.kind, shown):
        return was
    return state or None
