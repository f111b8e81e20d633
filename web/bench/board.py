"""The levers of a simulated board, beside those of the lines: deviced has them, not the bench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.config.home import Home
from firmware.link.api import DevicedApi
from firmware.link.bench import LeverRow
from firmware.link.board import PowerRow
from firmware.link.client import Link, LinkDown, Refused
from web.bench.outside import TIMEOUT_S, Problem

MAINS = "mains"


@contextmanager
def board(home: Home) -> Iterator[Link]:
    """The link to deviced.

    Raises:
        Problem: it is away, or its board is a real one.
    """
    try:
        with Link(home.link("deviced"), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem("value" if error.kind == "ValueError" else "state") from error


def power(home: Home) -> PowerRow | None:
    """The power of a simulated board; None of a real one, and while deviced is away."""
    try:
        with board(home) as link:
            rows = link.snapshot().get("power", ())
    except Problem:
        return None
    return next((row for row in rows if isinstance(row, PowerRow) and row.simulated), None)


def levers(row: PowerRow | None) -> tuple[LeverRow, ...]:
    """The mains, where they are played."""
    if row is None:
        return ()
    return (LeverRow(id=MAINS, kind=MAINS, line="", pulled=row.mains is False),)


def switch_mains(home: Home, *, cut: bool) -> None:
    """Cut the mains, or give them back.

    Raises:
        Problem: there is no simulated board.
    """
    with board(home) as link:
        link.call(DevicedApi.cut_mains if cut else DevicedApi.restore_mains)


def charge(home: Home, percent: float) -> None:
    """Fill or empty the battery.

    Raises:
        Problem: there is no simulated board, or it is no percentage.
    """
    with board(home) as link:
        link.call(DevicedApi.set_battery, percent)
