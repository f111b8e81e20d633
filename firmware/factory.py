"""Factory reset: the box as it was when it was bought. Everything of the customer goes, the
firmware stays.

It is ordered by a mark in the box's folder, which survives a power cut, and is carried out at the
next start, before anything of the old office is read: nothing runs then that could write it
again. Interrupted, the start after that goes on. What the box needs to be a box (first
configuration, passwords, keys, certificates) is made anew by that same start. An image whose
data partition holds more than the box's folder may obey the mark earlier still, and remove it.

=============================  ==========================================================
goes                           the configuration with all its versions, users and passwords,
                               call records, recordings, voicemail, prompts, contacts,
                               telephones and their tokens, keys and certificates, mail and
                               texts that wait, logs, what was learned of the lines and of
                               the battery, backups that are being made
stays                          the firmware; the last known time (``firmware.box.clock``);
                               backups at other places: they are the customer's to erase
=============================  ==========================================================
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from pathlib import Path

from firmware.config.home import Home

log = logging.getLogger(__name__)

MARK = "factory-reset"
KEPT = frozenset({"clock"})
"""What stays of the folder: nothing of it tells of anybody."""

LOCK = "box.lock"
"""In ``run``; whoever erases holds it."""


def order(home: Home, *, who: str) -> None:
    """Have the next start erase everything.

    Raises:
        OSError: the order could not be put on the disk.
    """
    with (home.root / MARK).open("w") as file:
        file.write(f"{who}\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(home.root)
    log.warning("factory reset ordered (%s): the next start erases everything", who)


def is_ordered(home: Home) -> bool:
    """Whether the next start erases everything."""
    return (home.root / MARK).exists()


def carry_out(home: Home) -> None:
    """Erase everything of the customer; the mark goes last. The caller holds the lock.

    Raises:
        OSError: the disk refuses; the mark is still there.
    """
    log.warning("factory reset: erasing %s", home.root)
    for path in sorted(home.root.iterdir()):
        if path.name == home.run.name:
            _empty(path, spare=frozenset({LOCK}))
        elif path.name not in KEPT and path.name != MARK:
            _erase(path)
    _sync_folder(home.root)
    os.sync()
    (home.root / MARK).unlink(missing_ok=True)
    _sync_folder(home.root)


def carry_out_if_stopped(home: Home) -> bool:
    """Erase at once, unless the box runs; whether it was done.

    Raises:
        OSError: the disk refuses; the mark is still there.
    """
    home.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.run / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        carry_out(home)
    return True


def _erase(path: Path) -> None:
    """A file, a folder, or what a link or a mount (``ram``) holds."""
    if path.is_symlink():
        if path.is_dir():
            _empty(path)
        path.unlink()
    elif path.is_mount():
        _empty(path)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _empty(folder: Path, spare: frozenset[str] = frozenset()) -> None:
    for path in folder.iterdir():
        if path.name in spare:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
