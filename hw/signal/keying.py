"""Telling the two keyings of caller ID apart: their receiver hears both (``caller_id``)."""

from __future__ import annotations

import numpy as np

from hw.signal.caller_id import Standard
from hw.signal.level import RATE_HZ, samples_of

_PIECE = RATE_HZ // 10
_TONES_HZ = {Standard.BELL: (1200, 2200), Standard.V23: (1300, 2100)}
_BESIDE_HZ = 15.0


def standard_of(audio: bytes) -> Standard:
    """Which of both the caller ID in ``audio`` was keyed in. It begins with a carrier of ones,
    150 ms at least (GR-30, EN 300 659), which is where both differ most."""
    wave = samples_of(audio).astype(np.float64)
    strengths = dict.fromkeys(Standard, 0.0)
    hertz = np.fft.rfftfreq(_PIECE, 1 / RATE_HZ)
    for at in range(0, len(wave) - _PIECE + 1, _PIECE // 2):
        spectrum = np.abs(np.fft.rfft(wave[at : at + _PIECE] * np.hanning(_PIECE))) ** 2
        total = float(spectrum.sum()) or 1.0
        for standard, (mark_hz, _space_hz) in _TONES_HZ.items():
            share = float(spectrum[np.abs(hertz - mark_hz) <= _BESIDE_HZ].sum()) / total
            strengths[standard] = max(strengths[standard], share if total > _PIECE else 0.0)
    return max(strengths, key=strengths.__getitem__)
