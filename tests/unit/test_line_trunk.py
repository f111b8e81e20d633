"""A trunk line: rung, answered, dropped, dialled out on, cut and lost."""

from __future__ import annotations

import pytest

from firmware.lined.trunk import TrunkLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import BatteryDropped, LineCut, LineMended, RingBegan, RingEnded
from hw.signal.caller_id import Absence, CallerId, CallerIdEncoder
from hw.signal.dtmf import DtmfDetector
from tests.unit.line_bench import FakeDialog, LineBench, silence, tone

S = LineState
CALLER = CallerId(number="02188776655", name="Ali")


@pytest.fixture
def bench():
    return LineBench(TrunkLine)


def caller_id(caller: CallerId) -> bytes:
    encoder = CallerIdEncoder(caller)
    audio = silence(0.5)
    while not encoder.done:
        audio += encoder.frame()
    return audio + silence(0.2)


def ring(bench: LineBench) -> None:
    """One burst, a second long."""
    bench.happen(RingBegan())
    bench.clock.pass_s(1.0)
    bench.happen(RingEnded())


def offered(bench: LineBench) -> FakeDialog:
    ring(bench)
    bench.hear(caller_id(CALLER))
    assert bench.line.state is S.OFFERED
    return bench.exchange.last


def in_use(bench: LineBench) -> FakeDialog:
    dialog = offered(bench)
    bench.line.on_answered()
    assert bench.line.state is S.IN_USE
    assert "off_hook" in bench.orders()
    return dialog


def test_a_call_is_offered_when_its_caller_id_was_heard(bench):
    dialog = offered(bench)
    assert (dialog.line, dialog.called) == ("line-1", "line-1")
    assert (dialog.caller, dialog.caller_name) == ("02188776655", "Ali")
    assert bench.orders() == []
    assert bench.line.row().number == "02188776655"


def test_a_withheld_number_is_offered_without_one(bench):
    ring(bench)
    bench.hear(caller_id(CallerId(absence=Absence.WITHHELD)))
    assert bench.exchange.last.caller == ""


def test_a_call_without_caller_id_is_offered_at_the_second_ring(bench):
    ring(bench)
    bench.clock.pass_s(4.0)
    assert bench.line.state is S.RINGING_IN
    bench.happen(RingBegan())
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == ""


def test_the_halves_of_a_double_ring_are_one_ring(bench):
    bench.happen(RingBegan())
    bench.clock.pass_s(0.4)
    bench.happen(RingEnded())
    bench.clock.pass_s(0.2)
    bench.happen(RingBegan())
    assert bench.line.state is S.RINGING_IN


def test_a_single_ring_is_offered_after_the_wait(bench):
    ring(bench)
    bench.clock.pass_s(bench.times.caller_id_s)
    assert bench.line.state is S.OFFERED


def test_a_burst_of_which_only_the_end_was_seen_is_a_ring(bench):
    bench.happen(RingEnded())
    assert bench.line.state is S.RINGING_IN
    bench.hear(caller_id(CALLER))
    assert bench.exchange.last.caller == "02188776655"


def test_caller_id_of_a_ring_that_was_not_seen_is_kept_for_the_next(bench):
    bench.hear(caller_id(CALLER))
    assert bench.line.state is S.IDLE
    bench.clock.pass_s(3.0)
    bench.happen(RingBegan())
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == "02188776655"


def test_caller_id_heard_long_ago_is_not_used(bench):
    bench.hear(caller_id(CALLER))
    bench.clock.pass_s(bench.times.early_id_s + 0.1)
    bench.happen(RingBegan())
    assert bench.line.state is S.RINGING_IN


def test_caller_id_is_used_once(bench):
    bench.hear(caller_id(CALLER))
    bench.happen(RingBegan())
    bench.clock.pass_s(bench.times.ring_gap_s)
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE
    bench.happen(RingBegan())
    assert bench.line.state is S.RINGING_IN


def test_answering_goes_off_hook_and_opens_the_way(bench):
    dialog = in_use(bench)
    assert dialog.joined
    for _ in range(3):
        bench.patch.hear(b"\x01\x00" * 160)
    assert bench.patch.take() == b"\x01\x00" * 160


