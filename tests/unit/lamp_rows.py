"""Rows that lamps are worked out from, in short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.link.internet import InternetRow
from firmware.link.rows import ROWS, PersonRow, TrunkRow

NS = "{urn:ietf:params:xml:ns:dialog-info}"

_KIND = {row: kind for kind, row in ROWS.items()}


def kind_of(row: Any) -> str:
    return _KIND[type(row)]


def rows(*there: Any) -> dict[str, dict[str, Any]]:
    """By kind and id."""
    found: dict[str, dict[str, Any]] = {}
    for row in there:
        found.setdefault(kind_of(row), {})[row.id] = row
    return found


def person(number: str, dnd: bool = False, forwards: Mapping[str, str] | None = None) -> PersonRow:
    return PersonRow(
        id=number,
        name="",
        dnd=dnd,
        call_waiting=True,
        forwards=forwards or {},
        no_answer_s=20.0,
        follow_me=False,
        follow_steps=(),
        speed_dials={},
        at="",
        guest="",
        wake_ups=(),
    )


def trunk(name: str, state: str) -> TrunkRow:
    return TrunkRow(
        id=name,
        title="",
        state=state,
        reason="",
        address="",
        rtt_ms=None,
        since=0.0,
    )


def internet(state: str) -> InternetRow:
    return InternetRow(id="internet", state=state, cause="", detail="", since=0.0)
