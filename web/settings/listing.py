"""The list of a section's items: its cells, searched and sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.settings import wording
from web.settings.sections import Page
from web.settings.shape import Field, Kind

_SHOWN_ITEMS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a column: a text, and whether it is a number that is dialled."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item."""

    name: str
    cells: tuple[Cell, ...]
    is_first: bool = False
    is_last: bool = False


def lines(
    page: Page, content: Mapping[str, Any], *, wanted: str, sort: str, backwards: bool
) -> list[Line]:
    """The items that have ``wanted`` in any column; in the order of the configuration, or by the
    column ``sort``."""
    items = content.get(page.section) or ()
    fields = [page.shape.field(column) for column in page.columns]
    found = [
        Line(
            name=str(item.get(page.key, "")),
            cells=tuple(_cell(page, field, item.get(field.name)) for field in fields),
            is_first=index == 0,
            is_last=index == len(items) - 1,
        )
        for index, item in enumerate(items)
    ]
    needle = wanted.strip().casefold()
    if needle:
        found = [one for one in found if any(needle in c.text.casefold() for c in one.cells)]
    if sort in page.columns:
        at = page.columns.index(sort)
        found.sort(key=lambda one: _rank(one.cells[at].text), reverse=backwards)
    return found


def _rank(text: str) -> tuple[int, str]:
    """Numbers by length first, so that 99 comes before 100."""
    return (len(text) if text.isdigit() else 99, text.casefold())


def _cell(page: Page, field: Field, value: Any) -> Cell:
    is_number = field.kind is Kind.NUMBER
    if isinstance(value, list):
        return Cell(text=_joined(page, field, value))
    if value is None:
        value = field.default if isinstance(field.default, str) else ""
    if field.kind is Kind.CHOICE and value:
        return Cell(text=str(wording.choice(page.shape.model, field.name, value)))
    return Cell(text=str(value), is_number=is_number and bool(value))


def _joined(page: Page, field: Field, items: Sequence[Any]) -> str:
    texts = [
        str(next(iter(item.values()), "")) if isinstance(item, dict) else str(item)
        for item in items
    ]
    if field.kind is Kind.CHOICE:
        texts = [str(wording.choice(page.shape.model, field.name, text)) for text in texts]
    more = " …" if len(texts) > _SHOWN_ITEMS else ""
    return ", ".join(texts[:_SHOWN_ITEMS]) + more
