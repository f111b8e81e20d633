"""Digits as tones: every digit survives a bad line, and speech is not taken for digits."""

from __future__ import annotations

import subprocess
import wave

import numpy as np
import pytest

from hw.signal.dtmf import DIGITS, DtmfDetector, DtmfGenerator
from hw.signal.level import RMS_AT_0_DBM0, bytes_of, level_dbm0, samples_of
from hw.signal.tone import ToneGenerator, plan_of

FRAME = 320


def dialled(digits: str, **settings: int) -> bytes:
    generator = DtmfGenerator(**settings)
    generator.put(digits)
    audio = b""
    while generator.busy:
        audio += generator.frame()
    return audio


def heard(audio: bytes, detector: DtmfDetector | None = None) -> str:
    detector = detector or DtmfDetector()
    return "".join(detector.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME))


def with_noise(audio: bytes, level: float, snr_db: float, seed: int) -> bytes:
    """``audio`` brought to ``level`` dBm0 (of its active part), with white noise under it."""
    wave_form = samples_of(audio).astype(float)
    active = wave_form[np.abs(wave_form) > 0]
    scale = RMS_AT_0_DBM0 * 10 ** (level / 20) / np.sqrt((active**2).mean())
    noise_rms = RMS_AT_0_DBM0 * 10 ** ((level - snr_db) / 20)
    noise = np.random.default_rng(seed).normal(0, noise_rms, len(wave_form))
    return bytes_of(wave_form * scale + noise)


def test_all_sixteen_digits_arrive_in_order():
    assert heard(dialled(DIGITS)) == DIGITS


def test_a_repeated_digit_is_heard_each_time():
    assert heard(dialled("5500011")) == "5500011"


def test_more_digits_than_spandsp_can_queue_are_all_sent():
    digits = DIGITS * 12
    assert heard(dialled(digits)) == digits


@pytest.mark.parametrize("level", [-5.0, -15.0, -30.0])
def test_all_digits_are_heard_quiet_and_in_noise(level):
    assert heard(with_noise(dialled(DIGITS), level, snr_db=15.0, seed=7)) == DIGITS


def test_digits_are_heard_over_dial_tone():
    digits = dialled("0912", level_dbm0=-10)
    dial = ToneGenerator(plan_of("ir").dial, -15.0)
    mixed = samples_of(digits).astype(float) + samples_of(dial.frame(len(digits) // 2))
    assert heard(bytes_of(mixed), DtmfDetector(filter_dial_tone=True)) == "0912"


def test_the_shortest_digits_of_q24_are_heard():
    assert heard(dialled("159D", on_ms=50, off_ms=50)) == "159D"


def test_nothing_is_heard_in_noise_and_silence():
    noise = np.random.default_rng(3).normal(0, 3000, 8000 * 20)
    assert heard(bytes_of(noise)) == ""
    assert heard(bytes(FRAME * 500)) == ""


def test_speech_is_not_taken_for_digits(tmp_path):
    """Talk-off: two minutes of a synthetic voice, at two pitches."""
    text = (
        "Welcome to the exchange. For sales press one, for support press two, to hear this again "
        "press the star key. Your call is important and will be answered in turn. "
    ) * 4
    found = ""
    for voice, pitch in (("en", "30"), ("en+f3", "80")):
        path = tmp_path / f"{voice}.wav"
        command = ["espeak-ng", "-v", voice, "-p", pitch, "-w", str(path), text]
        subprocess.run(command, check=True, timeout=60)
        speech = at_8_khz(path)
        assert len(speech) > 8000 * 2 * 30
        assert level_dbm0(speech) > -30
        found += heard(speech)
    assert found == ""


def at_8_khz(path) -> bytes:
    """A WAV file brought down to 8 kHz, loud: windowed sinc, then every n-th place."""
    with wave.open(str(path)) as sound:
        rate_hz = sound.getframerate()
        samples = samples_of(sound.readframes(sound.getnframes())).astype(float)
    taps = np.arange(-48, 49)
    low_pass = np.sinc(taps * 7600 / rate_hz) * np.hamming(97)
    filtered = np.convolve(samples, low_pass / low_pass.sum(), "same")
    places = np.arange(0, len(filtered) - 1, rate_hz / 8000)
    lower = places.astype(int)
    between = filtered[lower] + (filtered[lower + 1] - filtered[lower]) * (places - lower)
    return bytes_of(between * (12000 / np.abs(between).max()))


def test_what_cannot_be_dialled_is_refused():
    with pytest.raises(ValueError, match="not DTMF digits"):
        DtmfGenerator().put("12+3")


def test_an_idle_generator_is_silent():
    generator = DtmfGenerator()
    assert not generator.busy
    assert generator.frame() == bytes(FRAME)
