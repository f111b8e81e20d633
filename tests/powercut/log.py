"""The log of a disk's writes as QEMU's ``blklogwrites`` keeps it, and the disk at any cut of it.

The format is that of Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes):
a superblock, then for each request a sector with its place, length and flags, and its content.
"""

from __future__ import annotations

import mmap
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.powercut.marks import FIRST_SECTOR, SECTOR_BYTES, Mark, marks_in

_MAGIC = 0x6A736677736872
_FLUSH, _FUA, _DISCARD = 1, 2, 4


class BadLog(ValueError):
    """The file is no log of writes."""


@dataclass(frozen=True, slots=True)
class Write:
    """One request: ``sectors`` from ``sector`` on, their content at ``start`` in the log."""

    sector: int
    sectors: int
    flags: int
    start: int

    @property
    def is_flush(self) -> bool:
        return bool(self.flags & _FLUSH)

    @property
    def is_durable(self) -> bool:
        """Written through the disk's cache (FUA)."""
        return bool(self.flags & _FUA)

    @property
    def is_discard(self) -> bool:
        """What was there may read as anything afterwards."""
        return bool(self.flags & _DISCARD)

    @property
    def is_mark(self) -> bool:
        return self.sectors > 0 and self.sector >= FIRST_SECTOR


def writes_in(content: mmap.mmap) -> Iterator[Write]:
    """The requests of a log, in order.

    Raises:
        BadLog: it is none.
    """
    magic, _version, _count, sector_bytes = struct.unpack_from("<QQQI", content, 0)
    if magic != _MAGIC or sector_bytes != SECTOR_BYTES:
        raise BadLog("this is no log of blklogwrites with sectors of 512 bytes")
    place = SECTOR_BYTES
    while place + 32 <= len(content):
        sector, sectors, flags, _length = struct.unpack_from("<QQQQ", content, place)
        start = place + SECTOR_BYTES
        end = start + (0 if flags & _DISCARD else sectors * SECTOR_BYTES)
        if (sector, sectors, flags) == (0, 0, 0) or end > len(content):
            return
        yield Write(sector, sectors, flags, start)
        place = end


class Log:
    """A log read whole. ``base`` is the disk as it was before the first write."""

    def __init__(self, path: Path, base: Path) -> None:
        with path.open("rb") as file:
            self._content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._base = base.read_bytes()[: FIRST_SECTOR * SECTOR_BYTES]
        self.writes = list(writes_in(self._content))
        self.marks: list[tuple[int, Mark]] = [
            (number, mark)
            for number, write in enumerate(self.writes)
            if write.is_mark
            for mark in marks_in(self._content_of(write, write.sectors))
        ]

    def _content_of(self, write: Write, sectors: int) -> bytes:
        return self._content[write.start : write.start + sectors * SECTOR_BYTES]

    def at(self, cut: int, dice: random.Random) -> bytes:
        """The disk after a power cut behind write number ``cut``: everything up to the last flush
        is on it; of what came after, each request by itself is, is not, or is in part."""
        durable = max((n for n in range(cut + 1) if self.writes[n].is_flush), default=-1)
        disk = bytearray(self._base)
        for write in self.writes[: durable + 1]:
            self._apply(disk, write, write.sectors)
        for write in self.writes[durable + 1 : cut + 1]:
            fate = 0.0 if write.is_durable else dice.random()
            if fate < 0.45:
                self._apply(disk, write, write.sectors)
            elif fate < 0.6:
                self._apply(disk, write, dice.randrange(write.sectors + 1))
        return bytes(disk)

    def _apply(self, disk: bytearray, write: Write, sectors: int) -> None:
        # What was discarded may read as anything; the old content is the worst for us.
        if write.is_discard or write.is_mark or not sectors:
            return
        place = write.sector * SECTOR_BYTES
        disk[place : place + sectors * SECTOR_BYTES] = self._content_of(write, sectors)
