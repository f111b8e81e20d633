"""Reading: YAML into sections, lists and texts, and where in the text each of them stands.

Every scalar is a text, whatever YAML would make of it: ``0912`` keeps its zero and ``no`` is two
letters; the schema gives each its type. Of YAML only what a form needs is taken: anchors,
aliases, merge keys and tags are refused, so nothing is written in one place and means something
in another, and a small text cannot unfold into a large one. The events of libyaml are read as
they come, and no node is ever built twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from firmware.config.paths import Loc, is_secret, path_of
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.scalar import shown

MASK = "********"
"""What stands for a secret wherever one is shown. It is refused as a password, since a shown
configuration must not be applied by mistake."""

MAX_CHARACTERS = 1 << 20
_MAX_DEPTH = 10  # the schema is 5 deep

_NO_YAML = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""YAML 1.1 §5.1, without the byte order mark, which is lawful only at the very start."""

_NO_VALUE = frozenset({"", "~", "null", "Null", "NULL"})

_INDENTATION = "look at the indentation of this line and of those before it"
_ADVICE = (
    ("mapping values are not allowed", f'a text with ": " in it goes in quotes; or {_INDENTATION}'),
    ("could not find expected ':'", "after a key come a colon and a space"),
    ("scanning an alias", 'a text that begins with "*" goes in quotes'),
    ("scanning an anchor", 'a text that begins with "&" goes in quotes'),
    ("scanning a tag", 'a text that begins with "!" goes in quotes'),
    ("scanning a directive", 'a text that begins with "%" goes in quotes'),
    ("quoted scalar", "is a quotation mark not closed, or a \\ not doubled?"),
    ("flow sequence", "is a bracket not closed?"),
    ("flow mapping", "is a brace not closed?"),
    ("block ", _INDENTATION),
)
"""What to do, by what libyaml's message says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something begins, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Written:
    """A site configuration as it was written.

    ``document`` has dictionaries, lists and texts, and None for what was refused and is in
    ``problems`` already; ``refused`` says where. ``places`` has, by path, where each key and
    each item of a list begins.
    """

    document: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    refused: set[Loc] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def place_of(self, path: str) -> Place | None:
        """Where ``path`` begins; for one that is missing, what it is missing from."""
        while path:
            if path in self.places:
                return self.places[path]
            path = re.sub(r"(^|\.)[^.\[\]]+$|\[\d+\]$|.$", "", path, count=1)
        return None


def read(text: str) -> Written:
    """What a text says.

    Raises:
        ConfigRejected: it is no YAML, too long or nested too deep; so nothing more of it is
            known than the problems found before that place.
    """
    text = text.removeprefix("\ufeff")  # Windows' editors put it there
    if len(text) > MAX_CHARACTERS:
        reason = f"the text is longer than {MAX_CHARACTERS} characters"
        raise ConfigRejected([Problem(path="", reason=reason)])
    if (match := _NO_YAML.search(text)) is not None:
        raise ConfigRejected([_no_character(text, match.start())])
    reader = _Reader(text)
    try:
        reader.read()
    except yaml.MarkedYAMLError as error:
        raise ConfigRejected([*reader.written.problems, _syntax(text, error)]) from error
    return reader.written


@lru_cache(maxsize=8)
def recalled(text: str) -> Written:
    """The same for the console, which asks about the same few texts for each of its pages: what it
    says is kept, and not to be changed. Daemons read each text once, and keep nothing.

    Raises:
        ConfigRejected: as ``read``.
    """
    return read(text)


class _Reader:
    """Goes through the events of one text once."""

    def __init__(self, text: str) -> None:
        # libyaml's, which the wheels have for both architectures: ten times the speed of the
        # one in Python, and every daemon reads the configuration when it starts.
        self._events = yaml.parse(text, Loader=yaml.CBaseLoader)
        self.written = Written()

    def read(self) -> None:
        """Fill ``written``."""
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a second document begins here", 'leave out the "---"')
                self._root(next(self._events))

    def _root(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent) and not event.style and not event.value:
            return
        if not isinstance(event, yaml.MappingStartEvent):
            self._stop(event, "must be sections", 'write "office:", and its keys below it')
        self.written.document = self._mapping(event, ())

    def _node(self, event: yaml.Event, loc: Loc) -> Any:
        """The content of the node that begins with ``event``, as far as it can be used."""
        if len(loc) > _MAX_DEPTH:
            self._stop(event, f"is nested deeper than {_MAX_DEPTH}")
        if isinstance(event, yaml.AliasEvent):
            self.written.refused.add(loc)
            self._no_trick(event, loc, "an alias", "*", event.anchor)
            return None
        self._no_tricks(event, loc)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, loc)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(loc)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, loc)

    def _scalar(self, event: yaml.ScalarEvent, loc: Loc) -> str | None:
        text: str = event.value
        if event.style or text not in _NO_VALUE:
            return text
        self.written.refused.add(loc)
        self._problem(
            event,
            path_of(loc),
            "has no value",
            "leave it out, or give it one; a text that begins with # goes in quotes",
        )
        return None

    def _sequence(self, loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            inner = (*loc, len(items))
            self.written.places[path_of(inner)] = _place(event)
            items.append(self._node(event, inner))
        return items

    def _mapping(self, start: yaml.Event, loc: Loc) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        if not loc:
            self._no_tricks(start, loc)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, loc)
            if key is None:
                self._skip(next(self._events))
            elif key in entries:
                self._duplicate(event, (*loc, key))
                self._skip(next(self._events))
            else:
                inner = (*loc, key)
                self.written.places[path_of(inner)] = _place(event)
                entries[key] = None  # so that one within it does not count as the first
                entries[key] = self._node(next(self._events), inner)
        return entries

    def _key(self, event: yaml.Event, loc: Loc) -> str | None:
        """The key that ``event`` is; None for one that cannot be used."""
        if not isinstance(event, yaml.ScalarEvent) or event.value == "":
            self._problem(event, path_of(loc), "a key must be a word", 'as in "number: 101"')
            self._skip(event)
            return None
        if event.value == "<<" and not event.style:
            self._problem(event, path_of(loc), "merge keys are not used here", "write the keys out")
            return None
        self._no_tricks(event, (*loc, event.value))
        return str(event.value)

    def _duplicate(self, event: yaml.Event, loc: Loc) -> None:
        first = self.written.places[path_of(loc)]
        reason = f"stands here twice: line {first.line}, column {first.column} has it already"
        self._problem(event, path_of(loc), reason, "leave one of them out")

    def _no_tricks(self, event: yaml.Event, loc: Loc) -> None:
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor is not None:
            self._no_trick(event, loc, "an anchor", "&", event.anchor)
        if (tag := getattr(event, "tag", None)) is not None:
            name = tag.replace("tag:yaml.org,2002:", "!").removeprefix("!")
            self._no_trick(event, loc, "a tag", "!", name)

    def _no_trick(self, event: yaml.Event, loc: Loc, what: str, sign: str, name: object) -> None:
        self._problem(
            event,
            path_of(loc),
            f"{what} is not used here",
            f'write the value itself; a text that begins with "{sign}" goes in quotes',
            MASK if is_secret(loc) else shown(f"{sign}{name}"),
        )

    def _skip(self, event: yaml.Event) -> None:
        """Pass over a whole node."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return
            if depth > _MAX_DEPTH:  # libyaml's time grows with the square of the depth
                self._stop(event, f"is nested deeper than {_MAX_DEPTH}")
            event = next(self._events)

    def _problem(
        self, event: yaml.Event, path: str, reason: str, suggestion: str = "", value: str = ""
    ) -> None:
        place = _place(event)
        self.written.problems.append(
            Problem(
                path=path,
                value=value,
                reason=reason,
                suggestion=suggestion,
                line=place.line,
                column=place.column,
            )
        )

    def _stop(self, event: yaml.Event, reason: str, suggestion: str = "") -> None:
        """Read no further."""
        self._problem(event, "", reason, suggestion)
        raise ConfigRejected(self.written.problems)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None
    return Place(line=mark.line + 1, column=mark.column + 1)


def _no_character(text: str, index: int) -> Problem:
    before = text[:index]
    return Problem(
        path="",
        reason=f"the character U+{ord(text[index]):04X} cannot stand in YAML",
        suggestion='leave it out, or write it as an escape in double quotes: "\\x07"',
        line=before.count("\n") + 1,
        column=index - before.rfind("\n"),
    )


def _syntax(text: str, error: yaml.MarkedYAMLError) -> Problem:
    """libyaml's message with its place."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    reason = f"this is not YAML: {error.problem or error.context}"
    if error.problem and error.context:
        reason += f" {error.context}"
        if begun is not None and mark is not None and begun.line != mark.line:
            reason += f" that begins in line {begun.line + 1}"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    return Problem(
        path="",
        reason=reason,
        suggestion=f"{_advice(text, reason, line, column)}nothing after this place was read",
        line=line,
        column=column,
    )


def _advice(text: str, message: str, line: int, column: int) -> str:
    if "cannot start any token" in message:
        there = "".join(text.split("\n")[line - 1 : line])[column - 1 : column]
        if there == "\t":
            return "indent with spaces, not with tabs; "
        return f"a text that begins with {there} goes in quotes; "
    return next((f"{advice}; " for sign, advice in _ADVICE if sign in message), "")
