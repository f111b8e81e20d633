"""Measuring an unknown tone: its frequencies, its cadence, its level, and how sure that is.

Nothing is assumed of the exchange but that its tones are one or two sines, keyed on and off in a
repeating pattern of at most ``MAX_BURSTS`` bursts (ITU-T E.180). What is no such tone (speech,
music, noise, silence) gives None or a low ``purity``; whoever asks decides how much is enough.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0, SILENCE_DBM0, samples_of

Wave = npt.NDArray[np.float64]

MAX_BURSTS = 5
"""In one period: PBXs are known that beep four times short and once long."""

_LOWEST_HZ, _HIGHEST_HZ = 250.0, 2800.0
_QUIETEST_DBM0 = -58.0
_SECOND_TONE_DB = 9.0  # E.180 keeps the tones of a pair within 3 dB; lines tilt them
_CLOSEST_HZ = 18.0
_BAND_HZ = 60.0  # what is let through beside a tone, to find its edges within 5 ms
_HOP_S = 0.005
_GLITCH_S = 0.04
_WIDEST_SPREAD = 0.15
_SPREAD_FLOOR_S = 0.02
_STEADY_S = 1.5
_SURE_PERIODS = 2.5  # of a pattern that some bursts in front of it do not follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A tone as it was heard. ``cadence_ms`` is on, off, on, off ...; () is continuous."""

    freqs_hz: tuple[float, ...]
    cadence_ms: tuple[int, ...]
    level_dbm0: float  # of all its sines together, while it is on
    periods: float  # how often the cadence was heard whole; of a continuous tone: seconds
    spread: float  # by how much of itself a length differed from its mean, at the most
    purity: float  # the tone's share of the power while it is on, 0..1
    begins_s: float  # within the audio
    ends_s: float


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch in which the tone is on, or off. Seconds."""

    on: bool
    begins_s: float
    length_s: float


def measure(audio: bytes) -> Measured | None:
    """The tone in ``audio`` (S16LE, 8 kHz), or None when nothing in it is one."""
    wave = samples_of(audio).astype(np.float64)
    if len(wave) < RATE_HZ // 4:
        return None
    envelope = _envelope(wave)
    loud = _loud(envelope)
    if loud is None:
        return None
    freqs_hz = _frequencies(wave, loud)
    if not freqs_hz:
        return None
    band = _band_passed(wave, freqs_hz)
    power = _smooth_power(band, freqs_hz)
    runs = _runs(power)
    on_runs = [run for run in runs if run.on]
    if not on_runs:
        return None
    inside = _inside(wave, on_runs)
    band_inside = _inside(band, on_runs)
    total = float(inside @ inside)
    kept = float(band_inside @ band_inside)
    cadence = cadence_of(runs, len(wave) / RATE_HZ)
    if cadence is None:
        return None
    return Measured(
        freqs_hz=freqs_hz,
        cadence_ms=cadence.lengths_ms,
        level_dbm0=_dbm0(kept / max(1, len(band_inside))),
        periods=cadence.periods,
        spread=cadence.spread,
        purity=min(1.0, kept / total) if total else 0.0,
        begins_s=on_runs[0].begins_s,
        ends_s=on_runs[-1].begins_s + on_runs[-1].length_s,
    )


def _envelope(wave: Wave) -> Wave:
    """The power of each hop."""
    hop = int(_HOP_S * RATE_HZ)
    whole = len(wave) // hop * hop
    power: Wave = np.square(wave[:whole]).reshape(-1, hop).mean(axis=1)
    return power


def _loud(power: Wave) -> list[tuple[int, int]] | None:
    """Where it is loud: pairs of samples, begin and end, the longest first."""
    plateau = float(np.percentile(power, 97))
    if _dbm0(plateau) < _QUIETEST_DBM0:
        return None
    wide = int(_GLITCH_S / _HOP_S / 2) * 2 + 1
    smooth = np.convolve(power, np.ones(wide) / wide, mode="same")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], smooth > plateau / 4, [0]]).astype(int)))
    hop = int(_HOP_S * RATE_HZ)
    found = [(int(a) * hop, int(b) * hop) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    found = [(a, b) for a, b in found if b - a >= RATE_HZ * 0.08]
    return sorted(found, key=lambda pair: pair[0] - pair[1]) or None


def _frequencies(wave: Wave, loud: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """The one or two sines that the loud stretches have in common, in Hz, rising."""
    size = min(loud[0][1] - loud[0][0], RATE_HZ)
    spectrum = np.zeros(4 * RATE_HZ // 2 + 1)
    window = np.hanning(size)
    for begin, end in loud[:12]:
        if end - begin < 0.8 * size:
            continue
        middle = (begin + end - size) // 2
        piece = wave[max(0, middle) : max(0, middle) + size]
        piece = piece * window[: len(piece)]
        spectrum += np.square(np.abs(np.fft.rfft(piece, 4 * RATE_HZ)))
    per_hz = 4.0
    low, high = int(_LOWEST_HZ * per_hz), int(_HIGHEST_HZ * per_hz)
    peaks = _peaks(spectrum, low, high)
    if not peaks:
        return ()
    strongest = peaks[0]
    lobe = max(_CLOSEST_HZ, 2.2 * RATE_HZ / size)
    found = [strongest]
    for peak in peaks[1:]:
        if peak[1] < strongest[1] * 10 ** (-_SECOND_TONE_DB / 10):
            break
        if abs(peak[0] - strongest[0]) >= lobe * per_hz:
            found.append(peak)
            break
    return tuple(sorted(round(at / per_hz, 1) for at, _power in found))


def _peaks(spectrum: Wave, low: int, high: int) -> list[tuple[float, float]]:
    """Place (in bins, between them) and power of every local maximum, the strongest first."""
    inner = spectrum[low:high]
    is_peak = (inner > spectrum[low - 1 : high - 1]) & (inner >= spectrum[low + 1 : high + 1])
    places = np.flatnonzero(is_peak) + low
    found = []
    for place in places[np.argsort(spectrum[places])[::-1][:20]]:
        before, at, after = np.log(spectrum[place - 1 : place + 2] + 1e-9)
        bend = before - 2 * at + after
        shift = 0.5 * (before - after) / bend if bend else 0.0
        found.append((float(place + shift), float(spectrum[place])))
    return found


def _band_passed(wave: Wave, freqs_hz: Sequence[float]) -> Wave:
    """``wave`` without what is farther from every tone than ``_BAND_HZ``; no phase is shifted."""
    spectrum = np.fft.rfft(wave)
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    near = np.zeros(len(hertz), dtype=bool)
    for hz in freqs_hz:
        near |= np.abs(hertz - hz) <= _BAND_HZ
    band: Wave = np.fft.irfft(np.where(near, spectrum, 0), len(wave))
    return band


def _smooth_power(band: Wave, freqs_hz: Sequence[float]) -> Wave:
    """The power of each hop, over a beat of the pair (two sines near one another beat)."""
    beat_s = 1 / (freqs_hz[1] - freqs_hz[0]) if len(freqs_hz) > 1 else 0.0
    wide = max(3, round(max(0.015, beat_s) / _HOP_S))
    power: Wave = np.convolve(_envelope(band), np.ones(wide) / wide, mode="same")
    return power


def _runs(power: Wave) -> list[Run]:
    """On and off by turns. Whether it is on is judged at half the power between both."""
    plateau, floor = float(np.percentile(power, 95)), float(np.percentile(power, 5))
    if floor > plateau / 4:
        floor = 0.0  # never off
    plateau = float(power[power > plateau / 2].mean())  # of a pair that beats, the middle
    on = power > (plateau + floor) / 2
    edges = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(on.astype(int)))), len(on)]
    runs: list[Run] = []
    for begin, end in itertools.pairwise(edges):
        state, length = bool(on[begin]), (end - begin) * _HOP_S
        if runs and (length < _GLITCH_S or runs[-1].on == state):
            last = runs.pop()
            runs.append(Run(last.on, last.begins_s, last.length_s + length))
        else:
            runs.append(Run(state, begin * _HOP_S, length))
    return runs


def _inside(wave: Wave, on_runs: Sequence[Run]) -> Wave:
    """The samples of the bursts, without their edges."""
    pieces = []
    for run in on_runs:
        edge_s = min(0.02, run.length_s / 4)
        begin = int((run.begins_s + edge_s) * RATE_HZ)
        end = int((run.begins_s + run.length_s - edge_s) * RATE_HZ)
        pieces.append(wave[begin:end])
    return np.concatenate(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A cadence that runs were found to follow."""

    lengths_ms: tuple[int, ...]
    periods: float
    spread: float


