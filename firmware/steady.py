"""Time that shows the wall clock's hour but never jumps: for what lasts, and is on record.

A box without a clock of its own learns the time from the network, minutes after its start, and
NTP may set it back: a call that is on then would have lasted fifty years, or less than nothing.
"""

from __future__ import annotations

from collections.abc import Callable


def steady(wall: Callable[[], float], monotonic: Callable[[], float]) -> Callable[[], float]:
    """A clock in Unix seconds: what ``wall`` shows now, and from then on as much more as
    ``monotonic`` says has passed."""
    offset_s = wall() - monotonic()
    return lambda: offset_s + monotonic()
