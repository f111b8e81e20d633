"""Forms of a node and of a flow itself, made of the schema as the settings' are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from firmware.config.problem import Problem
from firmware.config.sections import flows as written
from web.flows import graph
from web.flows.drawing import Drawing
from web.flows.graph import Raw
from web.settings import form, state
from web.settings.shape import Shape, shape_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""Of a flow, and of its nodes."""


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One form: its fields, what is there, what the person put in, and what is wrong with it.
    ``path`` is where it is written, as problems name it."""

    shape: Shape
    was: Raw
    path: str
    shown: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    by_name: dict[str, list[Problem]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shown = state.of_document(self.shape, self.was)

    @property
    def seen(self) -> str:
        """What the page was made of, so that a change in between is seen."""
        return hashlib.sha256(json.dumps(self.was, sort_keys=True).encode()).hexdigest()[:24]

    def take(self, sent: MultiDict[str, str]) -> None:
        """Show what was put in, after the button that was pressed."""
        self.shown = state.of_form(self.shape, sent, "", self.shown)
        if order := sent.get("do", ""):
            self.shown = form.ordered(self.shape, self.shown, order, self.was)

    def content(self) -> Raw:
        """What the form says now, with what it does not show as it was."""
        said = state.to_document(self.shape, self.shown, self.was).content
        known = {one.name for one in self.shape.fields}
        kept = {key: value for key, value in self.was.items() if key not in known or key in said}
        return {**kept, **said}

    def place(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        """Each problem beside its field; what has none above the form."""
        names = state.to_document(self.shape, self.shown, self.was).names
        for problem in problems:
            if not problem.path.startswith(self.path):
                continue
            inner = problem.path.removeprefix(self.path).lstrip(".")
            if inner in names:
                self.by_name.setdefault(names[inner], []).append(problem)
            else:
                self.problems.append(problem)

    def views(self, content: Mapping[str, Any]) -> tuple[form.View, ...]:
        """The form as it is drawn."""
        around = form.Around(content=content, problems=self.by_name)
        return form.views(self.shape, self.shown, self.was, around)


def of_node(drawing: Drawing, name: str) -> Sheet:
    """The form of a node.

    Raises:
        LookupError: there is none of that name.
    """
    raw = drawing.flow["node"][graph.place_of(drawing.flow, name)]
    whole = shape_of(written.FlowNode)
    deed = replace(whole.field(graph.deed_of(raw)), is_optional=False)
    shape = Shape(model=whole.model, fields=(whole.field("name"), deed))
    return Sheet(shape=shape, was=raw, path=drawing.path(name))


def of_flow(drawing: Drawing) -> Sheet:
    """The form of what holds for the whole flow. Its name is changed in the settings, where all
    who name it follow."""
    whole = shape_of(written.Flow)
    fields = tuple(one for one in whole.fields if one.name not in {"name", "node"})
    return Sheet(
        shape=Shape(model=whole.model, fields=fields), was=drawing.flow, path=drawing.path()
    )


def offered(drawing: Drawing, wanted: str) -> tuple[str, ...]:
    """What is offered while typing; where a caller may go on, the flow's own nodes first."""
    own = tuple(node.name for node in graph.nodes(drawing.flow)) if wanted == "targets" else ()
    return (*own, *form.offers(drawing.content, wanted))
