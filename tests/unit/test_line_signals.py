"""How a trunk line follows the exchange at its other end: each sign of an answer and of an end,
each way of dialling, caller ID at each moment, fax, flash."""

from __future__ import annotations

import numpy as np
import pytest

from firmware.config.sections.lines import (
    AnswerSign,
    CallerIdSent,
    DialMode,
    HangUpSign,
    TrunkSignals,
)
from firmware.lined.trunk import TrunkLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import (
    BatteryDropped,
    LineCut,
    PolarityReversed,
    PulsesSent,
    RingBegan,
    RingEnded,
)
from hw.signal.caller_id import CallerId, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfDetector
from hw.signal.dtmf_caller_id import DtmfCallerIdEncoder, DtmfForm
from hw.signal.fax import FaxTone, FaxToneGenerator
from hw.signal.level import bytes_of
from hw.signal.tone import ToneGenerator
from tests.unit.line_bench import PLAN, FakeDialog, LineBench, silence, tone

S = LineState
CALLER = CallerId(number="0218877665")


def bench_of(**signals: object) -> LineBench:
    return LineBench(TrunkLine, signals=TrunkSignals(**signals))


def out_of(encoder: CallerIdEncoder | DtmfCallerIdEncoder) -> bytes:
    audio = silence(0.3)
    while not encoder.done:
        audio += encoder.frame()
    return audio + silence(0.2)


def speech(seconds: float) -> bytes:
    return bytes_of(np.random.default_rng(2).normal(0, 1500, round(seconds * 8000)))


def in_use(bench: LineBench) -> FakeDialog:
    bench.happen(RingBegan(), RingEnded())
    bench.clock.pass_s(bench.times.caller_id_s)
    bench.line.on_answered()
    bench.clock.pass_s(2.0)
    bench.orders()
    assert bench.line.state is S.IN_USE
    return bench.exchange.last


def calling(bench: LineBench, number: str = "0912") -> FakeDialog:
    dialog = bench.invite(number)
    bench.hear(tone("dial", 1.0))
    bench.clock.pass_s(len(number) * 0.16 + 0.2)
    assert bench.line.state is S.CALLING
    return dialog


def pressed(bench: LineBench, seconds: float) -> str:
    """The keys that the line presses; time goes by with what it says."""
    detector, heard = DtmfDetector(), ""
    for _ in range(round(seconds * 50)):
        bench.clock.pass_s(0.02)
        heard += detector.feed(bench.patch.say())
    return heard


# -- answered --------------------------------------------------------------------------------


def test_polarity_says_that_a_call_was_answered():
    bench = bench_of(answer=AnswerSign.POLARITY)
    dialog = calling(bench)
    bench.clock.pass_s(60.0)
    assert bench.line.state is S.CALLING
    bench.happen(PolarityReversed())
    assert bench.line.state is S.IN_USE
    assert dialog.orders == ["progress", "answer"]


def test_the_wait_for_an_answer_is_the_lines():
    bench = bench_of(answer_delay_s=9.0)
    dialog = calling(bench)
    bench.clock.pass_s(8.0)
    assert bench.line.state is S.CALLING
    bench.clock.pass_s(1.0)
    assert dialog.orders == ["progress", "answer"]


@pytest.mark.parametrize(
    ("heard", "answered"),
    [
        (tone("ringback", 30.0), False),
        (silence(10.0), False),
        (tone("ringback", 6.0) + speech(0.6), True),
        (speech(0.6), True),
        (tone("ringback", 6.0) + silence(7.0), True),
    ],
    ids=["rings", "silent", "rings then speaks", "speaks", "rings then silent"],
)
def test_speech_or_the_end_of_ringback_says_so(heard, answered):
    bench = bench_of(answer=AnswerSign.SPEECH)
    dialog = calling(bench)
    bench.hear(heard)
    assert (bench.line.state is S.IN_USE) == answered
    assert ("answer" in dialog.orders) == answered


# -- ended -----------------------------------------------------------------------------------


