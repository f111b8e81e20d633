"""A sentence as pjsua plays it: every word whole, and no gap between them."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.model.speech.parts import Count, Noun, Phrase
from firmware.prompts.shelf import Shelf

SPOKEN = Path(__file__).parents[2] / "build" / "prompts"


def samples(path):
    with wave.open(str(path)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)


def place_of(word, heard):
    """The sample at which ``word`` begins in ``heard``, by cross-correlation, and how like it
    is what is heard there (1 is the same)."""
    size = len(word) + len(heard)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(word, size))
    at = int(np.fft.irfft(spectrum, size)[: len(heard)].argmax())
    there = heard[at : at + len(word)]
    word = word[: len(there)]
    return at, (there @ word) / np.sqrt((there @ there) * (word @ word))


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_a_sentence_is_heard_whole_and_without_a_gap(language, tmp_path):
    said = Phrase("voicemail_new", {"count": Count(4365, Noun.NEW_MESSAGE)})
    files = Shelf(SPOKEN).find(said, language)
    assert len(files) > 5
    recording = tmp_path / "heard.wav"
    subprocess.run(
        [sys.executable, "-m", "tests.contract.sentence_player", recording, *files],
        check=True,
        timeout=60,
    )
    heard, begins = samples(recording), 0
    for file in files[:-1]:  # the last is the rest, of which some is cut off
        word = samples(file)
        at, likeness = place_of(word, heard)
        # A frame of the bridge is 320 samples; words follow one another to the sample.
        assert abs(at - begins) <= 1, f"{file.name} begins {at - begins} samples late"
        assert likeness > 0.99, file.name
        begins += len(word)
