"""WAV files of signed 16-bit PCM: reading growing mono ones, writing whole ones of them.

A file that is being written, or was when the power went, has a header with the wrong length
(pjmedia fills it in when it closes the file), so the file's own length is what counts here.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]
Frames = np.ndarray[tuple[int, int], np.dtype[np.int16]]
"""Samples of several channels: a row for each instant, a column for each channel."""

SAMPLE_BYTES = 2
HEADER_BYTES = 44
"""RIFF, "fmt " and "data" headers with nothing between them, as pjmedia and we write them."""

_PCM = 1
_LARGEST_BYTES = 0xFFFFFFFF - HEADER_BYTES
"""The lengths in a WAV header have 32 bits."""

_CHUNK_SAMPLES = 64 * 1024
_SEARCH_BYTES = 4096


class BadWav(ValueError):
    """The file is not what switchd writes; it will not become so by trying again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One mono file as it was when it was looked at. A file that is not there, or has not even
    a whole header, is a track without samples."""

    path: Path
    rate_hz: int
    offset_bytes: int  # where the samples begin
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: ``samples`` a channel, the file's length and its SHA-256 in hex, and that
    of the samples alone."""

    samples: int
    bytes: int
    sha256: str
    sound_sha256: str


def look_at(path: Path, rate_hz: int) -> Track:
    """The track in ``path``, which must have the sample rate ``rate_hz``.

    Raises:
        BadWav: the file is something else.
        OSError: it cannot be read.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    if size < HEADER_BYTES:
        return Track(path=path, rate_hz=rate_hz, offset_bytes=0, samples=0)
    with path.open("rb") as file:
        head = file.read(_SEARCH_BYTES)
    offset = _samples_offset(head, rate_hz, path)
    samples = (size - offset) // SAMPLE_BYTES
    return Track(path=path, rate_hz=rate_hz, offset_bytes=offset, samples=samples)


def rate_of(path: Path) -> int | None:
    """The sample rate in a file's header in Hz; None when it has no readable header."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    if len(head) < HEADER_BYTES or head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt ":
        return None
    return int(struct.unpack_from("<I", head, 24)[0])


def write_stereo(left: Track, right: Track, out: BinaryIO, proceed: Callable[[], None]) -> Written:
    """Write both tracks side by side into ``out``; the shorter one is silent at its end.
    ``proceed`` is called between chunks of a few seconds and may raise to stop.

    Raises:
        BadWav: together they are longer than a WAV file can be, or differ in rate.
        OSError: the disk is full or fails.
    """
    samples = max(left.samples, right.samples)
    pcm_bytes = samples * SAMPLE_BYTES * 2
    if left.rate_hz != right.rate_hz:
        raise BadWav(f"the sides differ in rate: {left.rate_hz} and {right.rate_hz} Hz")
    if pcm_bytes > _LARGEST_BYTES:
        raise BadWav(f"{pcm_bytes} bytes of sound are more than a WAV file can hold")
    return _write((left, right), samples, out, proceed)


def write_mono(track: Track, samples: int, out: BinaryIO, proceed: Callable[[], None]) -> Written:
    """Write the first ``samples`` of a track into ``out``.

    Raises:
        BadWav: they are more than a WAV file can hold.
        OSError: the disk is full or fails.
    """
    if samples * SAMPLE_BYTES > _LARGEST_BYTES:
        raise BadWav(f"{samples} samples are more than a WAV file can hold")
    return _write((track,), samples, out, proceed)


def _write(
    tracks: Sequence[Track], samples: int, out: BinaryIO, proceed: Callable[[], None]
) -> Written:
    pcm_bytes = samples * SAMPLE_BYTES * len(tracks)
    digest, sound = hashlib.sha256(), hashlib.sha256()
    head = header(tracks[0].rate_hz, len(tracks), pcm_bytes)
    digest.update(head)
    out.write(head)
    for block in blocks(tracks, samples, proceed):
        content = block.tobytes()
        digest.update(content)
        sound.update(content)
        out.write(content)
    return Written(
        samples=samples,
        bytes=HEADER_BYTES + pcm_bytes,
        sha256=digest.hexdigest(),
        sound_sha256=sound.hexdigest(),
    )


def blocks(tracks: Sequence[Track], samples: int, proceed: Callable[[], None]) -> Iterator[Frames]:
    """The tracks side by side, a few seconds at a time; one that is shorter than ``samples`` is
    silent at its end."""
    for start in range(0, samples, _CHUNK_SAMPLES):
        proceed()
        block = np.zeros((min(_CHUNK_SAMPLES, samples - start), len(tracks)), dtype="<i2")
        for channel, track in enumerate(tracks):
            part = read_samples(track, start, len(block))
            block[: len(part), channel] = part
        yield block


def read_samples(track: Track, start: int, count: int) -> Samples:
    """At most ``count`` samples of a track from ``start`` on; none behind its end."""
    count = min(count, track.samples - start)
    if count <= 0:
        return np.zeros(0, dtype="<i2")
    offset = track.offset_bytes + start * SAMPLE_BYTES
    return np.fromfile(track.path, dtype="<i2", count=count, offset=offset)


def _samples_offset(head: bytes, rate_hz: int, path: Path) -> int:
    """Where the samples begin, by the chunks in the header."""
    if not any(head[:HEADER_BYTES]):
        # After a power cut a file can have its length but not its first page: zeros. pjmedia's
        # header has no other chunks, so the samples are where they always are.
        return HEADER_BYTES
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise BadWav(f"{path.name} is no WAV file")
    place = 12
    while place + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, place)
        if name == b"fmt ":
            _check_format(head[place + 8 : place + 24], rate_hz, path)
        if name == b"data":
            return int(place + 8)
        place += 8 + size + size % 2
    raise BadWav(f"{path.name} has no data chunk in its first {len(head)} bytes")


def _check_format(body: bytes, rate_hz: int, path: Path) -> None:
    if len(body) < 16:
        raise BadWav(f"{path.name} ends within its header")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body)
    if (kind, channels, rate, bits) != (_PCM, 1, rate_hz, 8 * SAMPLE_BYTES):
        raise BadWav(
            f"{path.name} is format {kind}, {channels} channels, {rate} Hz, {bits} bits; "
            f"expected PCM, 1 channel, {rate_hz} Hz, 16 bits"
        )


def header(rate_hz: int, channels: int, pcm_bytes: int) -> bytes:
    """The head of a file with so many bytes of samples."""
    block = SAMPLE_BYTES * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", HEADER_BYTES - 8 + pcm_bytes, b"WAVE",
        b"fmt ", 16, _PCM, channels, rate_hz, rate_hz * block, block, 8 * SAMPLE_BYTES,
        b"data", pcm_bytes,
    )  # fmt: skip