def cadence_of(runs: Sequence[Run], end_s: float) -> Pattern | None:
    """The pattern that ``runs``, by turns on and off, repeat up to ``end_s``, the shortest that
    fits; None when they repeat none, or not yet once. The first and the last may be cut off."""
    longest = max((run for run in runs if run.on), key=lambda run: run.length_s)
    if longest.length_s >= _STEADY_S and longest.length_s >= 0.8 * (end_s - longest.begins_s):
        return Pattern(lengths_ms=(), periods=longest.length_s, spread=0.0)
    whole = list(runs[1:-1])
    while whole and not whole[0].on:
        whole.pop(0)
    lengths = [run.length_s for run in whole]
    for skipped in (0, 2, 4):  # a click before the tone, or the rest of a burst
        for bursts in range(1, MAX_BURSTS + 1):
            found = _repeats(lengths[skipped:], 2 * bursts)
            if found is None or _is_outlasted(found[1], len(lengths) - skipped, runs[-1]):
                continue
            if not skipped or found[0].periods >= _SURE_PERIODS:
                return found[0]
    return None


def _is_outlasted(means: Sequence[float], count: int, last: Run) -> bool:
    """Whether the run that is not over yet is longer already than the pattern says."""
    wanted = means[count % len(means)]
    return last.on == (count % 2 == 0) and last.length_s > wanted + max(
        _SPREAD_FLOOR_S, _WIDEST_SPREAD * wanted
    )


