"""Waiting for something to become true, with a deadline: what tests do instead of sleeping."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_S = 0.02
_REST = 4.0
"""Between two looks it rests so many times as long as a look took: listening for a tone in all
that a telephone heard so far is work, and the telephones need the processors."""


def overload() -> float:
    """How much longer things may take because this machine does other things as well: 1 when
    it does not, 2 when there is twice as much work as processors."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class TooLate(AssertionError):
    """It did not become true in time."""


def until(condition: Callable[[], T], timeout_s: float, what: str | Callable[[], str]) -> T:
    """Look until ``condition()`` is true, every 20 ms if that is cheap; return what it gave.

    Raises:
        TooLate: it was not within ``timeout_s``; the text says ``what`` was waited for, in words
            that may be found only then.
    """
    end = time.monotonic() + timeout_s
    while True:
        began = time.monotonic()
        if result := condition():
            return result
        now = time.monotonic()
        if now > end:
            words = what if isinstance(what, str) else what()
            raise TooLate(f"{words}: not within {timeout_s:g} s")
        rest_s = max(_POLL_S, _REST * (now - began))
        select.select([], [], [], min(rest_s, max(_POLL_S, end - now)))
