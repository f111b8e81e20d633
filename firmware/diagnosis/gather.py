"""Gathering the facts: every daemon is asked over its link, none for longer than a moment."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from firmware.config import history
from firmware.config.home import Home
from firmware.daemons import daemons
from firmware.diagnosis.facts import Facts
from firmware.link.api import DaemonApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import DaemonStatus, Row

_PATIENCE_S = 2.0
_KINDS = frozenset(
    {"line", "trunk", "internet", "extension", "alarm", "call", "queue", "power", "health"}
)


def gather(home: Home) -> Facts:
    """The box as it is now.

    Raises:
        NoConfiguration: there is no box here yet.
    """
    version, _text = history.current_text(home)
    statuses: dict[str, DaemonStatus | None] = {}
    rows: dict[str, tuple[Row, ...]] = {}
    for name in daemons():
        statuses[name], found = _ask(home.link(name))
        for kind in _KINDS & found.keys():
            rows[kind] = (*rows.get(kind, ()), *found[kind])
    usage = shutil.disk_usage(home.root)
    return Facts(
        at=time.time(),
        config_version=version,
        daemons=statuses,
        rows=rows,
        disk_free_share=usage.free / usage.total,
        last_known_time=_last_known_time(home),
    )


def _ask(path: Path) -> tuple[DaemonStatus | None, dict[str, tuple[Row, ...]]]:
    try:
        with Link(path, "diagnosis", timeout_s=_PATIENCE_S) as link:
            status = link.call(DaemonApi.status)
        with Link(path, "diagnosis", timeout_s=_PATIENCE_S) as link:
            return status, dict(link.snapshot())
    except (LinkDown, Refused):
        return None, {}


def _last_known_time(home: Home) -> float:
    """When the box last knew the time (``firmware.box.clock`` keeps it)."""
    try:
        return float((home.root / "clock").read_text())
    except (OSError, ValueError):
        return 0.0
