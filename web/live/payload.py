"""A batch of items as the browser gets it: HTML in the reader's language, wrapped in JSON.

Rendered once for each language, however many browsers listen.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from typing import Any

from flask import current_app
from jinja2 import Template
from markupsafe import Markup

from web.live.items import Item
from web.live.ticker import Batch
from web.writing import Tongue

_KEPT = 64


class Payloads:
    """The newest batches, rendered. Safe to use from any thread with a request of its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bool, str], dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, batch: Batch, tongue: Tongue) -> dict[str, Any]:
        """``{"number", "snapshot", "now", "puts": [[list, id, html]], "drops": [id]}``; ``now``
        is the box's clock in Unix seconds, for durations."""
        key = (batch.number, batch.snapshot, tongue.code)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = {
                    "number": batch.number,
                    "snapshot": batch.snapshot,
                    "puts": [[item.list, item.id, render(item)] for item in batch.puts],
                    "drops": list(batch.drops),
                }
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            payload = self._kept[key]
        return {**payload, "now": time.time()}


def render(item: Item) -> Markup:
    """One item in the language of the current request."""
    template: Template = current_app.jinja_env.get_template("live/items.html")
    macro = getattr(template.module, item.list)
    return Markup(str(macro(item, item.view)).strip())  # noqa: S704 - the macro has escaped


def event(epoch: str, payload: dict[str, Any]) -> bytes:
    """A payload as one Server-Sent Event (HTML Living Standard §9.2)."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"id: {epoch}-{payload['number']}\nevent: batch\ndata: {text}\n\n".encode()
