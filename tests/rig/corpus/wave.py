"""What all makers of sound share: samples as floats at 8 kHz, and a source of chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw.signal.level import RATE_HZ

Wave = NDArray[np.float64]
Chance = np.random.Generator


def count(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def seconds(length_s: float) -> Wave:
    """The times of the samples."""
    return np.arange(count(length_s)) / RATE_HZ


def gliding(hertz: Wave) -> Wave:
    """A sine whose frequency is given for each sample."""
    return np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ)


def joined(pieces: list[Wave], length_s: float) -> Wave:
    """One after the other, cut or repeated to a length."""
    whole = np.concatenate(pieces)
    return np.resize(whole, count(length_s))


def band(wave: Wave, low_hz: float, high_hz: float) -> Wave:
    """What of ``wave`` lies between."""
    spectrum = np.fft.rfft(wave)
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    spectrum[(hertz < low_hz) | (hertz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(wave))
