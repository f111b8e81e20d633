"""Loudness of prompts: every one is heard as loud as the others, and starts when it starts.

Levels are of active speech, as telephone networks measure it (ITU-T P.56, its idea: the mean
power of the 20 ms frames in which somebody speaks), in dBov: 0 is a square wave at full scale.
-22 dBov is -16 dBm0, a talker close to the microphone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE_HZ = 16000
TARGET_DBOV = -22.0
PEAK_DBOV = -1.0

Sound = npt.NDArray[np.float64]
"""Mono samples at ``RATE_HZ``, full scale ±1."""

_FRAME = RATE_HZ // 50
_ACTIVE_DB = 20.0
"""Frames this much below the loudest are pauses between words."""
_SILENT_DB = 40.0
"""Frames this much below the loudest, before the first word and after the last, are cut off."""


class Inaudible(ValueError):
    """There is no speech in a sound."""


def frames_db(sound: Sound) -> Sound:
    """The power of each 20 ms, in dBov; -120 where there is none."""
    whole = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return np.asarray(10 * np.log10(np.maximum((whole**2).mean(axis=1), 1e-12)))


def active_dbov(sound: Sound) -> float:
    """The level of the speech in a sound.

    Raises:
        Inaudible: there is none.
    """
    levels = frames_db(sound)
    if not len(levels) or levels.max() < -70:
        raise Inaudible("there is no speech in it")
    active = levels[levels > levels.max() - _ACTIVE_DB]
    return float(10 * np.log10((10 ** (active / 10)).mean()))


def trimmed(sound: Sound, *, lead_s: float, trail_s: float) -> Sound:
    """The speech alone, with so much silence around it.

    Raises:
        Inaudible: there is none.
    """
    levels = frames_db(sound)
    if not len(levels) or levels.max() < -70:
        raise Inaudible("there is no speech in it")
    heard = np.flatnonzero(levels > levels.max() - _SILENT_DB)
    speech = sound[heard[0] * _FRAME : (heard[-1] + 1) * _FRAME]
    pads = [np.zeros(int(pad_s * RATE_HZ)) for pad_s in (lead_s, trail_s)]
    return np.concatenate([pads[0], speech, pads[1]])


def levelled(sound: Sound) -> Sound:
    """The same at the target level, its peaks kept below full scale."""
    louder = sound * 10 ** ((TARGET_DBOV - active_dbov(sound)) / 20)
    limit = 10 ** (PEAK_DBOV / 20)
    knee = limit * 0.5
    over = np.abs(louder) > knee
    # Above the knee the peaks are bent, not cut: a soft limiter without memory.
    bent = knee + (limit - knee) * np.tanh((np.abs(louder) - knee) / (limit - knee))
    return np.where(over, np.sign(louder) * bent, louder)