def test_nothing_passes_before_the_answer(bench):
    offered(bench)
    bench.hear(b"\x01\x00" * 160 * 5)
    assert bench.patch.take() == b""
    bench.patch.give(b"\x02\x00" * 160)
    assert not any(bench.say(0.2))


def test_a_caller_who_gives_up_cancels_the_call(bench):
    dialog = offered(bench)
    bench.happen(RingBegan())
    bench.clock.pass_s(bench.times.ring_gap_s - 0.1)
    assert bench.line.state is S.OFFERED
    bench.clock.pass_s(0.2)
    assert dialog.events is None
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.ENDED
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE
    assert bench.line.row().number == ""
    assert bench.clock.running == 0


def test_a_caller_who_gives_up_before_the_offer_leaves_no_call(bench):
    bench.happen(RingBegan())
    bench.line.stop_timer("caller_id")
    bench.clock.pass_s(bench.times.ring_gap_s)
    assert bench.line.state is S.IDLE
    assert bench.exchange.dialogs == []


def test_digits_from_the_line_go_to_the_exchange(bench):
    dialog = in_use(bench)
    bench.hear_digits("1#")
    assert dialog.orders == ["digits 1", "digits #"]


def test_digits_from_the_exchange_are_heard_on_the_line(bench):
    in_use(bench)
    for digit in "42":
        bench.line.on_digit(digit)
    detector = DtmfDetector()
    audio = bench.say(0.6)
    heard = [detector.feed(audio[at : at + 320]) for at in range(0, len(audio), 320)]
    assert "".join(heard) == "42"


def test_a_key_that_is_no_tone_is_left_out(bench):
    in_use(bench)
    bench.line.on_digit("R")
    assert not any(bench.say(0.2))


def test_the_disconnect_signal_ends_the_call(bench):
    dialog = in_use(bench)
    bench.happen(BatteryDropped())
    assert bench.line.state is S.ENDED
    assert bench.orders() == ["on_hook"]
    assert dialog.events is None
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


def test_busy_tone_ends_the_call_where_there_is_no_disconnect_signal(bench):
    dialog = in_use(bench)
    bench.hear(tone("busy", 4.0))
    assert bench.line.state is S.ENDED
    assert dialog.ended_with is Cause.NORMAL_CLEARING


def test_the_exchange_hanging_up_goes_on_hook(bench):
    in_use(bench)
    bench.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.orders() == ["on_hook"]
    assert bench.line.state is S.ENDED
    bench.happen(BatteryDropped())  # overtaken
    assert bench.line.state is S.ENDED


def test_a_refused_call_rings_on_and_is_not_offered_again(bench):
    offered(bench)
    bench.line.on_ended(Cause.USER_BUSY, by_them=True)
    assert bench.line.state is S.UNHEARD
    bench.clock.pass_s(4.0)
    assert len(bench.exchange.dialogs) == 1
    bench.clock.pass_s(bench.times.ring_gap_s)
    assert bench.line.state is S.IDLE


def test_an_exchange_that_goes_away_frees_the_line(bench):
    dialog = in_use(bench)
    bench.line.release()
    assert dialog.ended_with is Cause.TEMPORARY_FAILURE
    assert bench.orders() == ["on_hook"]
    assert bench.line.state is S.ENDED


def test_a_call_that_meets_a_restarting_exchange_is_offered_again(bench):
    dialog = offered(bench)
    bench.line.release()
    assert dialog.ended_with is Cause.TEMPORARY_FAILURE
    assert bench.line.state is S.UNHEARD
    bench.clock.pass_s(bench.times.retry_s)
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == "02188776655"


def test_an_exchange_that_refuses_at_once_leaves_no_dialog(bench):
    bench.exchange.refuses = Cause.UNALLOCATED_NUMBER
    ring(bench)
    bench.hear(caller_id(CALLER))
    assert bench.line.state is S.UNHEARD
    assert bench.line.dialog is None


