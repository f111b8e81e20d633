"""A disk that can be full to the last block: ext4 in a file, on a loop device.

Its blocks are smaller than the machine's pages, as on every ext4 below 512 MB: the hardest case
for who maps files, because a page can have one block and lack the next (mke2fs.conf(5)).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE_BYTES = 64 * 1024 * 1024
_CHUNKS_BYTES = (1024 * 1024, 4096, 1)


def why_not() -> str:
    """What this machine lacks for one, or ""."""
    if os.geteuid() != 0:
        return "mounting a disk of ours needs root"
    if not os.access("/dev/loop-control", os.W_OK):
        return "mounting a disk of ours needs loop devices (/dev/loop-control)"
    if shutil.which("mkfs.ext4", path="/usr/sbin:/sbin") is None:
        return "mounting a disk of ours needs mkfs.ext4 (e2fsprogs)"
    return ""


class FullDisk:
    """A mounted folder."""

    def __init__(self, folder: Path) -> None:
        self.mount = folder / "mount"
        self._image = folder / "disk.img"
        self._filling = self.mount / "filling"

    def fill(self) -> None:
        """Leave no room for a single byte of anybody's, root's included."""
        with self._filling.open("ab", buffering=0) as file:
            for chunk in _CHUNKS_BYTES:
                _write_until_full(file.fileno(), chunk)

    def make_room(self) -> None:
        """There is room again."""
        self._filling.unlink()

    def free_bytes(self) -> int:
        """What is left."""
        return shutil.disk_usage(self.mount).free

    def __enter__(self) -> Self:
        self.mount.mkdir(parents=True)
        with self._image.open("wb") as file:
            file.truncate(SIZE_BYTES)
        _run("mkfs.ext4", "-q", "-b", "1024", "-m", "0", str(self._image))
        _run("mount", "-o", "loop", str(self._image), str(self.mount))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _run("umount", "--lazy", str(self.mount))
        self._image.unlink()


def _write_until_full(descriptor: int, chunk: int) -> None:
    try:
        while True:
            os.write(descriptor, bytes(chunk))
    except OSError:
        os.fsync(descriptor)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=30, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
