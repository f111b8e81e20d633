"""Ears: what is in a sound file, measured.

A *level* is in dBFS: 0 is a sine that just fills the 16 bits (AES17), so a sine of a quarter of
full scale is at -12. A *window* is a tenth of a second unless told otherwise.
"""

from __future__ import annotations

import struct
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float64]

WINDOW_S = 0.1
SILENT_DBFS = -120.0
_PIECE_S = 0.02
_SINE_DB = 10 * np.log10(2)  # a sine's mean square is half of its peak's


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A silence between sounds."""

    at_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel: ``samples`` from -1 to 1."""

    samples: Samples
    rate_hz: int

    @property
    def length_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def part(self, start_s: float, end_s: float | None = None) -> Sound:
        """From ``start_s`` to ``end_s`` (None: the end); negative times count from the end."""
        end = None if end_s is None else round(end_s * self.rate_hz)
        return Sound(self.samples[round(start_s * self.rate_hz) : end], self.rate_hz)

    def level_dbfs(self) -> float:
        """The level of the whole."""
        return _level(self.samples)

    def levels_dbfs(self, window_s: float = _PIECE_S) -> Samples:
        """The level of every window, in order."""
        return np.array([_level(window) for window in self._windows(window_s)])

    def frequency_hz(self) -> float:
        """The frequency with the most energy; 0 when there is no sound."""
        if len(self.samples) < 16 or self.level_dbfs() <= SILENT_DBFS:
            return 0.0
        shaped = self.samples * np.hanning(len(self.samples))
        spectrum = np.abs(np.fft.rfft(shaped, 4 * len(shaped)))
        return float(np.argmax(spectrum) * self.rate_hz / (4 * len(shaped)))

    def purity(self, hz: float, window_s: float = WINDOW_S) -> Samples:
        """For every window, how much of its energy is a sine of ``hz``: 0 to 1.

        A lost packet, a click or a jump of the jitter buffer shows in its window.
        """
        return np.array([_purity(w, hz, self.rate_hz) for w in self._windows(window_s)])

    def sounding(self, threshold_dbfs: float = -50.0) -> Sound:
        """From the first 20 ms above the threshold to the last; empty when there is none."""
        loud = np.flatnonzero(self.levels_dbfs() > threshold_dbfs)
        if not len(loud):
            return Sound(self.samples[:0], self.rate_hz)
        piece = round(_PIECE_S * self.rate_hz)
        return Sound(self.samples[loud[0] * piece : (loud[-1] + 1) * piece], self.rate_hz)

    def first_sound_s(self, threshold_dbfs: float = -50.0) -> float:
        """When the first 20 ms above the threshold begin; the length when there are none."""
        loud = np.flatnonzero(self.levels_dbfs() > threshold_dbfs)
        return float(loud[0] * _PIECE_S) if len(loud) else self.length_s

    def gaps(self, threshold_dbfs: float = -50.0, shortest_s: float = _PIECE_S) -> list[Gap]:
        """Silences of at least ``shortest_s`` between the first sound and the last."""
        loud = np.flatnonzero(self.levels_dbfs() > threshold_dbfs)
        return [
            Gap(at_s=float((before + 1) * _PIECE_S), length_s=float(pieces * _PIECE_S))
            for before, pieces in zip(loud, np.diff(loud) - 1, strict=False)
            if pieces * _PIECE_S >= shortest_s - 1e-9
        ]

    def _windows(self, window_s: float) -> Sequence[Samples]:
        size = round(window_s * self.rate_hz)
        whole = len(self.samples) // size
        return list(self.samples[: whole * size].reshape(whole, size))


NOTHING = Sound(np.zeros(0), 8000)
"""What is in a file that is not there yet."""


def read(path: Path, channel: int = 0) -> Sound:
    """One channel of a WAV file of 16-bit samples, also of one that is still being written,
    whose header has no true length yet; or of a FLAC or Opus file that is whole.

    Raises:
        wave.Error: it is no such file.
    """
    if path.suffix != ".wav":
        frames, rate_hz = soundfile.read(path, always_2d=True)
        return Sound(frames[:, channel], rate_hz)
    content = path.read_bytes()
    place, channels, rate_hz = 12, 0, 0
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        place += 8
        if name == b"fmt ":
            _kind, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", content, place)
            if bits != 16:
                raise wave.Error(f"{path.name} has {bits} bits, not 16")
        if name == b"data":
            break
        place += size + size % 2
    if not channels:
        raise wave.Error(f"{path.name} has no header yet")
    end = place + size if 0 < size <= len(content) - place else len(content)
    end -= (end - place) % (2 * channels)
    pairs = np.frombuffer(content[place:end], dtype="<i2").reshape(-1, channels)
    return Sound(pairs[:, channel].astype(np.float64) / 32768, rate_hz)


def write(path: Path, samples: bytes, rate_hz: int = 8000) -> Path:
    """Write a mono WAV file of samples of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples)
    return path


def write_tone(
    path: Path, hz: float, *, level_dbfs: float = -12.0, length_s: float = 10.0, rate_hz: int = 8000
) -> Path:
    """Write a mono WAV file of a sine; it repeats without a seam if hz * length_s is whole."""
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    samples = 32767 * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz * time_s)
    return write(path, np.round(samples).astype("<i2").tobytes(), rate_hz)


def _level(samples: Samples) -> float:
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return max(SILENT_DBFS, 10 * np.log10(power) + _SINE_DB) if power > 0 else SILENT_DBFS


def _purity(samples: Samples, hz: float, rate_hz: int) -> float:
    """The share of the energy that the best fitting sine of ``hz`` explains."""
    energy = float(np.sum(samples**2))
    if energy == 0.0:
        return 0.0
    phase = 2 * np.pi * hz * np.arange(len(samples)) / rate_hz
    basis = np.column_stack([np.sin(phase), np.cos(phase)])
    fit = basis @ np.linalg.lstsq(basis, samples, rcond=None)[0]
    return float(np.sum(fit**2)) / energy
