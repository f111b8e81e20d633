"""Problems: what is wrong with a site configuration, all of it, in one report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    ``path`` is where, counted from 0 ("queue[1].members[0]"; "" for the text as a whole, and for
    text that is no YAML), ``value`` what stands there as YAML ("" when nothing does; masked when
    it is a secret), ``reason`` what is wrong with it, ``suggestion`` what to write instead (""
    when there is nothing to suggest). ``line`` and ``column`` are where in the text, counted
    from 1; 0 when it is no place in the text (a default that no longer fits).
    """

    path: str
    value: str = ""
    reason: str
    suggestion: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}" if self.line else ""
        where = f"{self.path} = {self.value}" if self.value else self.path
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return ": ".join(part for part in (place, where, self.reason) if part) + hint


class ConfigRejected(ValueError):
    """A site configuration that is not accepted. Nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        count = len(self.problems)
        title = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(
            "\n".join([f"{title} in the site configuration:", *map(str, self.problems)])
        )