def test_polarity_says_that_the_far_end_left():
    bench = bench_of(hang_up=[HangUpSign.POLARITY])
    dialog = in_use(bench)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.ENDED
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    assert bench.orders() == ["on_hook"]
    assert bench.line.row().note == "polarity reversed"


def test_polarity_that_wavers_at_the_answer_says_nothing():
    bench = bench_of(hang_up=[HangUpSign.POLARITY])
    bench.happen(RingBegan(), RingEnded())
    bench.clock.pass_s(bench.times.caller_id_s)
    bench.line.on_answered()
    bench.clock.pass_s(0.3)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.IN_USE


def test_the_reversal_at_the_answer_of_a_call_out_does_not_end_it():
    bench = bench_of(hang_up=[HangUpSign.POLARITY])  # answer: by delay
    calling(bench)
    bench.clock.pass_s(10.0)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.IN_USE
    bench.clock.pass_s(10.0)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.ENDED


def test_after_an_answer_by_polarity_the_next_reversal_is_the_end():
    bench = bench_of(answer=AnswerSign.POLARITY, hang_up=[HangUpSign.POLARITY])
    calling(bench)
    bench.happen(PolarityReversed())
    bench.clock.pass_s(10.0)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.ENDED


def test_polarity_means_nothing_where_it_is_not_said_to():
    bench = bench_of()
    in_use(bench)
    bench.happen(PolarityReversed())
    assert bench.line.state is S.IN_USE


def test_a_battery_that_blinks_means_nothing_where_it_is_not_said_to():
    bench = bench_of(hang_up=[HangUpSign.TONES])
    in_use(bench)
    bench.happen(BatteryDropped())
    assert bench.line.state is S.IN_USE


@pytest.mark.parametrize("name", ["busy", "congestion", "howler", "dial"])
def test_every_tone_of_the_end_frees_the_line(name):
    bench = bench_of()
    dialog = in_use(bench)
    bench.hear(tone(name, 6.0))
    assert bench.line.state is S.ENDED
    assert bench.line.row().note == f"{name} tone"
    assert dialog.ended_with is Cause.NORMAL_CLEARING


def test_a_caller_who_leaves_just_as_we_answer_does_not_keep_the_line():
    """The far end hung up, we closed the loop and so seized the line: no current drop and no busy
    tone comes, only dial tone."""
    bench = bench_of()
    dialog = in_use(bench)
    bench.hear(tone("dial", 5.0))
    assert bench.line.state is S.ENDED
    assert bench.orders() == ["on_hook"]
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


@pytest.mark.parametrize(
    "heard",
    [tone("ringback", 20.0), speech(20.0), tone("dial", 2.0) + silence(2.0)],
    ids=["ringback", "speech", "a short tone"],
)
def test_what_sounds_in_a_call_does_not_end_it(heard):
    bench = bench_of()
    in_use(bench)
    bench.hear(heard)
    assert bench.line.state is S.IN_USE


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("busy", Cause.USER_BUSY),
        ("congestion", Cause.SWITCH_CONGESTION),
        ("dial", Cause.NO_CIRCUIT),
    ],
)
def test_what_a_call_out_meets_is_told_to_the_exchange(name, cause):
    bench = bench_of(answer_delay_s=30.0)
    dialog = calling(bench)
    bench.hear(tone(name, 5.0))
    assert dialog.ended_with is cause
    assert bench.line.state is S.ENDED


def test_a_line_that_drops_before_it_has_dialled_lets_the_call_go_another_way():
    bench = bench_of()
    dialog = bench.invite("0912")
    bench.happen(BatteryDropped())
    assert dialog.ended_with is Cause.NO_CIRCUIT
    assert bench.line.state is S.ENDED


def test_a_line_cut_while_it_dials_is_freed():
    bench = bench_of(dial=DialMode.PULSE)
    dialog = bench.invite("0912")
    bench.hear(tone("dial", 1.0))
    bench.happen(LineCut(), PulsesSent())
    assert bench.line.state is S.CUT
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    bench.clock.pass_s(60.0)
    assert bench.line.state is S.CUT


