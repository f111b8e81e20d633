"""Encoding: two tracks become one FLAC or Ogg Opus file, which is decoded again and compared
before anybody relies on it. The codecs are libsndfile's.

FLAC must give back every sample. Of Opus, each channel must be as long and about as loud as it
was, and move as it did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from firmware.model.recording import RecordingFormat
from firmware.recorder.wav import SAMPLE_BYTES, Frames, Track, blocks

_CONTAINERS = {
    RecordingFormat.FLAC: ("FLAC", "PCM_16"),
    RecordingFormat.OPUS: ("OGG", "OPUS"),
}
"""What libsndfile calls them: the file's format and the coding in it."""

_AUDIBLE_RMS = 33.0
"""-60 dB below full scale. What is quieter is not compared by how it moves."""

_LEVEL_DB = 3.0
_LEAST_CORRELATION = 0.5
"""Speech at 16 kHz comes back from Opus with 0.9 and more, noise with 0.7; a channel that is
shifted, swapped or damaged with about 0."""


class CannotEncode(OSError):
    """The encoder gave up: it could not write, as on a full disk."""


class Unfaithful(ValueError):
    """What was decoded is not what was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What was encoded: samples a channel, and the SHA-256 of the samples side by side."""

    samples: int
    sha256: str


def encode(
    kind: RecordingFormat, tracks: Sequence[Track], descriptor: int, proceed: Callable[[], None]
) -> Sound:
    """Encode tracks, one a channel, into an empty open file. ``proceed`` is called every few
    seconds of sound and may raise to stop.

    Raises:
        CannotEncode: the file could not be written.
    """
    samples = max(track.samples for track in tracks)
    container, coding = _CONTAINERS[kind]
    digest = hashlib.sha256()
    try:
        with soundfile.SoundFile(
            descriptor, "w", tracks[0].rate_hz, len(tracks), coding,
            format=container, closefd=False,
        ) as file:  # fmt: skip
            for block in blocks(tracks, samples, proceed):
                digest.update(block.tobytes())
                file.write(block)
    except (soundfile.SoundFileError, AssertionError) as error:  # it asserts that all was written
        raise CannotEncode(f"the {kind} encoder could not write: {error}") from error
    return Sound(samples=samples, sha256=digest.hexdigest())


def compare(
    kind: RecordingFormat, tracks: Sequence[Track], path: Path, proceed: Callable[[], None]
) -> None:
    """Decode a file and compare it with the tracks it was made of.

    Raises:
        Unfaithful: it is something else.
        OSError: it cannot be read.
    """
    samples = max(track.samples for track in tracks)
    likeness = [_Likeness() for _ in tracks]
    try:
        with soundfile.SoundFile(path) as file:
            if (file.frames, file.channels) != (samples, len(tracks)):
                raise Unfaithful(f"{file.frames} samples of {file.channels} channels came back")
            for block in blocks(tracks, samples, proceed):
                back = file.read(len(block), dtype="int16", always_2d=True)
                _check_block(kind, block, back, likeness)
    except soundfile.SoundFileError as error:
        raise Unfaithful(f"it cannot be decoded: {error}") from error
    for channel, found in enumerate(likeness if kind is RecordingFormat.OPUS else ()):
        found.check(channel)


def _check_block(
    kind: RecordingFormat, block: Frames, back: Frames, likeness: Sequence[_Likeness]
) -> None:
    if back.shape != block.shape:
        raise Unfaithful(f"{len(back)} samples came back instead of {len(block)}")
    if kind is RecordingFormat.OPUS:
        for channel, found in enumerate(likeness):
            found.add(block[:, channel], back[:, channel])
    elif not np.array_equal(block, back):
        raise Unfaithful("samples came back that are not the ones recorded")


class _Likeness:
    """How alike one channel is to what came back of it, summed up block by block."""

    def __init__(self) -> None:
        self._count = 0
        self._sums = np.zeros(3)  # of x², y² and xy: both have no direct current to speak of

    def add(self, one: Any, other: Any) -> None:
        """Take in a block of each."""
        x, y = one.astype(np.float64), other.astype(np.float64)
        self._count += len(x)
        self._sums += (x @ x, y @ y, x @ y)

    def check(self, channel: int) -> None:
        """Raise ``Unfaithful`` when they differ too much."""
        rms = np.sqrt(self._sums[:2] / max(1, self._count))
        if rms[0] < _AUDIBLE_RMS:
            if rms[1] > 2 * _AUDIBLE_RMS:
                raise Unfaithful(f"channel {channel} was silent and came back loud")
            return
        if rms[1] == 0 or abs(20 * np.log10(rms[1] / rms[0])) > _LEVEL_DB:
            raise Unfaithful(
                f"channel {channel} came back {rms[1]:.0f} loud instead of {rms[0]:.0f}"
            )
        alike = self._sums[2] / (self._count * rms[0] * rms[1])
        if alike < _LEAST_CORRELATION:
            raise Unfaithful(f"channel {channel} came back alike by {alike:.2f} only")


def largest_bytes(tracks: Sequence[Track]) -> int:
    """How much room a file of these tracks can need, in any format."""
    samples = max(track.samples for track in tracks)
    return samples * SAMPLE_BYTES * len(tracks) + samples // 100 + 64 * 1024
