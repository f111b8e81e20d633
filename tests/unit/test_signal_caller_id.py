"""Caller ID as audio: both standards, what may be in it, and how bad the line may be."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hw.signal.caller_id import (
    Absence,
    AlertTone,
    CallerId,
    CallerIdDecoder,
    CallerIdEncoder,
    Standard,
    date_of,
    message_of,
    parse,
    waiting_message,
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
    caller = parse(b"\x80\x11\x02\x040987\x07\x09Eve\r\nX: 1")
    assert caller == CallerId(number="0987", name="EveX: 1")
    assert parse(b"\x80\x08\x02\x06098\r\n7") is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="too long"):
        message_of(CallerId(number="1" * 21))
    with pytest.raises(ValueError, match="latin-1"):
        message_of(CallerId(number="1", name="علی"))


def test_the_date_is_month_day_hour_minute():
    moment = datetime(2026, 11, 21, 9, 5, tzinfo=ZoneInfo("Asia/Tehran"))
    assert date_of(moment) == "11210905"


@pytest.mark.parametrize(
    "message",
    [
        b"\x80\x06\x02\x05098",  # a field that goes on after the message
        b"\x80\x07\x02\x030987\x07",  # a stump of a field behind the number
        b"\x80\x06\x02\x0409x7",  # a number with a letter
        b"\x80\x0e\x01\x0813011200\x02\x020912",  # the thirteenth month
        b"\x80\x02\x01\x00",  # says nothing of who calls
        b"\x80\x17\x02\x15" + b"1" * 21,  # longer than any number
        b"\x80\x09\x11\x01\x81\x02\x0412" + b"34",  # of a message that waits, not of a call
    ],
)
def test_a_message_that_is_not_whole_is_no_caller_id(message):
    assert parse(message) is None


@pytest.mark.parametrize("standard", Standard)
@pytest.mark.parametrize("snr_db", [12.0, 6.0, 3.0, 0.0])
def test_however_bad_the_line_a_wrong_caller_is_never_named(standard, snr_db):
    for seed in range(12):
        audio = on_a_bad_line(sent(CALLERS[0], standard), -20.0, snr_db=snr_db, seed=seed)
        assert decoded(audio) in ([], [CALLERS[0]])


@pytest.mark.parametrize("standard", Standard)
def test_half_a_burst_is_no_caller_id(standard):
    audio = sent(CALLERS[0], standard)
    for share in (0.3, 0.5, 0.7, 0.8):
        cut = round(len(audio) * share) // 2 * 2
        assert decoded(audio[:cut] + bytes(16000)) == []
        assert decoded(bytes(3200) + audio[cut // 2 * 2 :]) in ([], [CALLERS[0]])


def test_messages_of_random_bytes_name_nobody_wrong():
    """The checksum is right here, as one in 256 is by chance: the structure must refuse them."""
    random = np.random.default_rng(7)
    named = 0
    for _ in range(20000):
        body = random.integers(0, 256, random.integers(2, 40), dtype=np.uint8).tobytes()
        found = parse(bytes([0x80, len(body)]) + body)
        named += found is not None and bool(found.number)
    assert named == 0


def test_of_damaged_messages_hardly_one_names_somebody_else():
    """A sum of bytes is all that the standards give against damage: it lets one in 256 pass."""
    whole = message_of(CALLERS[0])
    random = np.random.default_rng(8)
    wrong = 0
    for _ in range(20000):
        damaged = bytearray(whole)
        for _bit in range(random.integers(2, 12)):
            at = int(random.integers(0, len(damaged) * 8))
            damaged[at // 8] ^= 1 << at % 8
        if sum(damaged) % 256 == sum(whole) % 256:  # the checksum still fits
            found = parse(bytes(damaged))
            wrong += found is not None and found.number not in ("", CALLERS[0].number)
    assert wrong < 20000 / 500


def test_in_a_call_the_training_is_short_and_the_message_the_same():
    encoder = CallerIdEncoder(CALLERS[0], in_call=True)
    audio = bytes(FRAME * 10)
    while not encoder.done:
        audio += encoder.frame()
    assert len(audio) < len(sent(CALLERS[0], Standard.BELL)) - 16000 * 0.2
    assert decoded(audio + bytes(FRAME * 10)) == [CALLERS[0]]


def test_the_alert_tone_is_two_tones_for_a_tenth_of_a_second():
    tone = AlertTone()
    audio = tone.frame(1600)
    assert tone.done
    assert not any(audio[2 * 880 :])
    spectrum = np.abs(np.fft.rfft(samples_of(audio)[:800]))
    assert sorted(10 * np.argsort(spectrum)[-2:]) == [2130, 2750]


@pytest.mark.parametrize(("waiting", "last"), [(True, 0xFF), (False, 0x00)])
def test_that_messages_wait_is_a_message_of_its_own(waiting, last):
    message = waiting_message(waiting=waiting)
    assert (message[0], message[-1]) == (0x82, last)
    encoder, decoder = CallerIdEncoder(message), CallerIdDecoder()
    found = []
    while not encoder.done:
        found.append(decoder.feed(encoder.frame()))
    assert not any(found)  # and names no caller


@pytest.mark.parametrize("standard", Standard)
def test_an_alert_tone_before_the_keying_does_no_harm(standard):
    """DT-AS: some exchanges wake the telephone with it before the first ring (EN 300 659-1)."""
    alert = AlertTone()
    audio = b"".join(alert.frame() for _ in range(6)) + bytes(FRAME * 4)
    assert decoded(bytes(FRAME * 10) + audio + sent(CALLERS[0], standard)) == [CALLERS[0]]
