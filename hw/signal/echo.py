"""Measuring what comes back of our own sound: from the hybrid at once, from the far end later.

A burst of noise is sent and looked for in what is heard; noise is like nothing else on a line,
so speech and tones at the same time do little harm. The echo return loss is how much quieter it
comes back (ITU-T G.122).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0, bytes_of, samples_of

Wave = npt.NDArray[np.float64]

BURST_S = 0.8
LISTEN_S = 2.4
"""From the start of the burst: a satellite's echo is back by then."""

_LEVEL_DBM0 = -18.0
_LOW_HZ, _HIGH_HZ = 300, 3400
_FRAME_SAMPLES = 160
_NEAR_S = 0.3  # a hybrid answers within 30 ms; the rest is our own frames on their way
_SPAN = 400  # 50 ms: what belongs to one echo
_CLEAR = 4.0  # so much stronger than the rest, what is found is an echo
_NOTCH_HZ = 30.0
_FADE = 800  # samples
_REMNANT = 10 ** (-24 / 10)  # what is left of a near echo that was taken out


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """``return_loss_db`` is the hybrid's, None when nothing came back within ``depth_db``.
    ``far_loss_db`` is of a far end that sends back what it hears, ``far_delay_s`` after."""

    return_loss_db: float | None
    depth_db: float
    far_loss_db: float | None = None
    far_delay_s: float = 0.0


class Burst:
    """The noise, as something that makes audio: ``frame`` gives b"" when it is over."""

    def __init__(self) -> None:
        self.audio = burst()
        self._at = 0

    def frame(self) -> bytes:
        """The next 20 ms."""
        frame = self.audio[self._at : self._at + 2 * _FRAME_SAMPLES]
        self._at += len(frame)
        return frame


def burst() -> bytes:
    """Always the same noise, in the band of a telephone."""
    count = int(BURST_S * RATE_HZ)
    chance = np.random.default_rng(131)
    spectrum = np.fft.rfft(chance.normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(hertz < _LOW_HZ) | (hertz > _HIGH_HZ)] = 0
    wave = np.fft.irfft(spectrum, count)
    wave *= RMS_AT_0_DBM0 * 10 ** (_LEVEL_DBM0 / 20) / math.sqrt(float(np.mean(wave**2)))
    return bytes_of(wave)


def without(heard: bytes, freqs_hz: Sequence[float]) -> bytes:
    """``heard`` without the tones of these frequencies, and their overtones: a dial tone is a
    hundred times stronger than an echo beneath it."""
    wave = samples_of(heard).astype(np.float64)
    # The ends fade, so that a tone stays within its few hertz.
    fade = np.minimum(1.0, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / _FADE)
    spectrum = np.fft.rfft(wave * fade)
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    for one in freqs_hz:
        for overtone in (1, 2, 3):
            spectrum[np.abs(hertz - one * overtone) < _NOTCH_HZ] = 0
    return bytes_of(np.fft.irfft(spectrum, len(wave)))


def echo_in(heard: bytes) -> Echo:
    """What of ``burst`` is in ``heard``, which begins with it and lasts ``LISTEN_S``."""
    said = samples_of(burst()).astype(np.float64)
    wave = samples_of(heard).astype(np.float64)
    near = int(_NEAR_S * RATE_HZ)
    first = _strongest(said, wave, 0, near)
    far = _strongest(said, wave if first is None else wave - first.sound, near, len(wave))
    if far is not None and (first is None or far.power > first.power):
        # What is louder hides what is quieter: take it out, and look again.
        first = _strongest(said, wave - far.sound, 0, near)
        far = _strongest(said, wave if first is None else wave - first.sound, near, len(wave))
    if far is not None and first is not None and far.power < _REMNANT * first.power:
        far = None
    depth = _CLEAR * _floor(_found(said, wave))
    return Echo(
        return_loss_db=None if first is None else _loss(first.power),
        depth_db=_loss(depth),
        far_loss_db=None if far is None else _loss(far.power),
        far_delay_s=0.0 if far is None else (far.at - (first.at if first else 0)) / RATE_HZ,
    )


@dataclass(frozen=True, slots=True)
class _Back:
    """One echo: where it begins, its share of the power sent, and what of it is heard."""

    at: int
    power: float
    sound: Wave


def _strongest(said: Wave, wave: Wave, begin: int, end: int) -> _Back | None:
    """The strongest echo that begins between two samples, if one stands out."""
    power = _found(said, wave)
    end = min(end, len(power))
    if begin >= end:
        return None
    at = begin + int(np.argmax(power[begin:end]))
    floor = _floor(power)
    if power[at] <= _CLEAR * floor:
        return None
    return _Back(at=at, power=float(power[at] - floor), sound=_heard_at(said, wave, at))


def _found(said: Wave, wave: Wave) -> Wave:
    """How much of the power of ``said`` is in ``wave``, beginning at each sample."""
    size = 1 << (len(wave) + len(said)).bit_length()
    spectrum = np.conj(np.fft.rfft(said, size)) * np.fft.rfft(wave, size)
    response: Wave = np.fft.irfft(spectrum, size) / float(said @ said)
    # Noise in a band is not white: its own correlation spreads an echo to both sides.
    response = np.concatenate([response[-_SPAN // 2 :], response[: len(wave) - len(said)]])
    spread = float(np.sum(np.square(_shape(said))))
    power: Wave = np.convolve(response**2, np.ones(_SPAN), mode="valid") / spread
    return power


def _heard_at(said: Wave, wave: Wave, at: int) -> Wave:
    """The echo that begins at ``at``: ``said`` through the hybrid's own response."""
    size = 1 << (len(wave) + len(said)).bit_length()
    spectrum = np.fft.rfft(said, size)
    power = np.abs(spectrum) ** 2
    deep = np.conj(spectrum) * np.fft.rfft(wave, size) / (power + 1e-3 * power.max())
    response = np.fft.irfft(deep, size)
    kept = np.zeros(size)
    begin = max(0, at - _SPAN // 2)
    kept[begin : at + _SPAN] = response[begin : at + _SPAN]
    back: Wave = np.fft.irfft(np.fft.rfft(kept) * spectrum, size)[: len(wave)]
    return back


def _floor(power: Wave) -> float:
    return float(np.median(power)) + 1e-12


def _loss(power: float) -> float:
    return -10 * math.log10(max(power, 1e-12))


def _shape(said: Wave) -> Wave:
    """How one echo looks in the correlation: the noise's own, one at its middle."""
    spectrum = np.abs(np.fft.rfft(said, 2 * len(said))) ** 2
    own = np.fft.fftshift(np.fft.irfft(spectrum))
    middle = len(own) // 2
    shape: Wave = own[middle - _SPAN // 2 : middle + _SPAN // 2] / own[middle]
    return shape
