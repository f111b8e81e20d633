"""One page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One page. ``number`` counts from 1, as ``first`` and ``last`` of its items do; ``found`` is
    how many there are on all pages."""

    items: tuple[Any, ...]
    number: int
    first: int
    last: int
    found: int

    @property
    def has_next(self) -> bool:
        return self.last < self.found


def leaf(found: Sequence[Any], number: int) -> Leaf:
    """The page of that number; the last one where there are fewer."""
    number = max(1, min(number, -(-len(found) // PAGE_LENGTH)))
    start = (number - 1) * PAGE_LENGTH
    shown = tuple(found[start : start + PAGE_LENGTH])
    return Leaf(
        items=shown, number=number, first=start + 1, last=start + len(shown), found=len(found)
    )


def leaf_of(index: int) -> int:
    """The number of the page that the item at ``index`` is on."""
    return index // PAGE_LENGTH + 1
