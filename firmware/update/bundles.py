"""Where bundles come from: an address, USB sticks, a file. All end as one file in our folder.

An address is a folder on any web server. ``markaz-x86.json`` in it says what the newest bundle is::

    {"version": "1.4.0", "file": "markaz-x86-1.4.0.raucb", "bytes": 243000000,
     "sha256": "9f86...", "notes": "..."}

It is believed in nothing that matters: the bundle's signature decides, and a bundle that is not
newer than the release that runs is not offered. Fetching goes on where it was cut off, also by a
power cut.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import msgspec

from firmware.update.journal import Bundle, sync_folder

_PIECE_BYTES = 64 * 1024
_SPARE_BYTES = 200_000_000
"""What stays free for calls and recordings."""

_LARGEST_BYTES = 4_000_000_000
_SILENCE_S = 60.0
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}\.raucb$")
_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class NotBrought(RuntimeError):
    """There is no bundle on the disk; the text says why."""


class _Index(msgspec.Struct, frozen=True):
    version: str
    file: str
    bytes: int
    sha256: str
    notes: str = ""


def session(ca: str) -> aiohttp.ClientSession:
    """A web client. ``ca`` is a PEM file of who signs the server's certificate, "" the system's."""
    context = ssl.create_default_context(cafile=ca or None)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=30.0, sock_read=_SILENCE_S),
        trust_env=True,
    )


async def offered(web: aiohttp.ClientSession, address: str, board: str) -> Bundle:
    """What the address has for this board.

    Raises:
        NotBrought: it does not answer, or says what cannot be understood.
    """
    url = f"{address.rstrip('/')}/{board}.json"
    try:
        async with web.get(url) as answer:
            if answer.status != 200:
                raise NotBrought(f"{url} answers {answer.status} {answer.reason}")
            index = msgspec.json.decode(await answer.content.read(65536), type=_Index)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotBrought(f"{url} does not answer: {error or type(error).__name__}") from error
    except msgspec.MsgspecError as error:
        raise NotBrought(f"{url} is no description of a bundle: {error}") from error
    if not _NAME.match(index.file) or not _DIGEST.match(index.sha256):
        raise NotBrought(f"{url} names no bundle: {index.file!r}")
    if not 0 < index.bytes <= _LARGEST_BYTES:
        raise NotBrought(f"{url} names a bundle of {index.bytes} bytes")
    return Bundle(
        version=index.version,
        source="address",
        place=f"{address.rstrip('/')}/{index.file}",
        bytes=index.bytes,
        sha256=index.sha256,
        notes=index.notes[:2000],
    )


async def fetch(
    web: aiohttp.ClientSession,
    bundle: Bundle,
    folder: Path,
    *,
    rate_kbit: int,
    told: Callable[[int], None],
) -> Bundle:
    """Fetch it into ``folder``; what is there of it already is not fetched again. ``told`` gets
    percent.

    Raises:
        NotBrought: it is not there yet; what came so far stays for the next time.
    """
    name = bundle.place.rpartition("/")[2]
    part = folder / f"{name}.{bundle.sha256[:16]}.part"
    _make_room(folder, part, bundle.bytes)
    if _there(part) > bundle.bytes:
        part.unlink()
    try:
        await _fetch_rest(web, bundle, part, rate_kbit=rate_kbit, told=told)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotBrought(f"{bundle.place}: {error or type(error).__name__}") from error
    if await asyncio.to_thread(_digest, part) != bundle.sha256:
        part.unlink()
        raise NotBrought(f"{bundle.place} is not what was described: it is fetched anew")
    _keep(part, folder / name)
    return replace(bundle, file=name)


async def _fetch_rest(
    web: aiohttp.ClientSession,
    bundle: Bundle,
    part: Path,
    *,
    rate_kbit: int,
    told: Callable[[int], None],
) -> None:
    there = _there(part)
    if there == bundle.bytes:
        return
    async with web.get(bundle.place, headers={"Range": f"bytes={there}-"}) as answer:
        if answer.status not in {200, 206}:
            raise NotBrought(f"{bundle.place} answers {answer.status} {answer.reason}")
        if answer.status == 200:  # a server that does not know ranges begins at the beginning
            there = 0
        with part.open("ab" if there else "wb") as file:
            async for piece in answer.content.iter_chunked(_PIECE_BYTES):
                there += len(piece)
                if there > bundle.bytes:
                    raise NotBrought(f"{bundle.place} is longer than was described")
                file.write(piece)
                told(100 * there // bundle.bytes)
                await asyncio.sleep(8 * len(piece) / (1000 * rate_kbit))
            file.flush()
            os.fsync(file.fileno())
    if there < bundle.bytes:
        raise NotBrought(f"{bundle.place} ended after {there} of {bundle.bytes} bytes")


def on_sticks(folder: Path) -> list[Path]:
    """The files that may be bundles on what is mounted below ``folder``, one folder a stick; in
    the stick's own folder or in one called "markaz"."""
    found: list[Path] = []
    for pattern in ("*/*.raucb", "*/markaz/*.raucb"):
        try:
            found += [path for path in folder.glob(pattern) if path.is_file()]
        except OSError:  # drawn out meanwhile
            continue
    return sorted(found)


def copy(source: Path, bundle: Bundle, folder: Path, told: Callable[[int], None]) -> Bundle:
    """Copy a bundle from a stick or another place of the box: a stick may be drawn out.

    Raises:
        NotBrought: it is not there.
    """
    if not _NAME.match(source.name):
        raise NotBrought(f"{source} has no name a bundle may have: letters, digits, . _ + - .raucb")
    part = folder / f"{source.name}.part"
    try:
        size = source.stat().st_size
        part.unlink(missing_ok=True)
        _make_room(folder, part, size)
        with source.open("rb") as old, part.open("wb") as new:
            done = 0
            while piece := old.read(_PIECE_BYTES * 16):
                new.write(piece)
                done += len(piece)
                told(100 * done // max(size, 1))
            new.flush()
            os.fsync(new.fileno())
    except OSError as error:
        part.unlink(missing_ok=True)
        raise NotBrought(f"{source} cannot be copied: {error}") from error
    _keep(part, folder / source.name)
    return replace(bundle, file=source.name, bytes=size)


def remove(folder: Path, keep: str = "") -> None:
    """Take away every bundle but the one called ``keep``, and every part."""
    for path in folder.glob("*"):
        if path.name != keep:
            path.unlink(missing_ok=True)


def _keep(part: Path, path: Path) -> None:
    part.rename(path)
    sync_folder(path.parent)


def _make_room(folder: Path, part: Path, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("*"):  # of another bundle: one is kept at a time
        if old != part:
            old.unlink(missing_ok=True)
    there = _there(part)
    free = shutil.disk_usage(folder).free
    if free < size - there + _SPARE_BYTES:
        raise NotBrought(
            f"the bundle needs {size // 1_000_000} MB and {_SPARE_BYTES // 1_000_000} MB must stay "
            f"free; {free // 1_000_000} MB are: delete recordings, or keep them elsewhere"
        )


def _there(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
