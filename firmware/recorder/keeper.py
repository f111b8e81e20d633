"""The keeper: brings what switchd records from memory to the disk, several times a second.

switchd writes into folders in memory (``Home.ram``), so that no disk ever stops its media
thread. The keeper mirrors each folder in the spool on the disk: new bytes are appended, then one
``syncfs`` makes all of them durable together, which costs a card one flush for any number of
calls. What is durable is given back to the memory, but for the newest seconds.

A folder leaves the memory when it has ``done`` and all of it is on the disk, ``done`` last; one
with ``dropped`` leaves both. A power cut thus loses what was said since the last round and what
pjmedia had not written yet (a tenth of a second); a disk that stalls loses nothing until the
memory's share is full.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path

from firmware.recorder.spool import DONE, DROPPED
from firmware.recorder.wav import HEADER_BYTES

log = logging.getLogger(__name__)

ROUND_S = 0.35

QUIET_S = 10.0
"""How long a folder must not have grown to count as abandoned by a switchd that ended."""

KEPT_IN_RAM_BYTES = 256 * 1024
"""Of each file, behind the newest byte: switchd itself listens to the last seconds of a message
(``firmware.switchd.scripts.dictate.Ear``)."""

RAM_SHARE_BYTES = 96 * 1024 * 1024
"""What recordings may take of the memory while the disk does not take them: 20 calls for about
75 seconds, 3 calls for eight minutes."""

RESERVED_BYTES = 1024 * 1024
"""Half a minute of one side."""

_GROWING = (".wav", ".jsonl")

_PAGE_BYTES = 4096
_KEEP_SIZE, _PUNCH_HOLE = 1, 2  # linux/falloc.h

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class _Sound:
    """One growing file: how far it is copied, how far that is durable, and what is in memory."""

    name: str
    copied: int = 0
    durable: int = 0
    freed: int = _PAGE_BYTES  # the header stays: pjmedia completes it at the end
    reserved: int = 0  # how much of the disk is set aside for it


@dataclass(slots=True)
class _Mirror:
    """A folder in memory and its mirror on the disk."""

    ram: Path
    disk: Path
    grew_at: float
    is_done: bool = False
    sounds: dict[str, _Sound] = field(default_factory=dict)
    lost_bytes: int = 0


class Keeper:
    """Mirrors every ``(ram, disk)`` pair of spools. ``sync`` makes everything written to the disk
    durable; ``clock`` is monotonic, in seconds. One thread."""

    def __init__(
        self,
        spools: Iterable[tuple[Path, Path]],
        sync: Callable[[], None],
        clock: Callable[[], float],
        ram_share_bytes: int = RAM_SHARE_BYTES,
    ) -> None:
        self._spools = tuple(spools)
        self._sync = sync
        self._clock = clock
        self._ram_share_bytes = ram_share_bytes
        self._mirrors: dict[Path, _Mirror] = {}

    def keep(self, live: Set[str] | None) -> int:
        """One round; how many folders left the memory, whole. ``live`` are the ids switchd is
        recording now; None: it does not say.

        Raises:
            OSError: the disk refuses. Everything stays in memory, as far as its share goes, and
                the next round tries again.
        """
        mirrors = self._look()
        try:
            grown = [mirror for mirror in mirrors if self._copy(mirror, live)]
            if grown:
                self._sync()
        except OSError:
            for mirror in mirrors:
                for sound in mirror.sounds.values():
                    sound.copied = sound.durable  # what was copied may be lost: fsync(2)
                self._shed(mirror)
            raise
        for mirror in mirrors:
            self._give_back(mirror)
        return self._let_go([mirror for mirror in mirrors if mirror.is_done])

    def _look(self) -> list[_Mirror]:
        """The folders in memory, oldest name first."""
        found = {
            path: disk / path.name
            for ram, disk in self._spools
            for path in sorted(ram.iterdir())
            if path.is_dir() and not path.name.startswith(".") and not _drop(path, disk)
        }
        self._mirrors = {
            path: self._mirrors.get(path) or _Mirror(path, disk, self._clock())
            for path, disk in found.items()
        }
        return list(self._mirrors.values())

    def _copy(self, mirror: _Mirror, live: Set[str] | None) -> bool:
        """Copy what is new; whether anything was."""
        mirror.is_done = (mirror.ram / DONE).exists()  # first: nothing is written after it
        if not mirror.disk.is_dir():
            mirror.disk.mkdir(mode=0o700, parents=True)
        changed = False
        for path in sorted(mirror.ram.iterdir()):
            if path.suffix in _GROWING:
                changed |= self._copy_sound(mirror, path)
            elif path.name != DONE and not (mirror.disk / path.name).exists():
                shutil.copyfile(path, mirror.disk / path.name)
                changed = True
        if changed:
            mirror.grew_at = self._clock()
        elif self._is_abandoned(mirror, live):
            log.warning("recording %s was cut off (switchd ended)", mirror.ram.name)
            (mirror.ram / DONE).write_bytes(b"{}")
        return changed or mirror.is_done

    def _is_abandoned(self, mirror: _Mirror, live: Set[str] | None) -> bool:
        return (
            not mirror.is_done
            and live is not None
            and mirror.ram.name not in live
            and self._clock() - mirror.grew_at >= QUIET_S
        )

    def _copy_sound(self, mirror: _Mirror, path: Path) -> bool:
        disk = mirror.disk / path.name
        sound = mirror.sounds.get(path.name)
        if sound is None:  # after a start of the recorder the disk tells how far it was copied
            there = disk.stat().st_size if disk.exists() else 0
            sound = mirror.sounds[path.name] = _Sound(path.name, there, there)
        with path.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            if end <= sound.copied and not mirror.is_done:
                return False
            descriptor = os.open(disk, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(descriptor).st_size < sound.copied:
                    log.error("%s was removed; what memory still has of it is kept", disk)
                    sound.copied = sound.durable = sound.reserved = 0
                _reserve(descriptor, sound, end)
                _send(file.fileno(), descriptor, sound.copied, end)
                if mirror.is_done and path.suffix == ".wav" and end >= HEADER_BYTES:
                    os.pwrite(descriptor, os.pread(file.fileno(), HEADER_BYTES, 0), 0)
            finally:
                os.close(descriptor)
        grew = end > sound.copied
        sound.copied = end
        return grew

    def _give_back(self, mirror: _Mirror) -> None:
        """The disk has it: free the memory, but for the newest seconds."""
        for sound in mirror.sounds.values():
            sound.durable = sound.copied
            self._free(mirror, sound, sound.durable - KEPT_IN_RAM_BYTES)

    def _free(self, mirror: _Mirror, sound: _Sound, until: int) -> None:
        until -= until % _PAGE_BYTES
        if until <= sound.freed:
            return
        descriptor = os.open(mirror.ram / sound.name, os.O_RDWR | os.O_CLOEXEC)
        try:
            _punch(descriptor, sound.freed, until - sound.freed)
        finally:
            os.close(descriptor)
        sound.freed = until

    def _shed(self, mirror: _Mirror) -> None:
        """The disk takes nothing: of each file only its share of the memory stays. What is given
        up is silence in the recording."""
        share = self._ram_share_bytes // max(1, sum(map(_sounds_in, self._mirrors)))
        for path in mirror.ram.glob("*.wav"):
            sound = mirror.sounds.setdefault(path.name, _Sound(path.name))
            start = path.stat().st_size - max(share, _PAGE_BYTES)
            if start <= sound.copied:
                continue
            mirror.lost_bytes += start - sound.copied
            sound.copied = sound.durable = start - start % 2
            self._free(mirror, sound, start)
            log.error(
                "recording %s: the disk takes nothing; %d bytes of %s are given up",
                mirror.ram.name, mirror.lost_bytes, sound.name,
            )  # fmt: skip

    def _let_go(self, done: list[_Mirror]) -> int:
        """Mark the mirrors that are whole, durably, and empty the memory of them."""
        if not done:
            return 0
        for mirror in done:
            shutil.copyfile(mirror.ram / DONE, mirror.disk / DONE)
        self._sync()
        for mirror in done:
            shutil.rmtree(mirror.ram)
            del self._mirrors[mirror.ram]
        return len(done)


def _sounds_in(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*.wav"))


def _reserve(descriptor: int, sound: _Sound, end: int) -> None:
    """Set room aside on the disk in large steps, without changing the file's length: else every
    flush would write the file system's maps of what is free as well, a third of all that a card
    has to take. Where it cannot be done, it is not."""
    if end > sound.reserved and sound.name.endswith(".wav"):
        sound.reserved = end - end % RESERVED_BYTES + RESERVED_BYTES
        _fallocate(descriptor, _KEEP_SIZE, 0, sound.reserved)


def _send(source: int, target: int, start: int, end: int) -> None:
    """Copy the bytes ``start`` to ``end`` to the same place of another file."""
    while start < end:
        block = os.pread(source, min(end - start, 1024 * 1024), start)
        if not block:
            return
        start += os.pwrite(target, block, start)


def _punch(descriptor: int, offset: int, length: int) -> None:
    """Give pages of a file back; its length stays (fallocate(2))."""
    number = _fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, offset, length)
    if number not in (0, errno.EOPNOTSUPP):  # a file system without holes keeps all: more memory
        raise OSError(number, os.strerror(number))


def _fallocate(descriptor: int, mode: int, offset: int, length: int) -> int:
    """fallocate(2); 0, or the error's number."""
    call = _libc.fallocate64
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return ctypes.get_errno() if call(descriptor, mode, offset, length) != 0 else 0


def _drop(ram: Path, spool: Path) -> bool:
    """Whether nothing of a folder is wanted; then it is gone, the mirror first."""
    if not (ram / DROPPED).exists():
        return False
    shutil.rmtree(spool / ram.name, ignore_errors=True)
    shutil.rmtree(ram)
    return True


class FileSystem:
    """The file system a folder lies on. Its descriptor stays open, for the kernel tells each
    descriptor the errors since it was opened (syncfs(2), Linux 5.8 and later)."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def sync(self) -> None:
        """Make everything written to it durable.

        Raises:
            OSError: the disk refused some of it, perhaps of an earlier write.
        """
        if _libc.syncfs(self._descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{os.strerror(number)}: what was written may not be kept")

    def close(self) -> None:
        """Let it go."""
        os.close(self._descriptor)
