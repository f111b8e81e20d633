"""A flow under one user's hands.

A draft of the settings is always good to apply, but a flow that is being drawn is not, for a
while: a node is there before anybody comes to it. Such an unfinished flow is kept aside, as a
*sketch*, and becomes part of the user's draft with the first change that leaves no problem.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from firmware.config.home import Home
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.yamltext import rewritten
from web.flows import graph
from web.flows.graph import Raw
from web.settings import edit
from web.settings.edit import Content, Desk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sketch (
    user TEXT NOT NULL,
    flow TEXT NOT NULL,
    base TEXT NOT NULL,
    drawn TEXT NOT NULL,
    PRIMARY KEY (user, flow)
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """An unfinished flow, and the one it was made of."""

    base: Raw
    drawn: Raw


class Sketches:
    """Every user's sketches. Safe to use from any thread: each call opens the file anew."""

    def __init__(self, home: Home) -> None:
        self._path = home.config_db.parent / "sketches.sqlite"

    def find(self, user: str, flow: str) -> Sketch | None:
        """The sketch of a flow, if there is one."""
        with self._open() as db:
            row = db.execute(
                "SELECT base, drawn FROM sketch WHERE user = ? AND flow = ?", (user, flow)
            ).fetchone()
        return None if row is None else Sketch(base=json.loads(row[0]), drawn=json.loads(row[1]))

    def keep(self, user: str, flow: str, sketch: Sketch) -> None:
        """Keep it instead of the one before."""
        texts = [json.dumps(one, ensure_ascii=False) for one in (sketch.base, sketch.drawn)]
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO sketch VALUES (?, ?, ?, ?)", (user, flow, *texts))

    def drop(self, user: str, flow: str) -> None:
        """Forget it; none is no error."""
        with self._open() as db:
            db.execute("DELETE FROM sketch WHERE user = ? AND flow = ?", (user, flow))

    def names(self, user: str) -> frozenset[str]:
        """The flows a user has sketches of."""
        with self._open() as db:
            rows = db.execute("SELECT flow FROM sketch WHERE user = ?", (user,))
            return frozenset(str(row[0]) for row in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path, timeout=5.0)) as db, db:
            db.execute(_SCHEMA)
            yield db


class Drawing:
    """One flow as one user sees it: their sketch, else as their draft has it.

    Raises:
        LookupError: there is no such flow.
    """

    def __init__(self, home: Home, user: str, name: str) -> None:
        self._home = home
        self._user = user
        self.name = name
        self._desk = Desk(home, user)
        self._sketches = Sketches(home)
        _version, self._kept = self._desk.read()
        self._index = edit.index_of(self._kept, "flow", name)
        sketch = self._sketches.find(user, name)
        self.is_sketch = sketch is not None
        self.is_outdated = sketch is not None and sketch.base != self.kept
        self._sketch = sketch
        self.flow: Raw = sketch.drawn if sketch else self.kept

    @property
    def kept(self) -> Raw:
        """The flow without the sketch."""
        found: Raw = self._kept["flow"][self._index]
        return found

    @property
    def content(self) -> Content:
        """The whole configuration, with this flow as it is drawn."""
        return edit.with_value(self._kept, ("flow", self._index), self.flow)

    @cached_property
    def text(self) -> str:
        """The same as text."""
        return rewritten(self._desk.text()[1], self.content)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it; a flow that is no sketch has nothing wrong."""
        return edit.problems_of(self._home, self.text) if self.is_sketch else ()

    def put(self, flow: Raw) -> bool:
        """Take a change: into the draft when the flow is right, else into the sketch.

        Returns:
            Whether it is right.
        """
        try:
            self._desk.save(edit.with_value(self._kept, ("flow", self._index), flow))
        except ConfigRejected:
            base = self._sketch.base if self._sketch else self.kept
            self._sketches.keep(self._user, self.name, Sketch(base=base, drawn=flow))
            return False
        self._sketches.drop(self._user, self.name)
        return True

    def discard(self) -> None:
        """Forget the sketch: the flow is again as the draft has it."""
        self._sketches.drop(self._user, self.name)

    def path(self, node: str = "") -> str:
        """Where the flow, or a node of it, is written, as problems name it."""
        inner = ("node", graph.place_of(self.flow, node)) if node else ()
        return edit.path(("flow", self._index, *inner))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Problems by where they belong: a node's by its name, the flow's own, and all others."""

    nodes: Mapping[str, Sequence[Problem]]
    flow: Sequence[Problem]


def placed(drawing: Drawing, problems: Sequence[Problem]) -> Placed:
    """The problems of a drawing, each where it belongs."""
    by_node: dict[str, list[Problem]] = {}
    others = []
    starts = {drawing.path(name): name for name in _names(drawing.flow)}
    for problem in problems:
        start = problem.path.split("]", 2)
        name = starts.get("]".join(start[:2]) + "]" if len(start) > 2 else "")
        if name is None:
            others.append(problem)
        else:
            by_node.setdefault(name, []).append(problem)
    return Placed(nodes=by_node, flow=others)


def _names(flow: Mapping[str, Any]) -> list[str]:
    return [str(raw["name"]) for raw in flow.get("node") or () if raw.get("name")]
