"""A whole disk's power cuts: what QEMU's log of its writes says was on it at any moment.

As ``tests.powercut.log``, for a disk that is too large to be held in memory for every cut: the
state that is on the disk for certain grows in one file from cut to cut, and each cut is a copy.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.powercut.log import Write, writes_in
from tests.powercut.marks import SECTOR_BYTES

PATH = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}


def words(disk: Path, log: Path) -> list[str]:
    """QEMU's words for a disk whose writes are logged; its flushes do not wait for this machine's
    own disk."""
    quick = "cache.no-flush=on"
    return [
        *("-blockdev", f"driver=file,node-name=f0,filename={disk},{quick}"),
        *("-blockdev", f"driver=raw,node-name=r0,file=f0,{quick}"),
        *("-blockdev", f"driver=file,node-name=l0,filename={log},{quick}"),
        *("-blockdev", f"driver=raw,node-name=l1,file=l0,{quick}"),
        *("-blockdev", "driver=blklogwrites,node-name=b0,file=r0,log=l1,log-sector-size=512"),
        *("-device", "virtio-blk-pci,drive=b0"),
    ]


def plain(disk: Path) -> list[str]:
    """QEMU's words for a disk that survives its machine; as for ``words``, flushes do not wait."""
    return [
        *("-drive", f"if=none,id=b0,file={disk},format=raw,cache.no-flush=on"),
        *("-device", "virtio-blk-pci,drive=b0"),
    ]


class Cuts:
    """The log of one run that began on ``base``. ``only`` leaves out what was written elsewhere."""

    def __init__(self, log: Path, base: Path, folder: Path, only: Part | None = None) -> None:
        with log.open("rb") as file:
            self._content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.writes: Sequence[Write] = list(writes_in(self._content))
        self._durable, self._done = folder / "durable.img", 0
        self._folder, self._only = folder, only
        subprocess.run(["cp", "--sparse=always", base, self._durable], check=True)

    def at(self, cuts: Sequence[int], dice: random.Random) -> Iterator[tuple[int, Path]]:
        """The disk at each of these cuts, in order; the file is the next one's afterwards.

        Up to the last flush everything is there; of what came after, each request by itself is,
        is not, or is in part.
        """
        disk = self._folder / "cut.img"
        for cut in sorted(cuts):
            flush = next((n for n in range(cut, -1, -1) if self.writes[n].is_flush), -1)
            with self._durable.open("r+b") as file:
                for write in self.writes[self._done : flush + 1]:
                    self._apply(file.fileno(), write, write.sectors)
            self._done = max(self._done, flush + 1)
            subprocess.run(["cp", "--sparse=always", self._durable, disk], check=True)
            with disk.open("r+b") as file:
                for write in self.writes[self._done : cut + 1]:
                    fate = 0.0 if write.is_durable else dice.random()
                    if fate < 0.45:
                        self._apply(file.fileno(), write, write.sectors)
                    elif fate < 0.6:
                        self._apply(file.fileno(), write, dice.randrange(write.sectors + 1))
            yield cut, disk

    def content_of(self, write: Write) -> bytes:
        """What was to be written."""
        return self._content[write.start : write.start + write.sectors * SECTOR_BYTES]

    def _apply(self, descriptor: int, write: Write, sectors: int) -> None:
        if write.is_discard or not sectors:  # discarded: the old content is the worst for us
            return
        place = write.sector * SECTOR_BYTES
        if self._only is not None and not self._only.has(place):
            return
        os.pwrite(descriptor, self.content_of(write)[: sectors * SECTOR_BYTES], place)


@dataclass(frozen=True, slots=True)
class Part:
    """One partition of a disk, in bytes."""

    start: int
    size: int

    def has(self, place: int) -> bool:
        """Whether it holds this byte of the disk."""
        return self.start <= place < self.start + self.size


def parts(disk: Path) -> dict[str, Part]:
    """The partitions by their names."""
    told = subprocess.run(["sfdisk", "-J", disk], check=True, capture_output=True, env=PATH)
    rows = json.loads(told.stdout)["partitiontable"]["partitions"]
    return {
        row["name"]: Part(row["start"] * SECTOR_BYTES, row["size"] * SECTOR_BYTES) for row in rows
    }


def digest(disk: Path, part: Part, size: int) -> str:
    """SHA-256 of the first ``size`` bytes of a partition."""
    found = hashlib.sha256()
    with disk.open("rb") as file:
        file.seek(part.start)
        while size > 0 and (piece := file.read(min(size, 1 << 22))):
            found.update(piece)
            size -= len(piece)
    return found.hexdigest()


def file_on_esp(disk: Path, part: Part, name: str) -> bytes:
    """A file of the boot partition; nothing when its file system has none."""
    order = ["mcopy", "-n", "-i", f"{disk}@@{part.start}", f"::{name}", "-"]
    return subprocess.run(order, check=False, capture_output=True, env=PATH).stdout


def keep(disk: Path, part: Part, made: Path) -> None:
    """A disk of which only this partition is there."""
    _copy(disk, part, made, part.start)
    os.truncate(made, disk.stat().st_size)


def _copy(disk: Path, part: Part, made: Path, offset: int) -> None:
    """A partition's content to ``offset`` of a new file, in which nothing takes no room."""
    with disk.open("rb") as source, made.open("wb") as target:
        source.seek(part.start)
        os.truncate(made, offset + part.size)
        for at in range(0, part.size, 1 << 20):
            piece = source.read(min(1 << 20, part.size - at))
            if piece.strip(b"\0"):
                target.seek(offset + at)
                target.write(piece)


def repaired(disk: Path, part: Part, folder: Path) -> int:
    """What e2fsck -p, as at each start, says of the data partition: 0 or 1 is well."""
    data = folder / "data.img"
    _copy(disk, part, data, 0)
    return subprocess.run(
        ["e2fsck", "-p", "-f", data], check=False, capture_output=True, env=PATH
    ).returncode
