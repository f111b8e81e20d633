"""A station line: its telephone dials, rings, talks and hangs up."""

from __future__ import annotations

import pytest

from firmware.lined.station import StationLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import HookLifted, HookReplaced, PulseDigit, RingerOff
from hw.signal.caller_id import CallerId, CallerIdDecoder
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneDetector
from tests.unit.line_bench import PLAN, FakeDialog, LineBench

S = LineState


@pytest.fixture
def bench():
    numbers = frozenset({"101", "102", "1000", "200"})
    return LineBench(StationLine, extension="102", owner="Ward 2", numbers=numbers)


def sounds(bench: LineBench, name: str, seconds: float = 6.0) -> bool:
    """Whether the telephone hears the tone called ``name``."""
    detector = ToneDetector(PLAN, (name,))
    audio = bench.say(seconds)
    return name in {detector.feed(audio[at : at + 320]) for at in range(0, len(audio), 320)}


def calling(bench: LineBench) -> FakeDialog:
    bench.happen(HookLifted())
    bench.hear_digits("101")
    assert bench.line.state is S.CALLING
    return bench.exchange.last


def in_use(bench: LineBench) -> FakeDialog:
    dialog = calling(bench)
    dialog.events.on_answered()
    assert bench.line.state is S.IN_USE
    return dialog


def test_lifting_the_handset_gives_dial_tone(bench):
    bench.happen(HookLifted())
    assert bench.line.state is S.SEIZED
    assert sounds(bench, "dial", 1.0)


def test_the_first_digit_ends_dial_tone(bench):
    bench.happen(HookLifted())
    bench.hear_digits("1")
    assert bench.line.state is S.DIALLING
    assert not any(bench.say(0.2))


def test_a_known_number_is_dialled_at_once(bench):
    dialog = calling(bench)
    assert (dialog.called, dialog.line) == ("101", "line-1")
    assert (dialog.caller, dialog.caller_name) == ("102", "Ward 2")


def test_an_unknown_number_is_dialled_after_a_pause(bench):
    bench.happen(HookLifted())
    bench.hear_digits("09")
    bench.clock.pass_s(bench.times.next_digit_s - 0.1)
    bench.hear_digits("12")
    bench.clock.pass_s(bench.times.next_digit_s - 0.1)
    assert bench.exchange.dialogs == []
    bench.clock.pass_s(0.2)
    assert bench.exchange.last.called == "0912"


def test_the_hash_key_ends_a_number(bench):
    bench.happen(HookLifted())
    bench.hear_digits("55#")
    assert bench.exchange.last.called == "55"


def test_pulses_dial_too(bench):
    bench.happen(HookLifted(), PulseDigit("2"), PulseDigit("0"), PulseDigit("0"))
    assert bench.exchange.last.called == "200"


def test_a_number_that_begins_a_longer_one_waits(bench):
    bench.happen(HookLifted())
    bench.hear_digits("100")
    assert bench.line.state is S.DIALLING
    bench.hear_digits("0")
    assert bench.exchange.last.called == "1000"


def test_nothing_dialled_is_given_up_with_congestion_tone(bench):
    bench.happen(HookLifted())
    bench.clock.pass_s(bench.times.first_digit_s)
    assert bench.line.state is S.ENDED
    assert sounds(bench, "congestion")


def test_ringback_is_heard_while_it_rings_there_and_stops_at_the_answer(bench):
    dialog = calling(bench)
    dialog.events.on_ringing()
    assert level_dbm0(bench.say(1.0)) > -20
    dialog.events.on_answered()
    assert bench.line.state is S.IN_USE
    assert dialog.joined
    assert not any(bench.say(1.0))


def test_what_the_exchange_sends_before_the_answer_is_heard(bench):
    dialog = calling(bench)
    dialog.events.on_progress()
    assert dialog.joined
    for _ in range(3):
        bench.patch.give(b"\x07\x00" * 160)
    assert any(bench.say(0.1))


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (Cause.USER_BUSY, "busy"),
        (Cause.UNALLOCATED_NUMBER, "congestion"),
        (Cause.SUBSCRIBER_ABSENT, "congestion"),
    ],
)
def test_a_failed_call_ends_with_a_tone(bench, cause, name):
    dialog = calling(bench)
    dialog.events.on_ended(cause, by_them=True)
    assert bench.line.state is S.ENDED
    assert sounds(bench, name)
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
    assert not any(bench.say(0.2))


