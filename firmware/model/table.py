"""State tables: what a noun does when something happens to it, as data.

A table has a cell for every pair of state and event, of one of three kinds:

* a *rule*: the state to go to;
* *late*: lawful, but overtaken by events (a 183 after the answer, a hang-up of what is
  already gone); nothing changes;
* a *bug*: nobody may send this event in this state; ``step`` raises ``Impossible``.

A pair that is not written down is a bug. The diagrams in ARCHITECTURE.md are generated from
these tables and ``make check`` compares them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class Impossible(RuntimeError):
    """An event reached a state in which our own code must not send it: a bug of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[S, E]):
    """The whole behaviour of one noun.

    ``rules`` maps (state, event) to the next state; ``late`` lists the pairs that change
    nothing; ``initial`` and ``final`` are for the diagrams and for the totality tests.
    """

    noun: str
    initial: S
    final: Set[S]
    rules: Mapping[tuple[S, E], S]
    late: Set[tuple[S, E]]

    def step(self, state: S, event: E) -> S:
        """The state after ``event``; the same state when the event is lawfully late.

        Raises:
            Impossible: the pair is in neither ``rules`` nor ``late``.
        """
        after = self.rules.get((state, event))
        if after is not None:
            return after
        if (state, event) in self.late:
            return state
        raise Impossible(f"{self.noun}: {event} cannot happen while {state}")

    def is_late(self, state: S, event: E) -> bool:
        """Whether ``event`` is overtaken in ``state`` and must be ignored."""
        return (state, event) in self.late

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, without the late cells: they change nothing."""
        order = [*type(self.initial)]  # tables may be written with sets, which have none
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [
            f"    {before} --> {after}: {event}"
            for (before, event), after in sorted(
                self.rules.items(), key=lambda rule: (order.index(rule[0][0]), rule[0][1])
            )
        ]
        lines += [f"    {state} --> [*]" for state in sorted(self.final)]
        return "\n".join(lines)
