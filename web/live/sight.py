"""Who sees which items of the live page: pure, and the same for the page, its stream and what a
browser asks for now and then."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.model.permissions import Bearer, Permission, Reach, may, reach
from web.live.items import Call, Extension, Item, Queue

_WHOLE_BOX: Mapping[str, Permission] = {
    "alarms": Permission.SEE_BOX,
    "lines": Permission.SEE_LINES,
    "trunks": Permission.SEE_LINES,
    "states": Permission.SEE_BOX,
    "storage": Permission.SEE_BOX,
    "fleet": Permission.SEE_PHONES,
    "daemons": Permission.SEE_BOX,
}
"""Lists of what belongs to the office, not to a person or a queue."""


def sees(bearer: Bearer, item: Item) -> bool:
    """Whether this person sees the item. That a daemon is away everybody sees: it is why the rest
    is missing."""
    if item.list in _WHOLE_BOX:
        return may(bearer, _WHOLE_BOX[item.list])
    if item.list == "aways" or reach(bearer, Permission.SEE_LIVE) is Reach.ALL:
        return True
    queues, extensions = _belongs(item)
    return may(bearer, Permission.SEE_LIVE, queues=queues, extensions=extensions) and bool(
        queues or extensions
    )


def _belongs(item: Item) -> tuple[frozenset[str], frozenset[str]]:
    """The queues and the extensions an item belongs to."""
    view, nobody = item.view, frozenset[str]()
    if isinstance(view, Queue):
        return frozenset({view.row.id}), nobody
    if isinstance(view, Extension):
        return nobody, frozenset({view.row.id})
    if isinstance(view, Call):
        parties = frozenset({view.row.caller, view.row.called})
        if view.place_kind == "queue":
            return frozenset({view.place_name}), parties
        return nobody, parties | ({view.place_name} if view.place_kind == "extension" else nobody)
    return nobody, nobody
