"""What every node of a flow has: its exits, what it says, and which variables it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware.model.dialplan import Destination
from firmware.model.flow import text

Target = str | Destination
"""Where a caller goes on: a node of the same flow by its name, or a place outside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Something said: a ``prompt`` of the catalogue or of the office's own recordings, or a text
    in each language, which the voice speaks. ``interrupt``: a key ends it."""

    prompt: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> frozenset[str]:
        """What its gaps need."""
        return frozenset(name for words in self.texts.values() for name in text.variables(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a node waits for a key, and how often it asks."""

    timeout_s: float = 5.0
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a node. ``key`` is where it is written, below the node; ``to`` None: the
    caller hears goodbye and the call is over. ``is_silent``: also who presses nothing goes it.
    ``sets`` are the variables that have a value behind it."""

    key: str
    to: Target | None
    is_silent: bool = True
    sets: frozenset[str] = frozenset()


Read = tuple[str, frozenset[str]]
"""Where variables are needed, below the node, and which."""


class Node(Protocol):
    """One step of a flow."""

    @property
    def name(self) -> str: ...
    def exits(self) -> Iterator[Exit]:
        """Every way out; none: the call ends here, or goes where it does not come back from."""
        ...

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """What it says, and where that is written, below the node."""
        ...

    def reads(self) -> Iterator[Read]:
        """The variables it needs, those of its sayings aside."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The common part of all nodes."""

    name: str

    def exits(self) -> Iterator[Exit]:
        """None by itself."""
        return iter(())

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """None by itself."""
        return iter(())

    def reads(self) -> Iterator[Read]:
        """None by itself."""
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A whole flow. ``given`` are variables that have a value from its beginning; ``limit_s`` is
    the longest that somebody stays in it, ``late`` where they go then; ``failed`` is where
    those go for whom a node could not do its work and that says nothing of its own."""

    name: str
    languages: tuple[str, ...]
    start: str
    nodes: Mapping[str, Node]
    language: str = ""  # "" is the caller's
    given: Mapping[str, str] = field(default_factory=dict)
    limit_s: float = 900.0
    late: Target | None = None
    failed: Target | None = None
