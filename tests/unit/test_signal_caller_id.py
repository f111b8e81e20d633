"""Caller ID as audio: both standards, what may be in it, and how bad the line may be."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hw.signal.caller_id import (
    Absence,
    CallerId,
    CallerIdDecoder,
    CallerIdEncoder,
    Standard,
    date_of,
    message_of,
    parse,
)
from hw.signal.level import RMS_AT_0_DBM0, bytes_of, level_dbm0, samples_of

FRAME = 320

CALLERS = [
    CallerId(number="02188776655", name="Ali Rezaei", date="11211530"),
    CallerId(number="+989121234567"),
    CallerId(absence=Absence.WITHHELD),
    CallerId(absence=Absence.UNAVAILABLE, name="PAYPHONE"),
    CallerId(number="0", name="José Müller", date="01010000"),
]


def sent(caller: CallerId, standard: Standard) -> bytes:
    encoder = CallerIdEncoder(caller, standard)
    audio = bytes(FRAME * 20)
    while not encoder.done:
        audio += encoder.frame()
    return audio + bytes(FRAME * 10)


def decoded(audio: bytes) -> list[CallerId]:
    decoder = CallerIdDecoder()
    found = [decoder.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [caller for caller in found if caller is not None]


def on_a_bad_line(audio: bytes, level: float, snr_db: float, seed: int) -> bytes:
    """The encoder's -14 dBm0 brought to ``level``, with white noise under it."""
    noise_rms = RMS_AT_0_DBM0 * 10 ** ((level - snr_db) / 20)
    samples = samples_of(audio) * 10 ** ((level + 14) / 20)
    return bytes_of(samples + np.random.default_rng(seed).normal(0, noise_rms, len(samples)))


@pytest.mark.parametrize("standard", Standard)
@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_sent_is_what_is_heard(standard, caller):
    assert decoded(sent(caller, standard)) == [caller]


@pytest.mark.parametrize("standard", Standard)
@pytest.mark.parametrize("level", [-14.0, -30.0, -40.0])
@pytest.mark.parametrize("seed", range(5))
def test_caller_id_survives_a_quiet_line_with_noise(standard, level, seed):
    audio = on_a_bad_line(sent(CALLERS[0], standard), level, snr_db=15.0, seed=seed)
    assert decoded(audio) == [CALLERS[0]]


def test_the_encoder_sends_at_the_standard_level():
    audio = sent(CALLERS[0], Standard.BELL)
    assert level_dbm0(audio[8000:12000]) == pytest.approx(-14.0, abs=0.5)


def test_two_messages_on_one_line_are_heard_one_after_the_other():
    audio = sent(CALLERS[0], Standard.BELL) + sent(CALLERS[1], Standard.V23)
    assert decoded(audio) == [CALLERS[0], CALLERS[1]]


def test_a_damaged_message_is_no_caller_id():
    audio = bytearray(sent(CALLERS[0], Standard.BELL))
    middle = FRAME * 40
    audio[middle : middle + FRAME] = bytes(FRAME)
    assert decoded(bytes(audio)) == []


def test_noise_and_speech_frequencies_are_no_caller_id():
    noise = bytes_of(np.random.default_rng(1).normal(0, 4000, 8000 * 10))
    assert decoded(noise) == []


def test_the_older_single_message_is_read():
    assert parse(b"\x04\x1212311859" + b"0219998887") == CallerId(
        number="0219998887", date="12311859"
    )
    assert parse(b"\x04\x0912311859P") == CallerId(absence=Absence.WITHHELD, date="12311859")


def test_other_messages_and_stumps_are_none():
    assert parse(b"\x82\x03\x0b\x01\xff") is None
    assert parse(b"\x80") is None
    assert parse(b"") is None


def test_what_strangers_send_cannot_carry_control_characters():
    caller = parse(b"\x80\x13\x02\x06098\r\n7\x07\x09Eve\r\nX: 1")
    assert caller == CallerId(number="0987", name="EveX: 1")


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="too long"):
        message_of(CallerId(number="1" * 21))
    with pytest.raises(ValueError, match="latin-1"):
        message_of(CallerId(number="1", name="علی"))


def test_the_date_is_month_day_hour_minute():
    moment = datetime(2026, 11, 21, 9, 5, tzinfo=ZoneInfo("Asia/Tehran"))
    assert date_of(moment) == "11210905"