def _repeats(lengths: Sequence[float], size: int) -> tuple[Pattern, Sequence[float]] | None:
    """Whether ``lengths`` repeat after every ``size``: the pattern, and its lengths in the order
    of these."""
    if len(lengths) < 2 * size - 1:
        return None
    places = [lengths[place::size] for place in range(size)]
    means = [sum(place) / len(place) for place in places]
    spread = 0.0
    for place, mean in zip(places, means, strict=True):
        off_s = max(abs(length - mean) for length in place)
        if off_s > max(_SPREAD_FLOOR_S, _WIDEST_SPREAD * mean):
            return None
        spread = max(spread, off_s / mean)
    pattern = Pattern(
        lengths_ms=_rotated([round(mean * 1000) for mean in means]),
        periods=len(lengths) / size,
        spread=spread,
    )
    return pattern, means


def _rotated(lengths_ms: Sequence[int]) -> tuple[int, ...]:
    """The same cadence, written so that its longest pause, then its longest burst, is last."""
    turns = [(*lengths_ms[at:], *lengths_ms[:at]) for at in range(0, len(lengths_ms), 2)]
    # Pauses that are meant to be alike differ by some ms: 20 ms make no difference.
    return max(turns, key=lambda turn: (round(turn[-1] / 40), turn[-2]))


def _dbm0(power: float) -> float:
    if power <= 0:
        return SILENCE_DBM0
    return max(SILENCE_DBM0, 10 * math.log10(power) - 20 * math.log10(RMS_AT_0_DBM0))
