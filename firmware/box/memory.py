"""The box's folder in memory, where sound and registrations are written so that no disk stops
a call.

On the image ``ram`` is a tmpfs of its own. Elsewhere it becomes a link into /dev/shm, which every
Linux has; where that cannot be had it stays a folder on the disk, and calls then wait for the
disk.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
from pathlib import Path

from firmware.config.home import Home

log = logging.getLogger(__name__)

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder we make there is ours alone


def prepare(home: Home) -> None:
    """Have ``home.ram`` in memory. What lies in it since the last run stays.

    Raises:
        OSError: neither the memory nor the disk can be used.
    """
    place = _place(home)
    if home.ram.is_mount() or not _SHARED_MEMORY.is_dir() or _holds_something(home.ram):
        return
    place.mkdir(mode=0o700, exist_ok=True)
    there = place.lstat()
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid():
        log.error("%s is somebody else's: recordings are written to the disk at once", place)
        return
    if home.ram.is_symlink():
        home.ram.unlink()
    elif home.ram.exists():
        _remove_empty(home.ram)
    home.ram.symlink_to(place)


def release(home: Home) -> None:
    """Leave nothing in the machine's memory but sound that is not on the disk yet."""
    if not home.ram.is_symlink():
        return
    shutil.rmtree(home.ram_edge, ignore_errors=True)  # the keeper copied it, or the disk is full
    if not _holds_something(home.ram):
        _remove_empty(home.ram.resolve())
        home.ram.unlink()


def _place(home: Home) -> Path:
    digest = hashlib.sha256(os.fsencode(home.root)).hexdigest()
    return _SHARED_MEMORY / f"markaz-{os.getuid()}-{digest[:12]}"


def _holds_something(ram: Path) -> bool:
    """Whether there is a file below, or a folder that is not empty."""
    return any(not path.is_dir() for path in ram.rglob("*"))


def _remove_empty(folder: Path) -> None:
    for path in folder.iterdir():
        _remove_empty(path)
    folder.rmdir()
