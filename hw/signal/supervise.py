"""Hearing, during a call, that the exchange says it is over: busy, congestion, dial tone.

Ending a call that is not over is worse than ending one late, so a tone must be all that E.180
says of it: its own frequency without vibrato, nearly all the power there is, equally loud within
a burst and from burst to burst, keyed in its cadence with silence between, several times. Speech,
music and modems fail in one of these. Line noise 10 dB below the tone does not hide it.

spandsp's ``super_tone_rx`` (used by ``ToneDetector``, where only a tone can sound) takes a pause
for silence only below about -42 dBm0 and looks neither at purity nor at level: over line noise
it hears nothing, and in music it hears busy tones (``python -m tests.bench.tones``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0
from hw.signal.tone import Tone, TonePlan

_FRAME_SAMPLES = 160
_FRAME_MS = 20

_LEAST_POWER = (RMS_AT_0_DBM0 * 10 ** (-50 / 20)) ** 2  # -50 dBm0
_TONAL = 0.5
"""The tone's share of the power from which a frame is taken for the tone's: a frame that a
burst fills by half has just this, so that lengths are not biased."""
_PURE = 0.83  # over a burst; noise 10 dB below leaves 0.91, a tone 1.5 % off its pitch 0.95
_FLAT = 10 ** (2.0 / 10)  # between the frames of a burst
_ALIKE = 10 ** (2.0 / 10)  # between bursts
_PAUSE = 10 ** (-6.0 / 10)  # a pause has so much less power, whatever is in it
_OFF_TUNE = 0.025
_OFF_TUNE_HZ = 3.0
_VIBRATO_HZ = 2.5
_PARTNER = 0.1  # the weaker tone of a pair has at least so much of the stronger one's power
_SLACK = 0.12
_SLACK_FRAMES = 2.2  # each end of a run may fall into either of two frames
_STEADY_FRAMES = 2  # lengths that are meant to be alike differ by no more
_CONTINUOUS_FRAMES = 200  # 4 s: no burst of ringback and no note is so long and so steady
_LOOK_FRAMES = 50
_MOST_FRAMES = 250
_MOST_RUNS = 24

_Sums = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class _Frame:
    """20 ms: the power of all there is, the tone's share of it, and each of its sines."""

    power: float
    share: float
    sines: tuple[complex, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Frames with the tone, or without. ``sound``: as pure, flat and in tune as a tone is."""

    on: bool
    frames: int
    power: float
    sound: bool


class Supervision:
    """Audio to the names of the tones of ``plan`` that end a call, each reported once."""

    def __init__(self, plan: TonePlan, names: Collection[str] = ("busy", "congestion")) -> None:
        tones = {name: plan.tone(name) for name in names}
        self._freqs_hz = sorted({hz for tone in tones.values() for hz in tone.freqs_hz})
        turns = np.outer(self._freqs_hz, np.arange(_FRAME_SAMPLES)) * (-2j * np.pi / RATE_HZ)
        self._turns: _Sums = np.exp(turns).astype(np.complex64)
        self._ears = [_Ear(name, tone, self._freqs_hz) for name, tone in tones.items()]

    def feed(self, audio: bytes) -> str:
        """The name of the tone recognised with ``audio`` (a frame of 20 ms), mostly ""."""
        wave = np.frombuffer(audio, dtype="<i2").astype(np.float32)
        power = float(wave @ wave) / _FRAME_SAMPLES
        sums = (self._turns @ wave).tolist() if power > _LEAST_POWER else None
        for ear in self._ears:
            if ear.hear(power, sums):
                for other in self._ears:
                    other.forget()
                return ear.name
        return ""


class _Ear:
    """Listens for one tone."""

    def __init__(self, name: str, tone: Tone, freqs_hz: Sequence[float]) -> None:
        self.name = name
        self._places = [freqs_hz.index(hz) for hz in tone.freqs_hz]
        self._freqs_hz = tone.freqs_hz
        self._cadence = [ms / _FRAME_MS for ms in tone.cadence_ms]
        self._bursts = max(3, len(tone.cadence_ms))  # two periods at least, three bursts at least
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._runs: deque[_Run] = deque(maxlen=_MOST_RUNS)
        self._frames: list[_Frame] = []
        self._count = 0
        self._on = False
        self._odd: _Frame | None = None

    def hear(self, power: float, sums: list[complex] | None) -> bool:
        """20 ms; whether the tone has been recognised with them."""
        frame = self._frame(power, sums)
        on = frame.share >= _TONAL
        if on == self._on:
            if self._odd is not None:  # one odd frame among alike ones: a click, a lost packet
                self._count += 1
                self._odd = None
            self._take(frame)
            return self._on and not self._cadence and self._is_steady()
        if self._odd is None:
            self._odd = frame
            return False
        ended = self._close()
        self._on, self._frames, self._count = on, [], 0
        self._take(self._odd)
        self._take(frame)
        self._odd = None
        return ended

    def _frame(self, power: float, sums: list[complex] | None) -> _Frame:
        if sums is None:
            return _Frame(power, 0.0, ())
        sines = tuple(sums[place] for place in self._places)
        strength = sum(z.real * z.real + z.imag * z.imag for z in sines)
        return _Frame(power, 2.0 * strength / (_FRAME_SAMPLES**2 * power), sines)

    def _take(self, frame: _Frame) -> None:
        self._count += 1
        self._frames.append(frame)
        if len(self._frames) > _MOST_FRAMES:
            del self._frames[: _MOST_FRAMES // 5]

    def _close(self) -> bool:
        """The run is over; whether it completes the cadence."""
        frames = self._frames[1:-1] if len(self._frames) > 2 else self._frames
        if not frames:
            return False
        power = sum(f.power for f in frames) / len(frames)
        self._runs.append(_Run(self._on, self._count, power, self._on and self._is_sound(frames)))
        return self._on and bool(self._cadence) and self._is_cadence()

    def _is_steady(self) -> bool:
        return (
            self._count >= _CONTINUOUS_FRAMES
            and self._count % _LOOK_FRAMES == 0
            and self._is_sound(self._frames[-_CONTINUOUS_FRAMES:])
        )

    def _is_sound(self, frames: Sequence[_Frame]) -> bool:
        frames = [f for f in frames if f.share >= _TONAL]
        if len(frames) < 2:
            return False
        if sum(f.share for f in frames) < _PURE * len(frames):
            return False
        powers = sorted(f.power * min(f.share, 1.0) for f in frames)
        outside = len(powers) // 16
        if powers[-1 - outside] > _FLAT * powers[outside]:
            return False
        sines = np.array([f.sines for f in frames])
        totals = np.square(np.abs(sines)).sum(axis=0)
        if totals.min() < _PARTNER * totals.max():
            return False
        strongest = int(totals.argmax())
        return _is_in_tune(sines[:, strongest], self._freqs_hz[strongest])

    def _is_cadence(self) -> bool:
        """Whether the runs up to the burst that has just ended follow the cadence."""
        wanted = 2 * self._bursts - 1
        if len(self._runs) < wanted:
            return False
        runs = list(self._runs)[-wanted:]
        bursts, pauses = runs[0::2], runs[1::2]
        if not all(run.on and run.sound for run in bursts):
            return False
        powers = [run.power for run in bursts]
        if max(powers) > _ALIKE * min(powers):
            return False
        if max(run.power for run in pauses) > _PAUSE * min(powers):
            return False
        size = len(self._cadence)
        return any(self._fits(runs, turn) for turn in range(0, size, 2))

    def _fits(self, runs: Sequence[_Run], turn: int) -> bool:
        """Whether the first of ``runs`` is at ``turn`` in the cadence, and so on."""
        size = len(self._cadence)
        lengths: list[list[int]] = [[] for _ in range(size)]
        for at, run in enumerate(runs):
            place = (turn + at) % size
            wanted = self._cadence[place]
            if abs(run.frames - wanted) > max(_SLACK * wanted, _SLACK_FRAMES):
                return False
            lengths[place].append(run.frames)
        return all(max(some) - min(some) <= _STEADY_FRAMES for some in lengths if some)


def _is_in_tune(sine: npt.NDArray[np.complex128], hertz: float) -> bool:
    """How far a sine turns from frame to frame says how far off it is, and whether it wavers."""
    turn = np.exp(-2j * np.pi * hertz * _FRAME_SAMPLES / RATE_HZ)
    steps = np.angle(sine[1:] * np.conj(sine[:-1]) * turn)
    off_hz = steps * (RATE_HZ / (2 * np.pi * _FRAME_SAMPLES))
    middle = float(np.median(off_hz))
    if abs(middle) > max(_OFF_TUNE_HZ, _OFF_TUNE * hertz):
        return False
    return float(np.median(np.abs(off_hz - middle))) <= _VIBRATO_HZ
