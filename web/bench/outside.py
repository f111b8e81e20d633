"""The page's way to the bench daemon: its rows, and one order at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app

from firmware.config.home import Home
from firmware.link.bench import LeverRow
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import FarRow

TIMEOUT_S = 5.0

_PROBLEMS = {"KeyError": "gone", "ValueError": "value", "RuntimeError": "state"}
"""What a kind of refusal means; ``wording.PROBLEMS`` has the words."""


class Problem(RuntimeError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """All far ends and levers, as of now."""

    fars: tuple[FarRow, ...]
    levers: tuple[LeverRow, ...]


def home() -> Home:
    """The box's folder."""
    found: Home = current_app.extensions["markaz-home"]
    return found


def is_there() -> bool:
    """Whether the box is a simulated one: only then a bench daemon has its socket there."""
    return home().link("bench").exists()


@contextmanager
def bench() -> Iterator[Link]:
    """The link.

    Raises:
        Problem: the daemon is away or refused.
    """
    try:
        with Link(home().link("bench"), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem(_PROBLEMS.get(error.kind, "other")) from error


def look(link: Link) -> Outside:
    """Everything outside.

    Raises:
        LinkDown, Refused: as the link does.
    """
    rows = link.snapshot()
    fars = [row for row in rows.get("far", ()) if isinstance(row, FarRow)]
    levers = [row for row in rows.get("lever", ()) if isinstance(row, LeverRow)]
    return Outside(
        fars=tuple(sorted(fars, key=lambda row: (_ORDER.get(row.kind, 9), row.id))),
        levers=tuple(levers),
    )


_ORDER = {"trunk": 0, "mobile": 1, "station": 2}
