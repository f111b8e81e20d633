"""When the last backup was made, so that the next one is made once and in time."""

from __future__ import annotations

import os

import msgspec

from firmware.config.home import Home


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The last backup that was verified in its place. ``made_at`` is in Unix seconds."""

    made_at: float
    name: str


def note(home: Home, last: Last) -> None:
    """Remember it, over a loss of power.

    Raises:
        OSError: the disk refuses.
    """
    path = home.backup / "last.json"
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(msgspec.json.encode(last))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def read(home: Home) -> Last | None:
    """The last one; None when there was none, or nobody knows any more."""
    try:
        return msgspec.json.decode((home.backup / "last.json").read_bytes(), type=Last)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
