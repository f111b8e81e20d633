"""A form as its template draws it: fields with their words, choices, rows and problems.

Also the orders that the form's own buttons give without leaving the page: a row added, removed,
moved; a part put in or left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firmware.config.problem import Problem
from web.settings import wording
from web.settings.references import TARGETS, key_of, names
from web.settings.shape import Field, Kind, Shape
from web.settings.state import OUTSIDE, Row, is_set, of_document

_MOST_OPTIONS = 60
"""More than so many are offered while typing, not in a list to choose from."""

_PLACES = (
    "extension",
    "queue",
    "ivr",
    "flow",
    "group",
    "calendar",
    "conference",
    "page",
    "voicemail",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. ``group`` is the name of those it stands among."""

    value: str
    label: Any
    group: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One field as it is drawn. ``widget`` says how: see the template's macro of that name."""

    field: Field
    name: str
    widget: str
    label: Any
    help: Any = ""
    unit: Any = ""
    value: str = ""
    other: str = ""
    is_there: bool = False
    options: tuple[Option, ...] = ()
    offers: str = ""
    views: tuple[View, ...] = ()
    rows: tuple[RowView, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def groups(self) -> tuple[tuple[Any, tuple[Option, ...]], ...]:
        """The options, those of one group together."""
        found = itertools.groupby(self.options, key=lambda option: str(option.group))
        return tuple((name, tuple(options)) for name, options in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row of a list: its number, and the one view or the views of its section."""

    number: int
    views: tuple[View, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a form is drawn with: the whole content, what was there, and the problems by name."""

    content: Mapping[str, Any]
    problems: Mapping[str, Sequence[Problem]]


def views(
    shape: Shape, state: Mapping[str, Any], was: Mapping[str, Any] | None, around: Around
) -> tuple[View, ...]:
    """The form of a section; ``was`` is what the document says, for its secrets."""
    return _views(shape, state, was, "", around)


def _views(
    shape: Shape,
    state: Mapping[str, Any],
    was: Mapping[str, Any] | None,
    prefix: str,
    around: Around,
) -> tuple[View, ...]:
    return tuple(
        _view(shape, one, state[one.name], (was or {}).get(one.name), (prefix, around))
        for one in shape.fields
    )


def _view(shape: Shape, one: Field, state: Any, was: Any, place: tuple[str, Around]) -> View:
    prefix, around = place
    name = f"{prefix}{one.name}"
    view = View(
        field=one,
        name=name,
        widget="",
        label=wording.label(shape.model, one.name),
        help=wording.help_of(shape.model, one.name),
        unit=wording.UNITS.get(one.unit, one.unit),
        problems=tuple(around.problems.get(name, ())),
    )
    if one.is_list:
        return _list_view(shape, view, state, was, around)
    if one.shape is not None:
        inner = None if state is None else _views(one.shape, state, was, f"{name}.", around)
        return replace(view, widget="section", views=inner or (), is_there=state is not None)
    return _one_view(shape, view, state, was, around)


def _list_view(shape: Shape, view: View, rows: list[Row], was: Any, around: Around) -> View:
    one = view.field
    if is_set(shape, one):
        ticked = " ".join(row.state for row in rows)
        return replace(view, widget="ticks", value=ticked, options=_choices(shape, one))
    olds = was or []
    drawn = []
    for row in rows:
        old = olds[row.number] if row.number < len(olds) else None
        name = f"{view.name}.{row.number}"
        if one.shape is not None:
            inner = _views(one.shape, row.state, old, f"{name}.", around)
            drawn.append(RowView(number=row.number, views=inner, title=_title(row.state)))
        else:
            blank = replace(view, name=name, help="", problems=tuple(around.problems.get(name, ())))
            drawn.append(
                RowView(number=row.number, views=(_one_view(shape, blank, row.state, old, around),))
            )
    if one.shape is None:
        number = _next(rows, olds)
        blank = replace(view, name=f"{view.name}.{number}", help="", problems=())
        drawn.append(RowView(number=number, views=(_one_view(shape, blank, "", None, around),)))
    return replace(view, widget="rows", rows=tuple(drawn))


def _title(state: Mapping[str, Any]) -> str:
    """What a row is called when it is folded."""
    return next((s for key in ("name", "number", "digit", "day") if (s := state.get(key))), "")


def _one_view(shape: Shape, view: View, state: str, was: Any, around: Around) -> View:
    one = view.field
    targets = TARGETS.get((shape.model, one.name))
    match one.kind:
        case Kind.SECRET:
            drawn = replace(view, widget="secret", is_there=was is not None)
        case Kind.SWITCH if one.is_optional:
            drawn = _choice_view(view, state, _yes_or_no())
        case Kind.SWITCH:
            drawn = replace(view, widget="switch", is_there=state == "true")
        case Kind.CHOICE:
            drawn = _choice_view(view, state, _choices(shape, one))
        case Kind.DESTINATION:
            drawn = _destination_view(view, state, around)
        case Kind.HOURS:
            start, _, end = state.partition("-")
            drawn = replace(view, widget="hours", value=start, other=end, offers="hours")
        case Kind.TARGET:
            drawn = replace(view, widget="text", value=state, offers="targets")
        case _ if targets:
            drawn = _reference_view(view, state, targets, around)
        case _:
            drawn = replace(view, widget="long" if one.kind is Kind.LONG else "text", value=state)
    return drawn


def _yes_or_no() -> tuple[Option, ...]:
    return Option(value="true", label=wording.YES), Option(value="false", label=wording.NO)


def _choices(shape: Shape, one: Field) -> tuple[Option, ...]:
    return tuple(
        Option(value=c, label=wording.choice(shape.model, one.name, c)) for c in one.choices
    )


def _choice_view(view: View, state: str, options: tuple[Option, ...]) -> View:
    """A value that is no choice stays the one that is chosen, so that nothing changes unseen."""
    one = view.field
    if one.is_optional or one.is_list or one.is_required:
        options = (Option(value="", label=wording.NOTHING), *options)
    if state not in {option.value for option in options}:
        options = (*options, Option(value=state, label=state))
    return replace(view, widget="choice", value=state, options=options)


def _reference_view(view: View, state: str, targets: tuple[str, ...], around: Around) -> View:
    options = tuple(option for target in targets for option in _items(around.content, target))
    seen: dict[str, Option] = {}
    for option in options:  # an agent who has an extension is that extension
        seen.setdefault(option.value, option)
    options = tuple(seen.values())
    if len(options) > _MOST_OPTIONS:
        return replace(view, widget="text", value=state, offers="-".join(targets))
    if len(targets) == 1:
        options = tuple(replace(option, group="") for option in options)
    return _choice_view(view, state, options)


def _destination_view(view: View, state: str, around: Around) -> View:
    is_outside = state.startswith(OUTSIDE)
    options = (*destinations(around.content), Option(value=OUTSIDE, label=wording.OUTSIDE))
    shown = _choice_view(view, OUTSIDE if is_outside else state, options)
    other = state.removeprefix(OUTSIDE) if is_outside else ""
    empty = () if shown.options[0].value == "" else (Option(value="", label=wording.NOTHING),)
    return replace(shown, widget="destination", other=other, options=(*empty, *shown.options))


def destinations(content: Mapping[str, Any]) -> tuple[Option, ...]:
    """Every place a call can be led to."""
    return tuple(option for place in _PLACES for option in _place_options(content, place))


def _place_options(content: Mapping[str, Any], place: str) -> tuple[Option, ...]:
    section = "extension" if place == "voicemail" else place
    kind = "ivr" if place == "flow" else place
    group = wording.PLACES[place]
    return tuple(
        Option(value=f"{kind}:{option.value}", label=option.label, group=group)
        for option in _items(content, section)
    )


def _items(content: Mapping[str, Any], section: str) -> tuple[Option, ...]:
    """A section's items, as they are called."""
    key = key_of(section)
    group = wording.PLACES[section]
    return tuple(
        Option(value=item[key], label=_called(item, key), group=group)
        for item in content.get(section) or ()
        if isinstance(item.get(key), str)
    )


def _called(item: Mapping[str, Any], key: str) -> str:
    title = item.get("title") or (item.get("name") if key == "number" else "")
    return f"{title} ({item[key]})" if title and title != item[key] else str(item[key])


def offers(content: Mapping[str, Any], wanted: str) -> tuple[str, ...]:
    """What is offered while typing, by a view's ``offers``."""
    if wanted == "targets":
        return tuple(option.value for option in destinations(content))
    if wanted == "hours":
        return tuple(f"{n // 2:02}:{n % 2 * 30:02}" for n in range(49))
    return tuple(name for section in wanted.split("-") for name in names(content, section))


# -- the form's own buttons


def ordered(shape: Shape, state: dict[str, Any], order: str, was: Any) -> dict[str, Any]:
    """The state after a button: "add:members", "up:members.3", "with:callback", "without:…".
    An order that fits nothing changes nothing."""
    verb, _, name = order.partition(":")
    return _ordered(shape, state, verb, name.split("."), was or {})


def _ordered(
    shape: Shape, state: Mapping[str, Any], verb: str, steps: list[str], was: Any
) -> dict[str, Any]:
    new = dict(state)
    one = next((f for f in shape.fields if f.name == steps[0]), None)
    if one is None:
        return new
    inner, old = steps[1:], (was or {}).get(one.name)
    if one.is_list:
        new[one.name] = _ordered_list(one, state[one.name], verb, inner, old)
    elif one.shape is not None and inner and state[one.name] is not None:
        new[one.name] = _ordered(one.shape, state[one.name], verb, inner, old)
    elif one.shape is not None and not inner and verb == "with":
        new[one.name] = state[one.name] or of_document(one.shape, None)
    elif one.shape is not None and not inner and verb == "without" and one.is_optional:
        new[one.name] = None
    return new


def _ordered_list(one: Field, rows: list[Row], verb: str, steps: list[str], was: Any) -> list[Row]:
    olds = was or []
    if verb == "add" and not steps:
        state = of_document(one.shape, None) if one.shape is not None else ""
        return [*rows, Row(number=_next(rows, olds), state=state)]
    at = next((i for i, row in enumerate(rows) if steps and str(row.number) == steps[0]), None)
    if at is None:
        return rows
    row = rows[at]
    if len(steps) > 1 and one.shape is not None:
        old = olds[row.number] if row.number < len(olds) else None
        inner = _ordered(one.shape, row.state, verb, steps[1:], old)
        return [*rows[:at], replace(row, state=inner), *rows[at + 1 :]]
    others = [*rows[:at], *rows[at + 1 :]]
    if verb == "drop":
        return others
    to = {"up": max(0, at - 1), "down": at + 1}.get(verb, at)
    return [*others[:to], row, *others[to:]]


def _next(rows: Sequence[Row], olds: Sequence[Any]) -> int:
    """A number that no row has, of the document or of the page."""
    return max([len(olds), *(row.number + 1 for row in rows)])
