"""Restoring: an archive becomes a box's folder, whole or not at all.

It is unpacked, compared, and brought up to date beside the box's folder; then the two change
places in one step. What the box held before is kept beside it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from firmware.backup import archive
from firmware.backup.archive import Manifest
from firmware.backup.contents import FOLDERS, RECORDINGS, fault_of
from firmware.backup.failure import BadArchive, CannotRestore
from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase
from firmware.version import VERSION

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_CARRIED_OVER = (RECORDINGS, "spool")
"""What an archive without recordings leaves where it is: it is the box's only copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of it. ``before`` is where the folder's earlier contents are now; ``warning``
    says what this release does not like about the configuration."""

    manifest: Manifest
    before: Path | None
    warning: str


def verify(file: Path, identity_file: Path) -> Manifest:
    """Read an archive whole and compare it with its manifest.

    Raises:
        BadArchive: it is not as it was made, or of another key.
        OSError: it cannot be read.
    """
    return archive.read(file, identity_file, lambda _path, _file: None)


def restore(
    file: Path,
    identity_file: Path,
    home: Home,
    *,
    replace: bool = False,
    wall: Callable[[], float] = time.time,
) -> Restored:
    """Make ``home`` what it was when the archive was made.

    Raises:
        BadArchive, CannotRestore, OSError: nothing was changed.
    """
    _check_mounts(home)
    home.root.parent.mkdir(parents=True, exist_ok=True)
    with _standing_still(home):
        if not replace and _holds_something(home):
            raise CannotRestore(
                f"{home.root} holds a box already: --replace puts the archive in its place"
            )
        fresh = Home(home.root.parent / f".{home.root.name}.restoring-{os.getpid()}")
        try:
            manifest, warning = _build(file, identity_file, fresh)
            _exchange(fresh.root, home.root)
        except BaseException:  # before the exchange it is nobody's
            shutil.rmtree(fresh.root, ignore_errors=True)
            raise
        before = _set_aside(fresh, home, wall())
        if before and not manifest.recordings:
            _carry_over(before, home)
    return Restored(manifest=manifest, before=before, warning=warning)


def _check_mounts(home: Home) -> None:
    """What is mounted cannot be renamed (EBUSY)."""
    if home.root.is_mount():
        raise CannotRestore(
            f"{home.root} is a mount point and cannot be exchanged: restore below it"
        )
    for name in (*FOLDERS, *_CARRIED_OVER):
        if (home.root / name).is_mount():
            raise CannotRestore(
                f"{home.root / name} is a disk of its own: unmount it, restore, mount it again"
            )


def _build(file: Path, identity_file: Path, fresh: Home) -> tuple[Manifest, str]:
    """Unpack, check and bring up to date beside the box."""
    fresh.root.mkdir(mode=0o700)

    def keep(path: PurePosixPath, content: BinaryIO) -> None:
        target = fresh.root / path
        _make_folders(fresh.root, path.parent)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)

    manifest = archive.read(file, identity_file, keep)
    for database in sorted(fresh.root.rglob("*.sqlite")):
        if fault := fault_of(database):
            raise BadArchive(f"{database.name} in the archive is damaged: {fault}")
    warning = _bring_up_to_date(fresh, manifest.markaz)
    fresh.make()
    for path in fresh.root.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    os.sync()
    return manifest, warning


def _bring_up_to_date(fresh: Home, made_by: str) -> str:
    try:
        with closing(open_store(fresh)):
            pass
        history.load_current(fresh)
    except NewerDatabase as error:
        raise CannotRestore(
            f"the archive was made by a newer release, Markaz {made_by} (this is {VERSION}): "
            "install that release and restore again"
        ) from error
    except (history.NoConfiguration, sqlite3.Error) as error:
        raise CannotRestore(f"this release cannot use the archive: {error}") from error
    except ConfigRejected as error:
        return str(error)
    return ""


def _exchange(fresh: Path, root: Path) -> None:
    """Two folders change names in one step, by renameat2(2): a cut leaves one or the other."""
    if not root.exists():
        fresh.rename(root)
        _sync_folder(root.parent)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(fresh), os.fsencode(root)
    if libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        hint = "; move the folder away by hand" if number == errno.EINVAL else ""
        raise OSError(number, f"{os.strerror(number)}{hint}", str(root))
    _sync_folder(root.parent)


def _set_aside(old: Home, home: Home, now: float) -> Path | None:
    """Give what the box held before a name of its own, if it held anything; its path."""
    if not old.root.exists():
        return None
    if not any(_files_of(old.root, (*FOLDERS, *_CARRIED_OVER))):
        shutil.rmtree(old.root)
        return None
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    before = home.root.with_name(f"{home.root.name}.before-restore-{stamp}")
    old.root.rename(before)
    _sync_folder(before.parent)
    return before


def _carry_over(before: Path, home: Home) -> None:
    for name in _CARRIED_OVER:
        if (before / name).is_dir():
            shutil.rmtree(home.root / name)
            (before / name).rename(home.root / name)


def _holds_something(home: Home) -> bool:
    return any(_files_of(home.root, (*FOLDERS, RECORDINGS)))


def _files_of(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (root / folder).rglob("*") if not path.is_dir())


def _make_folders(root: Path, folder: PurePosixPath) -> None:
    """Each private; ``mkdir(parents=True)`` gives the mode to the last one only."""
    for depth in range(len(folder.parts)):
        (root / Path(*folder.parts[: depth + 1])).mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _standing_still(home: Home) -> Iterator[None]:
    """The box does not run, and does not start meanwhile."""
    lock = home.run / "box.lock"
    if not lock.exists():
        yield
        return
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRestore(f"the box in {home.root} runs: stop it first") from None
        yield


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
