"""What is known of the box at one moment: what its daemons say, and what the machine shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.link.rows import DaemonStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``daemons`` has None for one that does not answer; ``rows`` are by kind ("line")."""

    at: float  # Unix seconds
    config_version: int
    daemons: Mapping[str, DaemonStatus | None]
    rows: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    expects_telephones: bool = True
    disk_free_share: float = 1.0  # of the file system the box keeps its state on
    last_known_time: float = 0.0  # Unix seconds; the clock was right then
    log_drops: int = 0
