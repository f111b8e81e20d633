"""A greeting that somebody uploads: any PCM WAV file, made into one the exchange plays."""

from __future__ import annotations

import io
import wave

import numpy as np

LARGEST_BYTES = 24 * 1024 * 1024
"""Two minutes of the best a computer records: 48 kHz, stereo, 16 bits."""

LONGEST_S = 120.0
_SHORTEST_S = 0.5
_WIDTHS = {2: "<i2", 4: "<i4"}
_RATES_HZ = range(8000, 48001)


class BadSound(ValueError):
    """It cannot be played as a greeting."""


def mono(content: bytes) -> bytes:
    """The WAV file as one of 16 bits and one channel, at its own rate.

    Raises:
        BadSound: it is no such file, or too long, or too short.
    """
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            form, frames = file.getparams(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadSound(f"no WAV file of plain samples: {error}") from error
    if form.sampwidth not in _WIDTHS or form.framerate not in _RATES_HZ:
        raise BadSound(f"{8 * form.sampwidth} bits at {form.framerate} Hz are not played")
    whole = len(frames) // (form.sampwidth * form.nchannels) * form.sampwidth * form.nchannels
    samples = np.frombuffer(frames[:whole], dtype=_WIDTHS[form.sampwidth])
    if not _SHORTEST_S <= len(samples) / form.nchannels / form.framerate <= LONGEST_S:
        raise BadSound("it is too long or too short")
    mixed = samples.reshape(-1, form.nchannels).astype(np.float64).mean(axis=1)
    scale = 1.0 if form.sampwidth == 2 else 1 / 65536
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(form.framerate)
        file.writeframes(np.clip(mixed * scale, -32768, 32767).astype("<i2").tobytes())
    return out.getvalue()
