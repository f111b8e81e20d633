"""Marks: what the office had said or been promised, written into the log of the disk itself.

They go, a sector each, behind the file system of the logged disk, past every cache: in the log
they stand exactly between the writes they came after and those they came before.
"""

from __future__ import annotations

import json
import mmap
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECTOR_BYTES = 512
FILE_SYSTEM_MB = 192
FIRST_SECTOR = FILE_SYSTEM_MB * 1024 * 1024 // SECTOR_BYTES
MARKS = 65536
DISK_MB = FILE_SYSTEM_MB + MARKS * SECTOR_BYTES // (1024 * 1024)

Mark = dict[str, Any]


class Marker:
    """Writes marks to the device (in the guest), from any thread."""

    def __init__(self, device: Path, boot: int) -> None:
        self._boot = boot
        self._descriptor = os.open(device, os.O_WRONLY | os.O_DIRECT)
        self._sector = mmap.mmap(-1, SECTOR_BYTES)  # O_DIRECT wants its memory aligned
        self._count = 0
        self._one_at_a_time = threading.Lock()

    def mark(self, what: str, **values: Any) -> None:
        """Write one; it is in the log when this returns."""
        line = json.dumps({"boot": self._boot, "what": what, **values}).encode()
        if len(line) > SECTOR_BYTES:
            raise ValueError(f"{len(line)} bytes are more than a mark holds")
        with self._one_at_a_time:
            self._sector[:] = line.ljust(SECTOR_BYTES)
            place = FIRST_SECTOR + self._count % MARKS
            os.pwrite(self._descriptor, self._sector, place * SECTOR_BYTES)
            self._count += 1


def marks_on(disk: Path, boot: int, start: int = 0) -> list[Mark]:
    """The marks of one boot, as they stand on a disk whose machine was killed; the device that was
    marked begins at byte ``start`` of it."""
    found: list[Mark] = []
    with disk.open("rb") as file:
        file.seek(start + FIRST_SECTOR * SECTOR_BYTES)
        while (sector := file.read(SECTOR_BYTES)).startswith(b"{"):
            [mark] = marks_in(sector)
            if mark["boot"] != boot:
                break
            found.append(mark)
    return found


def marks_in(written: bytes) -> Iterator[Mark]:
    """The marks of one write, which the kernel may have made of several."""
    for start in range(0, len(written), SECTOR_BYTES):
        yield json.loads(written[start : start + SECTOR_BYTES])
