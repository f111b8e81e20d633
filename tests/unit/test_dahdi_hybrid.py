"""The simulated hybrid and its canceller: what comes back, and what is left of it."""

from __future__ import annotations

import numpy as np
import pytest

from hw.dahdi.hybrid import Canceller, Hybrid
from hw.signal.level import bytes_of, level_dbm0, samples_of

FRAME = 160


def noise(count: int, peak: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, peak, count)


def test_what_is_said_comes_back_quieter_and_later():
    hybrid = Hybrid(12.0, delay_samples=40)
    said = noise(FRAME * 2, 3000, 1)
    back = np.concatenate(
        [hybrid.echo_of(bytes_of(said[:FRAME])), hybrid.echo_of(bytes_of(said[FRAME:]))]
    )
    assert not back[:40].any()
    assert back[40:] == pytest.approx(np.rint(said[:-40]) * 10 ** (-12 / 20))


def left_over(sounds: list[np.ndarray], far: list[np.ndarray] | None = None) -> list[float]:
    """The level of the echo that is left, frame by frame."""
    hybrid, canceller = Hybrid(12.0), Canceller(128)
    levels = []
    for at, sound in enumerate(sounds):
        said = bytes_of(sound)
        other = far[at] if far is not None else np.zeros(FRAME)
        left = canceller.cancel(hybrid.echo_of(said) + other, said) - other
        levels.append(level_dbm0(bytes_of(left)))
    return levels


@pytest.mark.parametrize("kind", ["noise", "tone", "coloured"])
def test_the_echo_is_gone_within_two_seconds(kind):
    count = 200
    wave = noise(count * FRAME, 3000, 3)
    if kind == "tone":
        wave = 5000 * np.sin(2 * np.pi * 440 * np.arange(count * FRAME) / 8000)
    if kind == "coloured":
        wave = np.convolve(wave, 0.9 ** np.arange(40))[: count * FRAME] / 3
    levels = left_over(np.split(wave, count))
    assert max(levels[100:]) < -50.0


def test_two_who_talk_at_once_are_both_heard():
    count = 200
    levels = left_over(
        np.split(noise(count * FRAME, 3000, 4), count),
        [np.zeros(FRAME)] * 100 + np.split(noise(100 * FRAME, 3000, 5), 100),
    )
    assert max(levels[101:]) < -30.0  # the echo stays out, and the other's voice in


def test_silence_teaches_nothing():
    canceller = Canceller(64)
    heard = noise(FRAME, 500, 6)
    assert canceller.cancel(heard, bytes(2 * FRAME)) == pytest.approx(heard)
    assert not samples_of(bytes_of(canceller.cancel(np.zeros(FRAME), bytes(2 * FRAME)))).any()
