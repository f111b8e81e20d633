"""Fax tones: each is recognised, on bad lines too, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from hw.signal.dtmf import DIGITS, DtmfGenerator
from hw.signal.fax import FaxDetector, FaxTone, FaxToneGenerator
from hw.signal.level import bytes_of, peak_of_sine, samples_of
from hw.signal.tone import ToneGenerator, plans

FRAME = 320


def heard(audio: bytes) -> list[FaxTone]:
    detector = FaxDetector()
    found = [detector.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [tone for tone in found if tone]


def sounding(tone: FaxTone, seconds: float) -> bytes:
    if tone is FaxTone.PREAMBLE:
        return flags(seconds)
    generator = FaxToneGenerator(tone)
    return b"".join(generator.frame() for _ in range(round(seconds * 50)))


def flags(seconds: float) -> bytes:
    """HDLC flags (01111110) at 300 bit/s, V.21 channel 2: 1650 Hz is one, 1850 Hz nought."""
    at = np.arange(round(seconds * 8000))
    bits = np.array([0, 1, 1, 1, 1, 1, 1, 0])[(at * 300 // 8000) % 8]
    turns = np.cumsum(np.where(bits, 1650, 1850)) / 8000
    return bytes_of(peak_of_sine(-13.0) * np.sin(2 * np.pi * turns))


@pytest.mark.parametrize("tone", FaxTone)
@pytest.mark.parametrize("level_db", [0.0, -15.0])
def test_every_tone_is_recognised(tone, level_db):
    audio = samples_of(sounding(tone, 4.0)) * 10 ** (level_db / 20)
    noise = np.random.default_rng(1).normal(0, 30, len(audio))
    assert set(heard(bytes_of(audio + noise))) == {tone}


def test_a_calling_fax_is_recognised_by_its_first_burst():
    assert heard(sounding(FaxTone.CNG, 0.6)) == [FaxTone.CNG]


def test_noise_is_no_fax():
    assert heard(bytes_of(np.random.default_rng(2).normal(0, 3000, 8000 * 60))) == []


@pytest.mark.parametrize("country", sorted(plans()))
def test_the_tones_of_an_exchange_are_no_fax(country):
    for name in ("dial", "busy", "ringback", "congestion", "waiting", "howler"):
        generator = ToneGenerator(plans()[country].tone(name))
        assert heard(generator.frame(8000 * 6)) == []


def test_keys_are_no_fax():
    generator = DtmfGenerator()
    generator.put(DIGITS)
    audio = b""
    while generator.busy:
        audio += generator.frame()
    assert heard(audio) == []


def test_the_preamble_is_no_tone_to_be_made():
    with pytest.raises(ValueError, match="HDLC flags"):
        FaxToneGenerator(FaxTone.PREAMBLE)