# -- dialling --------------------------------------------------------------------------------


def test_pulses_are_dialled_by_the_port():
    bench = bench_of(dial=DialMode.PULSE)
    dialog = bench.invite("0912")
    bench.hear(tone("dial", 1.0))
    assert bench.orders() == ["off_hook", "dial_pulses 0912"]
    bench.clock.pass_s(2.0)
    assert bench.line.state is S.DIALLING
    bench.happen(PulsesSent())
    assert bench.line.state is S.CALLING
    assert dialog.orders == ["progress"]


def test_a_port_that_does_not_say_that_it_has_dialled_is_not_waited_for():
    bench = bench_of(dial=DialMode.PULSE)
    bench.invite("0912")
    bench.hear(tone("dial", 1.0))
    bench.clock.pass_s(12 * 0.1 + 10 * 0.1 + 4 * 0.8 + 3.1)
    assert bench.line.state is S.CALLING


@pytest.mark.parametrize("number", ["*31#", "12A", "", ",", "w"])
def test_what_a_dial_cannot_dial_is_refused(number):
    assert bench_of(dial=DialMode.PULSE).invite(number) is Cause.INVALID_NUMBER


def test_a_prefix_that_cannot_be_dialled_dials_nothing():
    bench = bench_of(dial=DialMode.PULSE, dial_prefix="*")
    assert bench.invite("0912") is Cause.INVALID_NUMBER
    assert bench.orders() == []


def test_pauses_separate_what_is_dialled():
    bench = bench_of(dial_prefix="9,")
    bench.invite("12")
    bench.hear(tone("dial", 1.0))
    assert pressed(bench, 1.5) == "9"
    assert bench.line.state is S.DIALLING
    assert pressed(bench, 2.0) == "12"
    assert bench.line.state is S.CALLING


def test_a_second_dial_tone_is_waited_for():
    bench = bench_of(dial_prefix="9w")
    bench.invite("12")
    bench.hear(tone("dial", 1.0))
    assert pressed(bench, 2.0) == "9"
    bench.hear(tone("dial", 1.0))
    assert pressed(bench, 1.0) == "12"
    assert bench.line.state is S.CALLING


def test_a_second_dial_tone_that_does_not_come_gives_the_line_up():
    bench = bench_of(dial_prefix="9w")
    dialog = bench.invite("12")
    bench.hear(tone("dial", 1.0))
    pressed(bench, 4.0)
    assert bench.line.state is S.ENDED
    assert dialog.ended_with is Cause.NO_CIRCUIT
    assert bench.line.row().note == "no dial tone"
    assert bench.orders() == ["off_hook", "on_hook"]


def test_a_flash_among_the_digits():
    bench = bench_of(dial_prefix="!")
    bench.invite("12")
    bench.hear(tone("dial", 1.0))
    assert bench.orders() == ["off_hook", "flash"]
    assert pressed(bench, 2.0) == "12"


def test_a_line_without_dial_tone_may_be_dialled_on_blindly():
    bench = bench_of(wait_for_dial_tone=False)
    bench.invite("12")
    bench.clock.pass_s(1.0)
    assert bench.line.state is S.DIALLING
    assert pressed(bench, 1.0) == "12"


def test_digits_of_a_call_that_was_given_up_are_not_dialled():
    bench = bench_of(dial_prefix="9,")
    bench.invite("12")
    bench.hear(tone("dial", 1.0))
    pressed(bench, 1.0)
    bench.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert pressed(bench, 5.0) == ""
    assert bench.line.state is S.IDLE


# -- flash -----------------------------------------------------------------------------------


def test_the_flash_key_flashes_the_line_and_dial_tone_is_then_wanted():
    bench = bench_of()
    in_use(bench)
    bench.line.on_digit("R")
    assert bench.orders() == ["flash"]
    bench.hear(tone("dial", 8.0))
    assert bench.line.state is S.IN_USE
    bench.clock.pass_s(20.0)
    bench.hear(tone("dial", 5.0))
    assert bench.line.state is S.ENDED


