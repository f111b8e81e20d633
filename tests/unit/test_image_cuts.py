"""A whole disk cut in a log that is made here: what was flushed is there, of the rest each request
by itself."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from tests.image.cuts import Cuts

SECTOR = 512
FLUSH, FUA, DISCARD = 1, 2, 4
_MAGIC = 0x6A736677736872


def logged(*requests: tuple[int, int, bytes]) -> bytes:
    """A log of (sector, flags, content); a discard's content says how much."""
    out = struct.pack("<QQQI", _MAGIC, 1, len(requests), SECTOR).ljust(SECTOR, b"\0")
    for sector, flags, content in requests:
        head = struct.pack("<QQQQ", sector, len(content) // SECTOR, flags, 0)
        out += head.ljust(SECTOR, b"\0") + (b"" if flags & DISCARD else content)
    return out


def test_the_disk_at_each_cut(tmp_path: Path):
    base, log = tmp_path / "base", tmp_path / "log"
    base.write_bytes(bytes(64 * SECTOR))
    cached = [(number, 0, bytes([number]) * SECTOR) for number in range(1, 9)]
    log.write_bytes(
        logged(
            *cached,
            (0, FLUSH, b""),
            (20, FUA, b"F" * SECTOR),
            (3, 0, b"Z" * SECTOR),
            (5, DISCARD, bytes(SECTOR)),
            (0, FLUSH, b""),
        )
    )
    cuts = Cuts(log, base, tmp_path)
    assert len(cuts.writes) == 13
    seen = {}
    for cut, disk in cuts.at([12, 4, 9], random.Random(1)):
        content = disk.read_bytes()
        seen[cut] = [content[number * SECTOR] for number in (*range(1, 9), 20)]
    assert set(seen[4][:5]) <= {0, 1, 2, 3, 4, 5}
    assert seen[4][5:] == [0, 0, 0, 0]  # not written yet
    assert 0 in seen[4][:5]  # something was only in the disk's cache
    assert seen[9] == [1, 2, 3, 4, 5, 6, 7, 8, ord("F")]
    assert seen[12] == [1, 2, ord("Z"), 4, 5, 6, 7, 8, ord("F")]
