"""Measuring unknown tones, echoes and keyings."""

from __future__ import annotations

import numpy as np
import pytest

from hw.signal.caller_id import CallerId, CallerIdEncoder, Standard
from hw.signal.echo import BURST_S, LISTEN_S, burst, echo_in
from hw.signal.keying import standard_of
from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0, amplified, bytes_of, samples_of
from hw.signal.measure import Measured, measure
from hw.signal.silence import SilenceEar
from hw.signal.tone import Tone, ToneGenerator, plans
from tests.rig.corpus import pieces

TONES = {
    (tone.freqs_hz, tone.cadence_ms): tone
    for plan in plans().values()
    for tone in (plan.dial, plan.busy, plan.congestion, plan.ringback)
}
ODD = [
    Tone(freqs_hz=(425,), cadence_ms=(250, 250)),
    Tone(freqs_hz=(440,), cadence_ms=(210, 210, 210, 210, 210, 210, 630, 210)),
    Tone(freqs_hz=(1000,), cadence_ms=(100, 100)),
    Tone(freqs_hz=(620,), cadence_ms=(175, 400)),
]


def noise(seconds: float, level_dbm0: float, seed: int = 1):
    chance = np.random.default_rng(seed)
    rms = RMS_AT_0_DBM0 * 10 ** (level_dbm0 / 20)
    return chance.normal(0, rms, round(seconds * RATE_HZ))


def heard(tone: Tone, level_dbm0: float, snr_db: float, begin_s: float = 0.37) -> bytes:
    """At least two and a half periods, begun in the middle of one."""
    seconds = max(4.0, 2.6 * sum(tone.cadence_ms) / 1000)
    generator = ToneGenerator(tone, level_dbm0)
    generator.frame(round(begin_s * RATE_HZ))
    wave = samples_of(generator.frame(round(seconds * RATE_HZ)))
    return bytes_of(wave + noise(seconds, level_dbm0 - snr_db))


def assert_measures(tone: Tone, measured: Measured | None, level_dbm0: float) -> None:
    assert measured is not None
    assert measured.freqs_hz == pytest.approx(sorted(tone.freqs_hz), rel=0.005)
    size = len(tone.cadence_ms)
    turns = [tone.cadence_ms[at:] + tone.cadence_ms[:at] for at in range(0, max(1, size), 2)]
    assert any(measured.cadence_ms == pytest.approx(turn, rel=0.1, abs=5) for turn in turns)
    assert measured.level_dbm0 == pytest.approx(level_dbm0, abs=0.5)
    assert measured.purity > 0.85


@pytest.mark.parametrize("tone", [*TONES.values(), *ODD], ids=str)
@pytest.mark.parametrize(("level_dbm0", "snr_db"), [(-13.0, 40.0), (-33.0, 10.0)])
def test_a_tone_is_measured_clean_and_in_noise(tone, level_dbm0, snr_db):
    assert_measures(tone, measure(heard(tone, level_dbm0, snr_db)), level_dbm0)


def test_a_tone_after_silence_and_a_click_is_measured():
    tone = Tone(freqs_hz=(425,), cadence_ms=(500, 500))
    click = bytes_of(np.concatenate([np.zeros(9000), np.full(400, 9000.0), np.zeros(7000)]))
    assert_measures(tone, measure(click + ToneGenerator(tone).frame(6 * RATE_HZ)), -13.0)


def test_a_dial_tone_that_stutters_first_is_steady_in_the_end():
    stutter = ToneGenerator(Tone(freqs_hz=(425,), cadence_ms=(100, 100))).frame(RATE_HZ)
    steady = ToneGenerator(Tone(freqs_hz=(425,), cadence_ms=())).frame(10 * RATE_HZ)
    measured = measure(stutter + steady)
    assert measured is not None
    assert (measured.cadence_ms, round(measured.freqs_hz[0])) == ((), 425)


def test_one_period_is_not_enough_to_say_a_cadence():
    tone = Tone(freqs_hz=(425,), cadence_ms=(500, 500))
    assert measure(ToneGenerator(tone).frame(RATE_HZ)) is None


