"""The last time that was known, kept on the disk: for boards without a clock of their own.

Such a board begins in 1970, or when its image was made, until the network tells it the time. A
box that was there before knows better: it is at least as late as when it was last here. Times
then only grow from start to start, so no call has another's number and reports keep their order.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress

from firmware.config.home import Home

log = logging.getLogger(__name__)

KEEP_EVERY_S = 600.0
"""How much of the time a power cut may take. Each keeping wears the SD card."""

_LATEST_S = 4_102_444_800.0  # the year 2100: who is told later than that is told nonsense


def keep(home: Home, now: float) -> None:
    """Put the time on the disk. A disk that refuses costs no more than the time."""
    new = home.root / "clock.part"
    with suppress(OSError):
        with new.open("w") as file:
            file.write(f"{now:.0f}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(home.root / "clock")


def last_known(home: Home) -> float:
    """The time that was last kept, Unix seconds; 0 when none was, or none that can be right."""
    try:
        known = float((home.root / "clock").read_text())
    except (OSError, ValueError):
        return 0.0
    return known if 0.0 < known < _LATEST_S else 0.0


def set_clock(now: float) -> None:
    """Set the machine's clock.

    Raises:
        OSError: that is not ours to do (CAP_SYS_TIME).
    """
    time.clock_settime(time.CLOCK_REALTIME, now)


def restore(
    home: Home,
    wall: Callable[[], float] = time.time,
    set_to: Callable[[float], None] = set_clock,
) -> str:
    """Set the machine's clock to the last known time if it is before that; what a person should
    know, "" when all is well."""
    known, now = last_known(home), wall()
    if now >= known:
        return ""
    shown = time.strftime("%Y-%m-%d %H:%M", time.gmtime(known))
    try:
        set_to(known)
    except OSError as error:
        return (
            f"the machine's clock is before {shown} UTC, when this box last ran, and cannot be "
            f"set ({error}): times on record will be wrong until it is"
        )
    return f"the machine had no time: it goes on from {shown} UTC, when this box last ran"
