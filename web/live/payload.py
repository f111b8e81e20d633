"""A batch of items as the browser gets it: HTML in the reader's language, wrapped in JSON.

Rendered once for each language, calendar and digits, however many browsers listen.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

from flask import current_app
from jinja2 import Template
from markupsafe import Markup

from web.live.items import Item
from web.live.ticker import Batch
from web.writing import Tongue

_KEPT = 64

Sees = Callable[[Item], bool]
"""Whether whoever reads sees an item."""


class Payloads:
    """The newest batches, rendered. Safe to use from any thread with a request of its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bool, Tongue], list[Markup]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, batch: Batch, tongue: Tongue, sees: Sees) -> dict[str, Any]:
        """``{"number", "snapshot", "now", "puts": [[list, id, html]], "drops": [id]}`` of what the
        reader ``sees``; ``now`` is the box's clock in Unix seconds, for durations."""
        pairs = zip(batch.puts, self._rendered(batch, tongue), strict=True)
        return {
            "number": batch.number,
            "snapshot": batch.snapshot,
            "puts": [[item.list, item.id, html] for item, html in pairs if sees(item)],
            "drops": list(batch.drops),
            "now": time.time(),
        }

    def _rendered(self, batch: Batch, tongue: Tongue) -> list[Markup]:
        key = (batch.number, batch.snapshot, tongue)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = [render(item) for item in batch.puts]
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def lists(self, batch: Batch, tongue: Tongue, sees: Sees) -> dict[str, list[Markup]]:
        """A snapshot's items by list, for the page itself."""
        found: defaultdict[str, list[Markup]] = defaultdict(list)
        for item, html in zip(batch.puts, self._rendered(batch, tongue), strict=True):
            if sees(item):
                found[item.list].append(html)
        return found


def render(item: Item) -> Markup:
    """One item in the language of the current request."""
    template: Template = current_app.jinja_env.get_template("live/items.html")
    macro = getattr(template.module, item.list)
    return Markup(str(macro(item, item.view)).strip())  # noqa: S704 - the macro has escaped


def event(epoch: str, payload: dict[str, Any]) -> bytes:
    """A payload as one Server-Sent Event (HTML Living Standard §9.2)."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"id: {epoch}-{payload['number']}\nevent: batch\ndata: {text}\n\n".encode()
