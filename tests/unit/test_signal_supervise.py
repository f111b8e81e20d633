"""Busy, congestion and dial tone in a call: found soon when they are there, never when not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from hw.dahdi.exchanges import EXCHANGES
from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0, bytes_of, samples_of
from hw.signal.supervise import Supervision
from hw.signal.tone import Tone, ToneGenerator, TonePlan, plan_of, plans
from tests.rig.corpus import at_level, pieces, speech
from tests.rig.corpus.lines import WAYS

ENDS = ("busy", "congestion", "dial", "howler")


def all_plans() -> Sequence[TonePlan]:
    """Every country's and every odd exchange's, each set of tones once."""
    several = [*plans().values(), *(one.plan for one in EXCHANGES.values())]
    return list({tuple(map(plan.tone, ENDS)): plan for plan in several}.values())


PLANS = all_plans()


def frames(audio: bytes) -> list[bytes]:
    return [audio[at : at + 320] for at in range(0, len(audio), 320)]


def found(plan: TonePlan, audio: bytes, names: Sequence[str] = ENDS) -> list[tuple[float, str]]:
    """What is recognised, and after how many seconds."""
    ear = Supervision(plan, names)
    return [(n / 50, name) for n, one in enumerate(frames(audio)) if (name := ear.feed(one))]


def false_alarms(minutes: float, seed: int) -> list[str]:
    alarms = []
    for piece in pieces(minutes, seed):
        for plan in PLANS:
            alarms += [
                f"{name} of {plan.country} at {at:.1f} s of {piece}"
                for at, name in found(plan, piece.audio)
            ]
    return alarms


def tone_in_noise(tone: Tone, level_dbm0: float, snr_db: float, off_tune: float = 1.0) -> bytes:
    tuned = Tone(freqs_hz=tuple(hz * off_tune for hz in tone.freqs_hz), cadence_ms=tone.cadence_ms)
    seconds = 8 + 5 * sum(tone.cadence_ms) / 1000
    generator = ToneGenerator(tuned, level_dbm0)
    generator.frame(1234)  # a call is not up at the beginning of a burst
    wave = samples_of(generator.frame(round(seconds * 50) * 160)).astype(float)
    rms = RMS_AT_0_DBM0 * 10 ** ((level_dbm0 - snr_db) / 20)
    return bytes_of(wave + np.random.default_rng(2).normal(0, rms, len(wave)))


def latest_s(tone: Tone) -> float:
    """Four periods, or four bursts of a tone that has but one in a period."""
    if not tone.cadence_ms:
        return 5.0
    return 4 * sum(tone.cadence_ms) / 1000 + 0.3


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.country)
@pytest.mark.parametrize("name", ["busy", "congestion", "dial"])
@pytest.mark.parametrize(
    ("level_dbm0", "snr_db", "off_tune"),
    [(-13.0, 40.0, 1.0), (-6.0, 20.0, 1.012), (-20.0, 10.0, 1.0), (-38.0, 12.0, 0.99)],
)
def test_a_tone_is_found_within_four_periods(plan, name, level_dbm0, snr_db, off_tune):
    tone = plan.tone(name)
    audio = tone_in_noise(tone, level_dbm0, snr_db, off_tune)
    first = found(plan, audio, ("busy", "congestion", "dial"))[:1]
    assert first
    at, heard = first[0]
    assert at <= latest_s(tone)
    # Spain's congestion is its busy tone with longer pauses between; either ends the call.
    assert heard == name or plan.country == "es"


@pytest.mark.parametrize("way", [way for way in WAYS if "loss" not in way])
def test_a_tone_is_found_behind_a_codec(way):
    plan = plan_of("de")
    wave = samples_of(ToneGenerator(plan.busy).frame(160 * 400)).astype(float)
    coded = WAYS[way](wave, np.random.default_rng(1))
    assert [name for _at, name in found(plan, bytes_of(coded))][:1] == ["busy"]


def test_a_tone_is_found_though_one_packet_in_a_hundred_is_lost():
    plan = plan_of("de")
    wave = samples_of(ToneGenerator(plan.busy).frame(160 * 1000)).astype(float)
    coded = WAYS["1 % loss"](wave, np.random.default_rng(1))
    assert "busy" in {name for _at, name in found(plan, bytes_of(coded))}


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.country)
def test_ringback_ends_no_call(plan):
    audio = ToneGenerator(plan.ringback).frame(160 * 50 * 30)
    assert found(plan, audio) == []


def test_the_howler_is_found():
    plan = plan_of("us")
    assert {name for _at, name in found(plan, tone_in_noise(plan.howler, -8.0, 30.0))} == {"howler"}


def test_busy_tone_under_somebody_who_still_talks_is_not_taken_for_it():
    plan = plan_of("de")
    said = at_level(speech.prompts(10.0, np.random.default_rng(3)), -14.0)
    busy = samples_of(ToneGenerator(plan.busy).frame(len(said))).astype(float)
    assert found(plan, bytes_of((said + busy)[: len(said) // 160 * 160])) == []


def test_two_bursts_are_not_enough():
    plan = plan_of("de")
    audio = ToneGenerator(plan.busy).frame(160 * 75) + bytes(320 * 200)
    assert found(plan, audio) == []


def test_a_tone_of_another_cadence_is_not_busy():
    plan = plan_of("de")
    for cadence_ms in ((700, 700), (480, 960), (300, 480), (1000, 4000)):
        tone = Tone(freqs_hz=(425,), cadence_ms=cadence_ms)
        assert found(plan, ToneGenerator(tone).frame(160 * 600), ("busy",)) == []


def test_ten_minutes_of_speech_music_fax_and_noise_have_no_tone_in_them():
    assert false_alarms(10, seed=1) == []


def test_the_corpus_is_the_same_every_time_and_has_every_kind():
    once, again = (list(pieces(3, seed=9)) for _ in range(2))
    assert [piece.audio for piece in once] == [piece.audio for piece in again]
    assert len({piece.kind for piece in pieces(8, seed=1)}) >= 14
    assert RATE_HZ == 8000
