"""Voices: what the box says, many at once, sung, over music."""

from __future__ import annotations

import functools
import wave
from pathlib import Path

import numpy as np

from hw.signal.level import RATE_HZ
from tests.rig.corpus import music
from tests.rig.corpus.wave import Chance, Wave, count, gliding, joined, seconds

PROMPTS = Path(__file__).parents[3] / "build" / "prompts"


@functools.cache
def files() -> tuple[Path, ...]:
    """Every spoken prompt; set-up makes them."""
    found = tuple(sorted(PROMPTS.glob("*/**/*.wav")))
    assert found, f"no prompts in {PROMPTS}: image-build/setup/setup test"
    return found


@functools.cache
def spoken(path: Path) -> Wave:
    """A prompt at 8 kHz, from -1 to 1."""
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 16000)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768
    spectrum = np.fft.rfft(samples)
    size = len(samples) // 2
    return np.fft.irfft(spectrum[: size // 2 + 1], size)


def prompts(length_s: float, chance: Chance) -> Wave:
    """Sentences with pauses, slower or faster than they were spoken."""
    said: list[Wave] = []
    while sum(map(len, said)) < count(length_s):
        one = spoken(files()[chance.integers(len(files()))])
        pace = chance.uniform(0.8, 1.25)
        said.append(np.interp(np.arange(0, len(one) - 1, pace), np.arange(len(one)), one))
        said.append(np.zeros(count(chance.choice([0.05, 0.3, 0.8]))))
    return joined(said, length_s)


def crowd(length_s: float, chance: Chance) -> Wave:
    """Eight people who do not listen to one another."""
    voices = [prompts(length_s, chance) * chance.uniform(0.3, 1) for _ in range(8)]
    return np.sum(voices, axis=0)


def over_music(length_s: float, chance: Chance) -> Wave:
    """Somebody speaks while music plays on."""
    quiet = chance.uniform(0.1, 0.5)
    return prompts(length_s, chance) + quiet * music.melody(length_s, chance)


def singing(length_s: float, chance: Chance) -> Wave:
    """A voice on long notes: vibrato, formants, glides from note to note."""
    at = seconds(length_s)
    steps = chance.integers(0, 13, size=int(length_s / 0.6) + 2)
    notes = 220 * 2 ** (np.sort(steps) / 12 if chance.random() < 0.2 else steps / 12)
    hertz = np.interp(at, np.arange(len(notes)) * 0.6, notes)
    hertz *= 1 + 0.02 * np.sin(2 * np.pi * chance.uniform(4.5, 6.5) * at)
    formants = chance.choice([[700, 1100, 2500], [400, 2000, 2600], [350, 700, 2500]])
    sung = np.zeros(len(at))
    for harmonic in range(1, 12):
        at_hz = hertz * harmonic
        gain = sum(1 / (1 + ((at_hz - formant) / 150) ** 2) for formant in formants)
        sung += np.where(at_hz < RATE_HZ * 0.48, gain, 0) * gliding(at_hz) / harmonic**0.5
    breath = np.clip(np.sin(2 * np.pi * at / 4) * 4, 0, 1)
    return sung * breath + 0.005 * chance.normal(size=len(at))
