"""A disk that misbehaves: a folder shown through FUSE, whose writes are slow, stall, or fail.

Run as a program it serves until SIGTERM; ``BadDisk`` starts it and tells it, through a small file,
what to be. It serves one request at a time, as a card does: what waits behind a slow write waits.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import mfusepy

from tests.rig.child import Child
from tests.rig.until import until

Stat = dict[str, Any]


class BadDisk:
    """A mounted folder. Needs /dev/fuse and the right to mount."""

    def __init__(self, folder: Path) -> None:
        self.mount = folder / "disk"
        self._behind = folder / "behind"
        self._orders = folder / "orders.json"
        for made in (self.mount, self._behind):
            made.mkdir(parents=True)
        self.behave()
        self._child = Child(
            "bad disk",
            [sys.executable, "-m", "tests.rig.bad_disk", *map(str, self._paths())],
            folder / "disk.log",
        )

    def _paths(self) -> tuple[Path, ...]:
        return (self._behind, self.mount, self._orders)

    def behave(
        self, *, write_s: float = 0.0, is_full: bool = False, is_sealed: bool = False
    ) -> None:
        """From now on every write lasts ``write_s``; or the disk is full, or read-only."""
        self._tell(write_s=write_s, is_full=is_full, is_sealed=is_sealed)

    def stall(self, for_s: float) -> None:
        """Do nothing at all for so long, then go on."""
        self._tell(stalls_until=time.time() + for_s)

    def _tell(self, **orders: Any) -> None:
        told = self._orders.with_suffix(".new")
        told.write_text(json.dumps(orders))
        told.rename(self._orders)

    def __enter__(self) -> Self:
        def mounted() -> bool:
            self._child.check()
            return self.mount.is_mount()

        until(mounted, 10, "the disk is mounted")
        return self

    def __exit__(self, *_error: object) -> None:
        self.behave()
        subprocess.run(["umount", "--lazy", self.mount], check=False)
        self._child.stop()


class _Disk(mfusepy.Operations):
    """Passes everything on to a real folder."""

    use_ns = True

    def __init__(self, behind: Path, orders: Path) -> None:
        self._behind = behind
        self._orders_file = orders

    def _at(self, path: str) -> Path:
        return self._behind / path.lstrip("/")

    def _changes(self) -> None:
        """Be as bad as ordered, before anything is changed on the disk."""
        orders = json.loads(self._orders_file.read_text())
        time.sleep(max(0.0, orders.get("stalls_until", 0.0) - time.time()))
        time.sleep(orders.get("write_s", 0.0))
        if orders.get("is_full"):
            raise mfusepy.FuseOSError(errno.ENOSPC)
        if orders.get("is_sealed"):
            raise mfusepy.FuseOSError(errno.EROFS)

    def getattr(self, path: str, fh: int | None = None) -> Stat:
        stat = os.lstat(self._at(path))
        found = {key: getattr(stat, key) for key in dir(stat) if key.startswith("st_")}
        return found | {f"st_{k}time": getattr(stat, f"st_{k}time_ns") for k in "amc"}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *(found.name for found in self._at(path).iterdir())]

    def statfs(self, path: str) -> Stat:
        stat = os.statvfs(self._at(path))
        found = {key: getattr(stat, key) for key in dir(stat) if key.startswith("f_")}
        if json.loads(self._orders_file.read_text()).get("is_full"):
            found |= {"f_bfree": 0, "f_bavail": 0}
        return found

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags & ~os.O_NOFOLLOW)

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self._changes()
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._changes()
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        self._changes()
        os.truncate(self._at(path), length)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        self._changes()
        os.fsync(fh)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def mkdir(self, path: str, mode: int) -> None:
        self._changes()
        self._at(path).mkdir(mode)

    def rmdir(self, path: str) -> None:
        self._changes()
        self._at(path).rmdir()

    def unlink(self, path: str) -> None:
        self._at(path).unlink()

    def rename(self, old: str, new: str) -> None:
        self._changes()
        self._at(old).rename(self._at(new))

    def link(self, new: str, old: str) -> None:
        self._changes()
        self._at(new).hardlink_to(self._at(old))

    def chmod(self, path: str, mode: int) -> None:
        self._at(path).chmod(mode)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        os.utime(self._at(path), ns=times)


def main() -> None:
    """Serve ``behind`` at ``mount``."""
    behind, mount, orders = map(Path, sys.argv[1:])
    mfusepy.FUSE(_Disk(behind, orders), str(mount), foreground=True, nothreads=True)


if __name__ == "__main__":
    main()
