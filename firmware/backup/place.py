"""Where backups are kept: what any such place can do, and the folder on another disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware.backup.failure import BackupFailed
from firmware.config.sections.backup import FolderPlace

PART = ".part"
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file in a place."""

    name: str
    bytes: int


class Place(Protocol):
    """A place for files. Every method raises BackupFailed, with the reason."""

    @property
    def workshop(self) -> Path | None:
        """Where an archive is best made; None: on the box's own disk."""

    def keep(self, part: Path, name: str, sha256: str) -> None:
        """Bring the whole file ``part`` there, read it back, compare it with its SHA-256, and
        only then give it its name. ``part`` is gone afterwards."""

    def stored(self) -> list[Stored]:
        """What is there, of any name."""

    def delete(self, name: str) -> None:
        """Take one away."""


class FolderOnDisk:
    """A mounted folder. It is never made: an empty mount point is no USB stick."""

    def __init__(self, wish: FolderPlace, home_root: Path) -> None:
        self._folder = Path(wish.path)
        self._own_disk = wish.own_disk
        self._home_root = home_root

    @property
    def workshop(self) -> Path | None:
        """The folder itself: the archive crosses one disk only."""
        self._check()
        return self._folder

    def keep(self, part: Path, name: str, sha256: str) -> None:
        """Place."""
        with told("cannot keep the backup"):
            if digest_of(part) != sha256:
                raise BackupFailed(
                    f"what {self._folder} gives back is not what was written: take another disk"
                )
            part.rename(self._folder / name)
            _sync_folder(self._folder)

    def stored(self) -> list[Stored]:
        """Place."""
        self._check()
        with told("cannot be listed"):
            files = [path for path in self._folder.iterdir() if path.is_file()]
            return [Stored(name=path.name, bytes=path.stat().st_size) for path in files]

    def delete(self, name: str) -> None:
        """Place."""
        with told("an old backup cannot be deleted"):
            (self._folder / name).unlink(missing_ok=True)

    def _check(self) -> None:
        if not self._folder.is_dir():
            raise BackupFailed(f"there is no folder {self._folder}: is the disk plugged in?")
        with told("cannot be used"):
            same = self._folder.stat().st_dev == self._home_root.stat().st_dev
        if same and not self._own_disk:
            raise BackupFailed(
                f"{self._folder} is on the box's own disk: is the other disk plugged in and "
                "mounted? (backup.folder.own_disk: true allows it)"
            )


def digest_of(path: Path) -> str:
    """The SHA-256 of a file as the disk has it, not as the memory remembers it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """What the disk refuses inside the block becomes a BackupFailed."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{what}: {error}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