def test_busy_tone_after_a_flash_still_ends_the_call():
    bench = bench_of()
    in_use(bench)
    bench.line.flash()
    bench.hear(tone("busy", 5.0))
    assert bench.line.state is S.ENDED


def test_a_line_without_a_call_cannot_be_flashed():
    bench = bench_of()
    with pytest.raises(RuntimeError, match="line-1 is idle: a flash is for a call"):
        bench.line.flash()


# -- caller ID -------------------------------------------------------------------------------


@pytest.mark.parametrize("standard", Standard)
def test_keying_before_the_first_ring_is_kept_for_it(standard):
    bench = bench_of()
    bench.happen(PolarityReversed())
    bench.hear(out_of(CallerIdEncoder(CALLER, standard)))
    assert bench.line.state is S.IDLE
    bench.happen(RingBegan())
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == CALLER.number


@pytest.mark.parametrize("form", [DtmfForm.A_TO_C, DtmfForm.A_TO_HASH, DtmfForm.D_TO_C])
@pytest.mark.parametrize("before", [True, False], ids=["before the ring", "after it"])
def test_digits_with_codes_name_the_caller(form, before):
    bench = bench_of()
    audio = out_of(DtmfCallerIdEncoder(CALLER, form))
    if before:
        bench.hear(audio)
    bench.happen(RingBegan())
    if not before:
        bench.happen(RingEnded())
        bench.hear(audio)
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == CALLER.number


def test_digits_without_codes_name_the_caller_only_where_they_are_expected():
    audio = out_of(DtmfCallerIdEncoder(CALLER, DtmfForm.BARE))
    for kind, caller in ((CallerIdSent.AUTO, ""), (CallerIdSent.DTMF_BARE, CALLER.number)):
        bench = bench_of(caller_id=kind)
        bench.happen(RingBegan(), RingEnded())
        bench.hear(audio)
        bench.clock.pass_s(bench.times.caller_id_s)
        assert bench.exchange.last.caller == caller


def test_a_line_without_caller_id_offers_its_call_at_the_first_ring():
    bench = bench_of(caller_id=CallerIdSent.NONE)
    bench.happen(RingBegan())
    assert bench.line.state is S.OFFERED


def test_half_a_burst_names_nobody_and_the_call_is_offered():
    bench = bench_of()
    whole = out_of(CallerIdEncoder(CALLER))
    bench.happen(RingBegan(), RingEnded())
    bench.hear(whole[: len(whole) // 640 * 320] + silence(1.0))
    assert bench.line.state is S.RINGING_IN
    bench.clock.pass_s(3.0)
    bench.happen(RingBegan())
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == ""


# -- fax -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaxTone.CNG, FaxTone.CED])
def test_a_fax_is_reported_once_and_not_acted_on(kind):
    bench = bench_of()
    dialog = in_use(bench)
    generator = FaxToneGenerator(kind)
    bench.hear(b"".join(generator.frame() for _ in range(400)))
    assert bench.line.state is S.IN_USE
    faxes = [row.note for name, row in bench.rows if name == "line.fax"]
    assert faxes == [f"fax: {kind}"]
    assert dialog.orders == [f"tell fax: {kind}"]


# -- the card --------------------------------------------------------------------------------


def test_the_echo_canceller_is_switched_on_for_a_call():
    bench = bench_of(echo_canceller_ms=32)
    bench.happen(RingBegan(), RingEnded())
    bench.clock.pass_s(bench.times.caller_id_s)
    bench.line.on_answered()
    assert bench.orders() == ["off_hook", "cancel_echo 256"]


def test_a_howl_of_a_handset_is_like_no_speech():
    """Four tones at once, a tenth of a second on and off: it is not taken for keys either."""
    detector = DtmfDetector()
    generator = ToneGenerator(PLAN.howler)
    assert not any(detector.feed(generator.frame()) for _ in range(250))
