"""Levels of audio in dBm0, the telephone network's unit: 0 dBm0 is 3.14 dB below the loudest
sine that 16 bits can hold (ITU-T G.711)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE_HZ = 8000

RMS_AT_0_DBM0 = 32767 / math.sqrt(2) * 10 ** (-3.14 / 20)

SILENCE_DBM0 = -96.0
"""What digital silence is called: below one step of 16 bits."""


def samples_of(audio: bytes) -> Samples:
    """The samples in ``audio`` (S16LE), without copying."""
    return np.frombuffer(audio, dtype="<i2")


def bytes_of(samples: npt.NDArray[np.floating] | Samples) -> bytes:
    """``samples`` as S16LE; what is too loud is clipped, as a line card does."""
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


def rms_of(audio: bytes) -> float:
    """Root mean square of the samples, 0 to 32767; 0 for no audio."""
    samples = samples_of(audio)
    if not len(samples):
        return 0.0
    wide = samples.astype(np.float32)
    return math.sqrt(float(wide @ wide) / len(wide))


def level_dbm0(audio: bytes) -> float:
    """The level of ``audio``, ``SILENCE_DBM0`` at the least."""
    rms = rms_of(audio)
    if rms <= 0.0:
        return SILENCE_DBM0
    return max(SILENCE_DBM0, 20 * math.log10(rms / RMS_AT_0_DBM0))


def peak_of_sine(level_dbm0: float) -> float:
    """The amplitude of a sine at ``level_dbm0``."""
    return RMS_AT_0_DBM0 * math.sqrt(2) * float(10 ** (level_dbm0 / 20))


def amplified(audio: bytes, gain_db: float) -> bytes:
    """``audio`` louder by ``gain_db``; what is too loud then is clipped."""
    if not gain_db:
        return audio
    return bytes_of(samples_of(audio) * 10 ** (gain_db / 20))