@pytest.mark.parametrize("audio", [b"", bytes(320), bytes(2 * 5 * RATE_HZ)])
def test_silence_is_no_tone(audio):
    assert measure(audio) is None


def test_noise_is_no_tone():
    measured = measure(bytes_of(noise(10, -20)))
    assert measured is None or measured.purity < 0.3


def test_hardly_anything_else_measures_as_a_pure_tone():
    """Speech, music and modems: what looks pure is a steady note or a modem's own tone."""
    pure = [
        piece.kind
        for piece in pieces(8, seed=3)
        if (found := measure(piece.audio)) and found.purity >= 0.7 and found.periods >= 2.5
    ]
    assert set(pure) <= {
        "modem",
        "fax",
        "siren",
        "one note again and again",
        "digits",
        "melody",
        "organ third",
    }


# -- echo -----------------------------------------------------------------------------------


def returned(*ways: tuple[float, float], noise_dbm0: float = -60.0) -> bytes:
    """What is heard when the burst comes back: (seconds later, dB quieter) each."""
    wave = noise(LISTEN_S, noise_dbm0)
    said = samples_of(burst()).astype(float)
    for later_s, loss_db in ways:
        at = round(later_s * RATE_HZ)
        piece = said[: len(wave) - at]
        wave[at : at + len(piece)] += piece * 10 ** (-loss_db / 20)
    return bytes_of(wave)


@pytest.mark.parametrize("loss_db", [6.0, 12.0, 18.0, 25.0, 35.0])
@pytest.mark.parametrize("later_s", [0.005, 0.065, 0.2])
def test_the_hybrid_s_echo_is_measured(loss_db, later_s):
    echo = echo_in(returned((later_s, loss_db)))
    assert echo.return_loss_db == pytest.approx(loss_db, abs=0.5)
    assert echo.far_loss_db is None


def test_a_far_echo_is_told_from_the_near_one():
    echo = echo_in(returned((0.02, 14.0), (0.62, 22.0)))
    assert echo.return_loss_db == pytest.approx(14.0, abs=0.5)
    assert echo.far_loss_db == pytest.approx(22.0, abs=1.0)
    assert echo.far_delay_s == pytest.approx(0.6, abs=0.05)


def test_without_an_echo_none_is_found_and_it_says_how_deep_it_looked():
    echo = echo_in(returned(noise_dbm0=-55.0))
    assert (echo.return_loss_db, echo.far_loss_db) == (None, None)
    assert 30 < echo.depth_db < 55


def test_speech_is_no_echo():
    speech = next(p for p in pieces(8, seed=5) if p.kind == "prompts" and p.level_dbm0 > -25)
    echo = echo_in(speech.audio[: round(LISTEN_S * RATE_HZ) * 2])
    assert echo.far_loss_db is None or echo.far_loss_db > 15
    assert len(burst()) == round(BURST_S * RATE_HZ) * 2


# -- the rest -------------------------------------------------------------------------------


@pytest.mark.parametrize("standard", Standard)
@pytest.mark.parametrize("loss_db", [0.0, 20.0])
def test_the_two_keyings_are_told_apart(standard, loss_db):
    caller = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")
    audio = bytes(6400) + CallerIdEncoder(caller, standard).frame(RATE_HZ) + bytes(6400)
    audio = bytes_of(samples_of(amplified(audio, -loss_db)) + noise(len(audio) / 16000, -60))
    assert standard_of(audio) is standard


def test_silence_is_told_after_its_time_and_not_before():
    ear = SilenceEar(2.0)
    tone = ToneGenerator(Tone(freqs_hz=(425,), cadence_ms=()), -40.0)
    hiss = bytes_of(noise(0.02, -60))
    assert {ear.feed(tone.frame()) for _ in range(300)} == {""}
    found = [ear.feed(hiss) for _ in range(150)]
    assert found.index("silence") == 99
    assert found.count("silence") == 1
