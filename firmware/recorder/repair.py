"""Start-up repair: what is wrong with a folder that a loss of power or a crash left in the spool,
and what was made of it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

from firmware.model.retention import KeptKind
from firmware.recorder import wav
from firmware.recorder.spool import DONE, Spooled
from firmware.store.repairs import Repair

log = logging.getLogger(__name__)

POWER = "the power went"
CRASH = "switchd ended"

ABANDONED = b"{}"
"""What the keeper writes into ``done`` of a folder that switchd left behind."""


def cause_of(spooled: Spooled) -> str:
    """Why the folder was cut off; "" when it was not."""
    try:
        done = (spooled.folder / DONE).read_bytes()
    except FileNotFoundError:
        return POWER
    return CRASH if done == ABANDONED else ""


def faults_of(spooled: Spooled) -> str:
    """What of a folder has to be mended, in words."""
    found = [
        f"{path.name}'s header"
        for path in sorted(spooled.folder.glob("*.wav"))
        if not _is_told(path)
    ]
    if not _is_there(spooled.folder / "meta.json"):
        found.append("meta.json was lost")
    return ", ".join(found)


def repair_of(
    spooled: Spooled, kind: KeptKind, cause: str, recovered_s: float, healed: str
) -> Repair:
    """The record of a repair that was done now, which is logged."""
    log.warning(
        "%s %s was cut off (%s) and is whole again: %.1f s%s",
        kind, spooled.id, cause, recovered_s, f"; mended: {healed}" if healed else "",
    )  # fmt: skip
    return Repair(
        at=time.time(),
        kind=kind,
        ident=spooled.id,
        cause=cause,
        recovered_s=recovered_s,
        healed=healed,
    )


def summary(repairs: Iterable[Repair]) -> str:
    """All repairs of one sweep in a line; "" when there were none."""
    done = list(repairs)
    if not done:
        return ""
    seconds = sum(repair.recovered_s for repair in done)
    return f"{len(done)} cut off and made whole, {seconds:.0f} s of sound recovered"


def _is_told(path: Path) -> bool:
    """Whether the header says how long the file is."""
    with path.open("rb") as file:
        head = file.read(wav.HEADER_BYTES)
        size = os.fstat(file.fileno()).st_size
    return len(head) == wav.HEADER_BYTES and int.from_bytes(head[40:44], "little") == (
        size - wav.HEADER_BYTES
    )


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
