"""First-call resolution by rule: a caller who was served is helped when they do not come to the
same queue again within some days.

Counted are first calls: served, and none served of the same caller in the same queue within as many
days before. Coming again counts whether or not they are served then. Not counted are withheld
numbers, coming again in the same call (a transfer back is no new contact), and what is too young to
know.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.reports.columns import OUTCOMES, Columns
from firmware.reports.local import DAY_S

Places = NDArray[np.int64]
Truths = NDArray[np.bool_]

COLUMNS = ("at", "queue", "agent", "caller", "call", "outcome")
"""What is looked at of visits."""

_SERVED = OUTCOMES.index("answered")


def first_calls(visits: Columns, *, days: int, now: float) -> tuple[Places, Truths]:
    """The places of the first calls among ``visits`` (in any order) that are old enough to know,
    and of each whether it was resolved.

    Give also the visits of ``days`` before and after the period that is asked for: the ones before
    say what is a first call, the ones after what was resolved.
    """
    span_s = days * DAY_S
    known = np.flatnonzero(visits["caller"] != 0)
    order = known[np.lexsort([visits[name][known] for name in ("at", "queue", "caller")])]
    at, queue, agent, caller, call, outcome = (visits[name][order] for name in COLUMNS)
    begins = _differs(caller) | _differs(queue)
    group = np.cumsum(begins)
    served = (agent != 0) & (outcome == _SERVED)
    place = np.arange(len(order))
    helped_at = np.maximum.accumulate(np.where(served, place, -1)) if len(order) else place
    before = np.concatenate([np.full(1, -1), helped_at])[: len(order)]
    was_helped = (before >= 0) & (group[before] == group) & (at[before] >= at - span_s)
    # Each call's visits stand together: the next of another call is where the next ones begin.
    others = np.concatenate([np.flatnonzero(begins | _differs(call)), [len(order)]])
    after = others[np.searchsorted(others, place, side="right")]
    there = np.minimum(after, len(order) - 1)
    again = (after < len(order)) & (group[there] == group) & (at[there] <= at + span_s)
    is_first = served & ~was_helped & (at + span_s <= now)
    return order[is_first], ~again[is_first]


def _differs(column: NDArray[Any]) -> Truths:
    """Where a value is another than the one before it; the first is."""
    return np.concatenate([np.ones(min(len(column), 1), np.bool_), column[1:] != column[:-1]])
