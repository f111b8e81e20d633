"""Caller ID as dialled digits: every country's codes, and damage that must not look right."""

from __future__ import annotations

import numpy as np
import pytest

from hw.signal.caller_id import Absence, CallerId
from hw.signal.dtmf import DtmfGenerator
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder, DtmfCallerIdEncoder, DtmfForm
from hw.signal.level import RMS_AT_0_DBM0, bytes_of, samples_of

FRAME = 320
CALLER = CallerId(number="0218877665")
FRAMED = [form for form in DtmfForm if form is not DtmfForm.BARE]


def pressed(digits: str, on_ms: int = 70, off_ms: int = 70) -> bytes:
    generator = DtmfGenerator(on_ms=on_ms, off_ms=off_ms)
    generator.put(digits)
    audio = bytes(FRAME * 5)
    while generator.busy:
        audio += generator.frame()
    return audio + bytes(FRAME * 30)


def sent(caller: CallerId, form: DtmfForm) -> bytes:
    encoder = DtmfCallerIdEncoder(caller, form)
    audio = bytes(FRAME * 5)
    while not encoder.done:
        audio += encoder.frame()
    return audio + bytes(FRAME * 30)


def decoded(audio: bytes, *, bare: bool = False) -> list[CallerId]:
    decoder = DtmfCallerIdDecoder(bare=bare)
    found = [decoder.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [caller for caller in found if caller is not None]


@pytest.mark.parametrize("form", FRAMED)
@pytest.mark.parametrize("absence", [Absence.NONE, Absence.WITHHELD, Absence.UNAVAILABLE])
def test_what_is_sent_is_what_is_heard(form, absence):
    caller = CallerId(absence=absence) if absence else CALLER
    assert decoded(sent(caller, form)) == [caller]


def test_a_number_without_a_start_code_is_heard_only_where_it_is_expected():
    audio = sent(CALLER, DtmfForm.BARE)
    assert decoded(audio) == []
    assert decoded(audio, bare=True) == [CALLER]


@pytest.mark.parametrize(
    ("digits", "caller"),
    [
        ("A09121234567D0218877665C", CallerId(number="09121234567")),  # redirected
        ("A09121234567B00C", CallerId(number="09121234567")),
        ("D2#", CallerId(absence=Absence.UNAVAILABLE)),  # international
    ],
)
def test_what_else_exchanges_send(digits, caller):
    assert decoded(pressed(digits)) == [caller]


@pytest.mark.parametrize(
    "digits",
    ["A0912", "0912C", "AC", "A1C", "AB10#", "B99C", "A0912A0912C", "#", "C", "A09*2C", "1234#"],
)
def test_what_is_no_whole_message_is_none(digits):
    assert decoded(pressed(digits)) == []


@pytest.mark.parametrize("lost", range(1, 11))
def test_a_number_that_lost_a_digit_on_the_way_is_none(lost):
    audio = bytearray(pressed("A0218877665C"))
    digit = FRAME * 5 + lost * 2 * 8 * 140  # the digit's first sample, 140 ms apart
    audio[digit : digit + 2 * 8 * 140] = bytes(2 * 8 * 140)
    assert decoded(bytes(audio)) == []


def test_a_digit_that_was_torn_in_two_is_none():
    audio = bytearray(pressed("A0218877665C", on_ms=140, off_ms=60))
    digit = FRAME * 5 + 5 * 2 * 8 * 200
    audio[digit + 2 * 8 * 50 : digit + 2 * 8 * 90] = bytes(2 * 8 * 40)
    assert decoded(bytes(audio)) in ([], [CALLER])


@pytest.mark.parametrize("form", FRAMED)
@pytest.mark.parametrize("snr_db", [15.0, 6.0, 0.0, -3.0])
def test_however_bad_the_line_a_wrong_caller_is_never_named(form, snr_db):
    for seed in range(10):
        noise_rms = RMS_AT_0_DBM0 * 10 ** ((-8 - snr_db) / 20)
        samples = samples_of(sent(CALLER, form))
        noise = np.random.default_rng(seed).normal(0, noise_rms, len(samples))
        found = decoded(bytes_of(samples + noise))
        assert found in ([], [CALLER])
        assert found or snr_db < 15.0


def test_speech_like_noise_is_no_caller_id():
    random = np.random.default_rng(3)
    noise = bytes_of(random.normal(0, 3000, 8000 * 20))
    assert decoded(noise, bare=True) == []
