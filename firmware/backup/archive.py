"""The archive: a tar, packed by gzip, encrypted by age; the file of one backup.

::

    config/site.sqlite   store/markaz.sqlite   voicemail/101/...   ...   manifest.json

The manifest is the last member, because it holds the SHA-256 of what went by before it. An
archive whose end is missing is therefore none, and what is in it and not in the manifest, or the
other way round, makes it none as well. Everything streams: neither a board's memory nor its disk
has to hold it twice. ``age -d -i KEY FILE | tar xz`` opens it on any computer.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import msgspec

from firmware.backup.contents import copy_database, find, is_ours
from firmware.backup.failure import BadArchive, Stopped
from firmware.config.home import Home
from firmware.store.sealed import CannotOpen, decrypt_stream, encrypt_stream
from firmware.version import VERSION

FORMAT = 1
MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 256 * 1024 * 1024
_PIECE_BYTES = 1 << 20
_COMPRESSION = 1  # sound hardly shrinks; databases do at any level


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its path below the box's folder, its size and its SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds. ``created_at`` is in Unix seconds; ``markaz`` is the release."""

    format: int
    markaz: str
    created_at: float
    recordings: bool
    files: tuple[Entry, ...]


class Hashed:
    """A file that is written, and the SHA-256 of what was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        """All of it."""
        self._digest.update(piece)
        return self._file.write(piece)

    def flush(self) -> None:
        """As the file does."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """In hex."""
        return self._digest.hexdigest()


def write(
    home: Home,
    out: BinaryIO,
    recipients: Sequence[str],
    *,
    created_at: float,
    recordings: bool,
    stop: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Write an archive of the box as it is now, which may go on working.

    Raises:
        BackupFailed: a database is damaged.
        CannotOpen: this board cannot encrypt.
        OSError, sqlite3.Error: something cannot be read or written.
        Stopped: ``stop`` said so.
    """

    def proceed() -> None:
        if stop():
            raise Stopped

    made: list[Manifest] = []

    def produce(sink: BinaryIO) -> None:
        with (
            gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=_COMPRESSION, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            entries = tuple(_add_all(home, tar, recordings, proceed))
            manifest = Manifest(
                format=FORMAT,
                markaz=VERSION,
                created_at=created_at,
                recordings=recordings,
                files=entries,
            )
            _add_manifest(tar, manifest)
        made.append(manifest)

    with _fed_by(produce) as source:
        encrypt_stream(source, out, recipients)
    return made[0]


def read(
    archive: Path, identity_file: Path, keep: Callable[[PurePosixPath, BinaryIO], None]
) -> Manifest:
    """Read an archive from its first to its last byte and give each file to ``keep``, which
    need not read it. Nothing is known to be right before this returns.

    Raises:
        BadArchive: it is damaged, of another key, or holds what no backup of ours holds.
        OSError: it cannot be read; or raised by ``keep``.
    """

    def produce(sink: BinaryIO) -> None:
        with archive.open("rb") as file:
            decrypt_stream(file, sink, identity_file, archive.name)

    try:
        with _fed_by(produce) as source:
            manifest = _read_tar(source, keep)
            while source.read(_PIECE_BYTES):  # to the end, which is authentic too
                pass
    except CannotOpen as error:
        raise BadArchive(f"{error} ({_advice(str(error))})") from error
    except UnicodeDecodeError as error:
        raise BadArchive(f"{identity_file} holds no key of age") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadArchive(f"{archive.name} is damaged, or no backup: {error}") from error
    return manifest


def _advice(said: str) -> str:
    """What to make of age's words, which are for programmers."""
    if "No matching keys" in said:
        return "it was made for another key"
    return "it is damaged or cut off, or no backup: take another one"


def _add_all(
    home: Home, tar: tarfile.TarFile, recordings: bool, proceed: Callable[[], None]
) -> Iterator[Entry]:
    with tempfile.TemporaryDirectory(dir=home.backup, prefix="copy-") as folder:
        copy = Path(folder) / "database"
        for path in find(home, recordings=recordings).databases:
            proceed()
            copy_database(home.root / path, copy)
            yield _add(tar, path, copy, proceed)
            copy.unlink()
    for path in find(home, recordings=recordings).files:  # looked for after the rows: see contents
        try:
            yield _add(tar, path, home.root / path, proceed)
        except FileNotFoundError:
            continue  # its owner deleted it meanwhile


def _add(
    tar: tarfile.TarFile, path: PurePosixPath, file: Path, proceed: Callable[[], None]
) -> Entry:
    with file.open("rb") as opened:
        about = os.fstat(opened.fileno())
        member = tarfile.TarInfo(str(path))
        member.size, member.mtime, member.mode = about.st_size, int(about.st_mtime), 0o600
        read_through = _Reading(opened, proceed)
        tar.addfile(member, cast("BinaryIO", read_through))
    return Entry(path=str(path), bytes=member.size, sha256=read_through.sha256)


class _Reading:
    """A file that is read, and the SHA-256 of what was."""

    def __init__(self, file: BinaryIO, proceed: Callable[[], None] = lambda: None) -> None:
        self._file = file
        self._proceed = proceed
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        self._proceed()
        piece = self._file.read(size)
        self._digest.update(piece)
        self.size += len(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _add_manifest(tar: tarfile.TarFile, manifest: Manifest) -> None:
    text = msgspec.json.encode(manifest)
    member = tarfile.TarInfo(MANIFEST)
    member.size, member.mtime, member.mode = len(text), int(manifest.created_at), 0o600
    tar.addfile(member, io.BytesIO(text))


def _read_tar(source: BinaryIO, keep: Callable[[PurePosixPath, BinaryIO], None]) -> Manifest:
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    with (
        gzip.GzipFile(fileobj=source, mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for member in tar:
            if manifest is not None:
                raise BadArchive("something follows the manifest: this is no backup of ours")
            file = _opened(tar, member, found)
            if member.name == MANIFEST:
                manifest = _manifest(file, member.size)
                continue
            reading = _Reading(file)
            keep(PurePosixPath(member.name), cast("BinaryIO", reading))
            while reading.read(_PIECE_BYTES):
                pass
            found[member.name] = Entry(path=member.name, bytes=reading.size, sha256=reading.sha256)
    if manifest is None:
        raise BadArchive("the archive has no manifest: its end is missing, or it is no backup")
    _compare(manifest, found)
    return manifest


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo, found: dict[str, Entry]) -> BinaryIO:
    """A member that may be there: a plain file, once, below a folder of ours."""
    path = PurePosixPath(member.name)
    if not (member.name == MANIFEST or is_ours(path)) or str(path) != member.name:
        raise BadArchive(f"the archive holds {member.name!r}, which no backup of ours does")
    if not member.isreg() or member.name in found:
        raise BadArchive(f"{member.name!r} in the archive is no plain file, or there twice")
    file = tar.extractfile(member)
    if file is None:
        raise BadArchive(f"{member.name!r} in the archive is no plain file")
    return cast("BinaryIO", file)


def _manifest(file: BinaryIO, size: int) -> Manifest:
    if size > _MANIFEST_LIMIT:
        raise BadArchive(f"the archive's manifest has {size} bytes: this is no backup of ours")
    try:
        manifest = msgspec.json.decode(file.read(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise BadArchive(f"the archive's manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BadArchive(
            f"the archive has format {manifest.format} (Markaz {manifest.markaz}) and this "
            f"release reads {FORMAT}: restore it with the release that made it"
        )
    return manifest


def _compare(manifest: Manifest, found: dict[str, Entry]) -> None:
    listed = {entry.path: entry for entry in manifest.files}
    for path in sorted(listed.keys() | found.keys()):
        if listed.get(path) != found.get(path):
            raise BadArchive(f"{path!r} in the archive is not as its manifest says")


@contextmanager
def _fed_by(produce: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What a thread writes, as a file to read from: pyrage and tarfile both want to lead.

    What ``produce`` raises is raised at the end of the block, before anything the block itself
    raised because its food ended.
    """
    reader, writer = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writer, "wb", buffering=_PIECE_BYTES) as sink:
                produce(sink)
        except BrokenPipeError:
            return  # the reader has had enough, and says why
        except BaseException as error:  # noqa: BLE001 - handed to the reader's thread
            failed.append(error)

    thread = threading.Thread(target=run, name="backup pipe")
    thread.start()
    try:
        with os.fdopen(reader, "rb", buffering=_PIECE_BYTES) as source:
            yield source
    except Exception:
        thread.join()
        if failed:
            raise failed[0] from None
        raise
    thread.join()
    if failed:
        raise failed[0]
