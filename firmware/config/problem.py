"""Problems: what is wrong with a site configuration, all of it, in one report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    ``path`` is where, counted from 0 ("queue[1].members[0]"; "line 3, column 7" for text that
    is no TOML), ``value`` what stands there as TOML ("" when nothing does; masked when it is a
    secret), ``reason`` what is wrong with it, ``suggestion`` what to write instead ("" when
    there is nothing to suggest).
    """

    path: str
    value: str = ""
    reason: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.path} = {self.value}" if self.value else self.path
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{where}: {self.reason}{hint}"


class ConfigRejected(ValueError):
    """A site configuration that is not accepted. Nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        title = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(
            "\n".join([f"{title} in the site configuration:", *map(str, self.problems)])
        )
