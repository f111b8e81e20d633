"""The daemons of a box: who is asked how it is."""

from __future__ import annotations

from pathlib import Path

EVERYWHERE = ("switchd", "lined", "edge", "recorder", "outbox", "provision", "deviced")
"""In the order in which people are shown them."""

ON_AN_IMAGE = ("update",)

SLOTS = Path("/etc/rauc/system.conf")
"""RAUC's own configuration: a box that has it is an image with two slots."""


def daemons() -> tuple[str, ...]:
    """Those this box has."""
    return (*EVERYWHERE, *ON_AN_IMAGE) if SLOTS.exists() else EVERYWHERE
