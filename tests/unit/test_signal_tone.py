"""Call progress tones: levels, cadences, and what the detector makes of each country's."""

from __future__ import annotations

import numpy as np
import pytest

from hw.signal.cadence import Cadence
from hw.signal.level import bytes_of, level_dbm0, samples_of
from hw.signal.tone import (
    Tone,
    ToneDetector,
    ToneGenerator,
    plan_of,
    plan_or_assumed,
    plans,
)

COUNTRIES = sorted(plans())


def listen(tone: Tone, detector: ToneDetector, seconds: float, level: float = -13.0) -> list[str]:
    generator = ToneGenerator(tone, level)
    found = [detector.feed(generator.frame()) for _ in range(round(seconds * 50))]
    return [name for name in found if name]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["busy", "congestion"])
def test_a_busy_or_congested_line_is_noticed_within_six_seconds(country, name):
    plan = plan_of(country)
    found = listen(plan.tone(name), ToneDetector(plan), 6.0)
    # In Spain congestion begins as busy does; either ends the call.
    assert name in found or (country == "es" and "busy" in found)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["dial", "ringback"])
def test_ringback_and_dial_tone_are_not_busy(country, name):
    plan = plan_of(country)
    assert listen(plan.tone(name), ToneDetector(plan, ("busy",)), 15.0) == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_dial_tone_is_noticed(country):
    plan = plan_of(country)
    assert "dial" in listen(plan.dial, ToneDetector(plan, ("dial",)), 8.0)


def test_a_quiet_busy_tone_is_noticed():
    plan = plan_of("ir")
    assert listen(plan.busy, ToneDetector(plan), 4.0, level=-30.0) == ["busy"]


def test_a_voice_saying_beep_twice_is_not_busy():
    plan = plan_of("ir")
    detector = ToneDetector(plan)
    generator = ToneGenerator(plan.busy)
    found = [detector.feed(generator.frame()) for _ in range(80)]  # one and a half bursts
    found += [detector.feed(bytes(320)) for _ in range(200)]
    assert set(found) == {""}


def test_noise_is_no_tone():
    plan = plan_of("ir")
    detector = ToneDetector(plan, ("busy", "congestion", "dial"))
    noise = bytes_of(np.random.default_rng(5).normal(0, 4000, 8000 * 10))
    assert {detector.feed(noise[at : at + 320]) for at in range(0, len(noise), 320)} == {""}


def test_a_generated_tone_has_its_frequency_level_and_cadence():
    generator = ToneGenerator(plan_of("ir").busy, -10.0)
    audio = generator.frame(8000)
    on, off = audio[: 4000 * 2], audio[4000 * 2 :]
    assert level_dbm0(on) == pytest.approx(-10.0, abs=0.1)
    assert not any(off)
    spectrum = np.abs(np.fft.rfft(samples_of(on)))
    assert np.argmax(spectrum) * 2 == pytest.approx(425, abs=1)  # 0.5 s: bins of 2 Hz


def test_two_tones_together_have_the_level_asked_for():
    audio = ToneGenerator(plan_of("us").dial, -13.0).frame(8000)
    assert level_dbm0(audio) == pytest.approx(-13.0, abs=0.1)


def test_frames_join_without_a_step():
    generator = ToneGenerator(Tone(freqs_hz=(425,), cadence_ms=()))
    pieces = b"".join(generator.frame() for _ in range(50))
    assert pieces == ToneGenerator(Tone(freqs_hz=(425,), cadence_ms=())).frame(8000)


def test_a_cadence_repeats():
    cadence = Cadence((400, 200, 400, 2000))
    pattern = "".join("x" if cadence.step(200) else "." for _ in range(30))
    assert pattern == ("xx.xx" + "." * 10) * 2


def test_plans_without_a_primary_source_are_marked():
    unverified = {country for country, plan in plans().items() if not plan.verified}
    assert {"ir", "iq", "sa", "kw", "qa", "eg", "ae"} <= unverified
    assert plan_of("de").verified


def test_an_unknown_country_names_those_there_are():
    with pytest.raises(KeyError, match="no tone plan for country 'xx'; there are ae, cn, de"):
        plan_of("xx")


def test_a_country_nobody_wrote_a_plan_for_gets_one_that_is_marked():
    plan = plan_or_assumed("xx")
    assert (plan.country, plan.verified) == ("xx", False)
    assert plan.busy == plan_of("de").busy
    assert plan_or_assumed("ir") == plan_of("ir")
