"""Making one backup: the archive, its way to its place, and the old ones it replaces."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from firmware.backup import archive, last
from firmware.backup.failure import BackupFailed, Stopped
from firmware.backup.place import PART, FolderOnDisk, Place, Stored
from firmware.backup.ssh import FolderBySsh
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.store.sealed import CannotOpen

_OURS = re.compile(r"^markaz-[a-z0-9-]{1,40}-[0-9]{8}T[0-9]{6}Z\.tar\.gz\.age$")
_WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that is in its place and was read back. ``warning``: what else went wrong."""

    name: str
    files: int
    bytes: int
    sha256: str
    created_at: float
    warning: str = ""


def place_of(site: Site, home: Home, stop: Callable[[], bool] = lambda: False) -> Place:
    """The place of a site's backups; ``stop`` says that nothing is to be waited for any more.

    Raises:
        BackupFailed: the site names none.
    """
    wish = site.backup
    if wish.folder:
        return FolderOnDisk(wish.folder, home.root)
    if wish.ssh:
        return FolderBySsh(wish.ssh, home.backup, stop)
    if wish.s3:
        from firmware.backup.s3 import BucketByS3  # noqa: PLC0415 - minio is slow to load

        return BucketByS3(wish.s3)
    raise BackupFailed("the site configuration names no place for backups (section backup)")


def backups(site: Site, place: Place) -> list[Stored]:
    """This box's backups in a place, the newest first.

    Raises:
        BackupFailed: the place does not answer.
    """
    prefix = f"markaz-{_label(site)}-"
    ours = [one for one in place.stored() if _OURS.match(one.name) and _is_of(one.name, prefix)]
    return sorted(ours, key=lambda one: one.name, reverse=True)


def make(
    home: Home,
    site: Site,
    *,
    wall: Callable[[], float] = time.time,
    stop: Callable[[], bool] = lambda: False,
) -> Made:
    """Make a backup now. The box may go on working.

    Raises:
        BackupFailed: there is no new one; the older ones are as they were.
        Stopped: ``stop`` said so.
    """
    place, created_at = place_of(site, home, stop), wall()
    with _alone(home):
        try:
            return _make(home, site, place, created_at, stop)
        except (OSError, sqlite3.Error, CannotOpen, ValueError) as error:
            raise BackupFailed(f"no backup was made: {error}") from error


def _make(
    home: Home, site: Site, place: Place, created_at: float, stop: Callable[[], bool]
) -> Made:
    name = _name(site, created_at)
    folder = place.workshop or home.backup
    _sweep(home, folder, site)
    part = folder / f"{name}{PART}"
    try:
        with _private(part) as file:
            hashed = archive.Hashed(file)
            manifest = archive.write(
                home,
                cast("BinaryIO", hashed),
                site.backup.recipient,
                created_at=created_at,
                recordings=site.backup.recordings,
                stop=stop,
            )
            file.flush()
            os.fsync(file.fileno())
        size = part.stat().st_size
        if stop():
            raise Stopped
        place.keep(part, name, hashed.sha256)
        last.note(home, last.Last(made_at=created_at, name=name))
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Made(
        name=name,
        files=len(manifest.files),
        bytes=size,
        sha256=hashed.sha256,
        created_at=created_at,
        warning=_prune(site, place, name),
    )


def _prune(site: Site, place: Place, newest: str) -> str:
    """Delete what is older than the newest so many; what went wrong, or ""."""
    try:
        others = [one for one in backups(site, place) if one.name != newest]
        for one in others[site.backup.keep - 1 :]:
            place.delete(one.name)
    except BackupFailed as error:
        return f"old backups are still there: {error}"
    return ""


def _sweep(home: Home, folder: Path, site: Site) -> None:
    """Take away what a backup left that was cut off."""
    for path in home.backup.glob("copy-*"):
        shutil.rmtree(path)
    for path in folder.glob(f"markaz-{_label(site)}-*{PART}"):
        if _OURS.match(path.name.removesuffix(PART)):
            path.unlink(missing_ok=True)


def _name(site: Site, at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"markaz-{_label(site)}-{moment}.tar.gz.age"


def _label(site: Site) -> str:
    """The realm tells boxes apart whose backups lie in one place; it is ASCII, unlike names."""
    return _WORDS.sub("-", site.network.realm.lower()).strip("-")[:40].strip("-") or "box"


def _is_of(name: str, prefix: str) -> bool:
    """Whether it begins with the prefix and nothing but the moment follows: "markaz-a-" is not
    the prefix of a backup of "a-b"."""
    return name.startswith(prefix) and "-" not in name[len(prefix) :]


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One backup at a time, whoever makes it."""
    home.backup.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.backup / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed("a backup is being made already") from None
        yield