def test_a_full_stack_is_tried_again(bench):
    bench.exchange.full = True
    ring(bench)
    bench.hear(caller_id(CALLER))
    assert bench.line.state is S.UNHEARD
    bench.exchange.full = False
    bench.clock.pass_s(bench.times.retry_s)
    assert bench.line.state is S.OFFERED


def test_dialling_out_waits_for_dial_tone_and_dials(bench):
    dialog = bench.invite("09121234567")
    assert bench.line.state is S.SEIZED
    assert bench.orders() == ["off_hook"]
    bench.hear(tone("dial", 1.0))
    assert bench.line.state is S.DIALLING
    audio = bench.say(1.9)
    detector = DtmfDetector()
    heard = [detector.feed(audio[at : at + 320]) for at in range(0, len(audio), 320)]
    assert "".join(heard) == "09121234567"
    bench.clock.pass_s(1.9)
    assert bench.line.state is S.CALLING
    assert dialog.orders == ["progress"]
    assert dialog.joined
    bench.clock.pass_s(bench.times.answer_after_s)
    assert bench.line.state is S.IN_USE
    assert dialog.orders == ["progress", "answer"]


def test_a_busy_number_is_told_to_the_exchange(bench):
    dialog = bench.invite("0912")
    bench.hear(tone("dial", 1.0))
    bench.clock.pass_s(0.8)
    bench.hear(tone("busy", 4.0))
    assert dialog.ended_with is Cause.USER_BUSY
    assert bench.line.state is S.ENDED


def test_a_line_without_dial_tone_is_given_up(bench):
    dialog = bench.invite("0912")
    bench.clock.pass_s(bench.times.dial_tone_s)
    assert dialog.ended_with is Cause.NO_CIRCUIT
    assert bench.orders() == ["off_hook", "on_hook"]
    assert bench.line.state is S.ENDED


def test_a_caller_who_hangs_up_while_it_dials_frees_the_line(bench):
    bench.invite("0912")
    bench.hear(tone("dial", 1.0))
    bench.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.ENDED
    bench.clock.pass_s(10.0)
    assert bench.line.state is S.IDLE


@pytest.mark.parametrize("number", ["", "+98912", "abc", "12 34"])
def test_what_an_analogue_line_cannot_dial_is_refused(bench, number):
    assert bench.invite(number) is Cause.INVALID_NUMBER
    assert bench.line.state is S.IDLE


def test_a_line_in_use_refuses_a_call(bench):
    in_use(bench)
    assert bench.invite("0912") is Cause.NO_CIRCUIT


def test_a_cut_line_ends_its_call_and_refuses_others_until_it_is_mended(bench):
    dialog = in_use(bench)
    bench.happen(LineCut())
    assert bench.line.state is S.CUT
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert "no battery" in bench.line.row().fault
    assert bench.invite("0912") is Cause.NO_CIRCUIT
    bench.happen(LineMended())
    assert bench.line.state is S.IDLE
    assert bench.line.row().fault == ""
    assert bench.clock.running == 0


def test_a_lost_port_ends_its_call_and_comes_back(bench):
    dialog = in_use(bench)
    bench.line.on_lost("the card is gone")
    assert bench.line.state is S.FAULT
    assert bench.line.row().fault == "the card is gone"
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert bench.invite("0912") is Cause.NO_CIRCUIT
    bench.line.on_found()
    assert bench.line.state is S.IDLE


def test_every_change_is_posted_with_the_row_after_it(bench):
    in_use(bench)
    bench.happen(BatteryDropped())
    names = [name for name, _ in bench.rows]
    assert names == [
        "line.found",
        "line.ring_began",
        "line.caller_known",
        "line.answered",
        "line.dropped",
    ]
    assert [row.state for _, row in bench.rows] == [
        "idle",
        "ringing_in",
        "offered",
        "in_use",
        "ended",
    ]


def test_ringing_during_the_rest_after_a_call_is_a_new_call(bench):
    in_use(bench)
    bench.happen(BatteryDropped())
    ring(bench)
    assert bench.line.state is S.RINGING_IN
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.RINGING_IN
