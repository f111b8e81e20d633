"""What telephones leave with us by PUT and POST: logs, mostly. Kept small, never served.

A name is never a path here: it is made of letters we choose, in a folder of the telephone's own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

MOST_OF_FILE = 256 * 1024
MOST_OF_PHONE = 2 * 1024 * 1024
MOST_FILES = 32

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class TooMuch(ValueError):
    """A telephone wants to leave more than it may; says which limit."""


class Incoming(Protocol):
    """A request's body."""

    def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        """The body in pieces of at most ``n`` bytes."""
        ...


class Uploads:
    """The folder of what telephones left: ``<folder>/<telephone>/<name>``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(self, ident: str, path: str, body: Incoming) -> None:
        """Keep one upload; an older one of the same name is replaced.

        Raises:
            TooMuch: the file, or the telephone's folder, would become too large.
        """
        folder = self._folder / _UNSAFE.sub("_", ident)
        name = _UNSAFE.sub("_", path.rpartition("/")[2])[-64:].lstrip(".") or "upload"
        content = bytearray()
        async for piece in body.iter_chunked(16384):
            content += piece
            if len(content) > MOST_OF_FILE:
                raise TooMuch(f"{name} is larger than {MOST_OF_FILE} bytes")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        others = [f for f in folder.iterdir() if f.name != name]
        if sum(f.stat().st_size for f in others) + len(content) > MOST_OF_PHONE:
            raise TooMuch(f"its folder would be larger than {MOST_OF_PHONE} bytes")
        if len(others) >= MOST_FILES:
            raise TooMuch(f"it left {MOST_FILES} files already")
        (folder / name).write_bytes(content)

    def forget(self, ident: str) -> None:
        """Remove what a telephone left."""
        folder = self._folder / _UNSAFE.sub("_", ident)
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
