"""Music, as near to telephone tones as music comes."""

from __future__ import annotations

import functools

import numpy as np

from hw.signal.level import RATE_HZ
from tests.rig.corpus import speech
from tests.rig.corpus.wave import Chance, Wave, count, gliding, joined, seconds

TELEPHONE_NOTES_HZ = (349.2, 392.0, 400.0, 415.3, 425.0, 440.0, 466.2, 480.0, 493.9, 620.0)
BEATS_S = (0.25, 0.5, 0.48, 0.375, 0.2, 1.0)
"""Half a beat: how long a note or a pause is."""


@functools.cache
def _hold() -> Wave:
    return speech.spoken(speech.PROMPTS / "music.wav")


def hold(length_s: float, chance: Chance) -> Wave:
    """What the box plays on hold."""
    return joined([np.roll(_hold(), int(chance.integers(len(_hold()))))], length_s)


def _note(hertz: float, length_s: float, chance: Chance, harmonics: int = 8) -> Wave:
    """A note of an instrument that somebody plays: overtones, an attack, never quite in tune."""
    at = seconds(length_s)
    hertz *= 1 + chance.normal(0, 0.002)
    falling = chance.uniform(0.35, 0.8)
    loud = sum(
        falling**n * np.sin(2 * np.pi * hertz * n * at + chance.uniform(0, 6))
        for n in range(1, harmonics)
        if hertz * n < RATE_HZ * 0.48
    )
    attack = np.minimum(1, at / 0.02) * np.minimum(1, (length_s - at) / 0.03)
    return np.asarray(loud) * attack


def chords(length_s: float, chance: Chance) -> Wave:
    """Three notes at once, for a while each."""
    made: list[Wave] = []
    while sum(map(len, made)) < count(length_s):
        root = chance.choice([196.0, 220.0, 262.0, 294.0, 349.2])
        long_s = float(chance.choice([0.5, 1.0, 2.0, 4.0]))
        third = 5 / 4 if chance.random() < 0.5 else 6 / 5
        made.append(sum((_note(root * r, long_s, chance) for r in (1, third, 1.5)), np.zeros(1)))
    return joined(made, length_s)


def melody(length_s: float, chance: Chance) -> Wave:
    """Notes on the beat, pauses between them; the tune changes, as tunes do."""
    half_s = float(chance.choice(BEATS_S))
    made: list[Wave] = []
    last = 0.0
    while sum(map(len, made)) < count(length_s):
        hertz = float(chance.choice([hz for hz in TELEPHONE_NOTES_HZ if hz != last]))
        last = hertz
        made += [_note(hertz, half_s, chance), np.zeros(count(half_s))]
    return joined(made, length_s)


def struck(length_s: float, chance: Chance) -> Wave:
    """One note on every beat of 120, as of a marimba, a bell or a plucked string: it dies away."""
    half_s, hertz = float(chance.choice(BEATS_S)), float(chance.choice(TELEPHONE_NOTES_HZ))
    at = seconds(2 * half_s)
    dies_s = chance.uniform(0.06, 0.5)
    overtones = [(1, 1.0), (chance.choice([2, 2.76, 3.9]), chance.uniform(0.02, 0.4))]
    beat = sum(
        gain * np.sin(2 * np.pi * hertz * times * at) * np.exp(-at / dies_s * times)
        for times, gain in overtones
    )
    return joined([np.asarray(beat) * np.minimum(1, at / 0.004)], length_s)


def whistling(length_s: float, chance: Chance) -> Wave:
    """Nearly a sine, and never steady."""
    at = seconds(length_s)
    notes = chance.choice([440, 494, 523, 587, 659, 880], size=int(length_s / 0.4) + 2)
    hertz = np.interp(at, np.arange(len(notes)) * 0.4, notes.astype(float))
    hertz += np.cumsum(chance.normal(0, 0.6, size=len(at))) * 0.05
    hertz *= 1 + 0.012 * np.sin(2 * np.pi * chance.uniform(4, 7) * at)
    breath = np.clip(np.sin(2 * np.pi * at / chance.uniform(0.8, 3)) * 5, 0, 1)
    return gliding(hertz) * breath + 0.01 * chance.normal(size=len(at))


def organ(length_s: float, chance: Chance) -> Wave:
    """F4 and A4 held for seconds (350 and 440 Hz are a dial tone), or A4 alone, with the stops of
    an organ and its tremulant."""
    at = seconds(length_s)
    notes = [349.2, 440.0] if chance.random() < 0.6 else [440.0]
    stops = ((1, 1.0), (2, chance.uniform(0.3, 1)), (3, chance.uniform(0.1, 0.6)), (4, 0.3))
    waver = 1 + 0.003 * np.sin(2 * np.pi * 6 * at)
    held = sum(gain * gliding(hz * times * waver) for hz in notes for times, gain in stops)
    swell = 1 + 0.25 * np.sin(2 * np.pi * 6 * at)
    return np.asarray(held) * swell