def test_keys_in_a_call_go_to_the_exchange(bench):
    dialog = in_use(bench)
    bench.hear_digits("7")
    bench.happen(PulseDigit("3"))
    assert dialog.orders == ["digits 7", "digits 3"]


def test_replacing_the_handset_ends_the_call(bench):
    dialog = in_use(bench)
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
    assert dialog.events is None
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    assert bench.clock.running == 0


def test_the_other_side_leaving_is_seen_and_heard(bench):
    dialog = in_use(bench)
    bench.orders()
    dialog.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.orders() == ["on_hook"]
    assert sounds(bench, "busy")


def test_a_call_rings_the_telephone_and_its_lifting_answers(bench):
    dialog = bench.invite("line-1", caller="101", name="Sara")
    assert bench.line.state is S.RINGING_OUT
    assert bench.orders() == ["start_ringing (1000, 4000)"]
    assert dialog.orders == ["ring"]
    bench.happen(HookLifted())
    assert bench.line.state is S.IN_USE
    assert dialog.orders == ["ring", "answer"]
    assert dialog.joined


def test_the_telephone_is_told_who_calls_after_the_first_ring(bench):
    bench.invite("line-1", caller="101", name="Sara")
    bench.orders()
    bench.happen(RingerOff())
    assert bench.orders() == ["transmit_on_hook 2.0"]
    bench.clock.pass_s(0.5)
    decoder = CallerIdDecoder()
    audio = bench.say(1.5)
    found = [decoder.feed(audio[at : at + 320]) for at in range(0, len(audio), 320)]
    assert [caller for caller in found if caller] == [CallerId(number="101", name="Sara")]
    bench.happen(RingerOff())
    assert bench.orders() == []


def test_a_name_the_telephone_cannot_show_is_left_out(bench):
    bench.invite("line-1", caller="101", name="سارا")
    bench.happen(RingerOff())
    bench.clock.pass_s(0.5)
    decoder = CallerIdDecoder()
    audio = bench.say(1.5)
    found = [decoder.feed(audio[at : at + 320]) for at in range(0, len(audio), 320)]
    assert [caller for caller in found if caller] == [CallerId(number="101")]


def test_a_caller_who_gives_up_stops_the_ringing(bench):
    dialog = bench.invite("line-1")
    bench.orders()
    dialog.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.orders() == ["stop_ringing"]
    assert bench.line.state is S.IDLE


def test_an_engaged_or_missing_telephone_refuses(bench):
    bench.happen(HookLifted())
    assert bench.invite("line-1") is Cause.USER_BUSY
    bench.line.on_lost("no card")
    assert bench.invite("line-1") is Cause.SUBSCRIBER_ABSENT


def test_a_restarting_exchange_ends_calls_but_not_the_line(bench):
    in_use(bench)
    bench.line.release()
    assert bench.line.state is S.ENDED
    assert sounds(bench, "congestion")
    bench.happen(HookReplaced(), HookLifted())
    assert bench.line.state is S.SEIZED


def test_a_full_stack_is_congestion(bench):
    bench.exchange.full = True
    bench.happen(HookLifted())
    bench.hear_digits("101")
    assert bench.line.state is S.ENDED
    assert sounds(bench, "congestion")


def test_a_handset_left_off_the_hook_hears_the_tone_then_a_howl_then_nothing(bench):
    dialog = in_use(bench)
    dialog.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    bench.clock.pass_s(bench.times.end_tone_s - 1.0)
    assert sounds(bench, "busy")
    bench.clock.pass_s(2.0)
    howl = bench.say(1.0)
    assert level_dbm0(howl) > -9.0
    assert not sounds(bench, "busy")
    bench.clock.pass_s(bench.times.howl_s)
    assert not any(bench.say(1.0))
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
