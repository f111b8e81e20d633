"""A station line with two calls: hold, second call, three-way, transfer and call waiting, by the
hook alone."""

from __future__ import annotations

import pytest

from firmware.lined.station import StationLine
from firmware.model.alert import Ringing
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import Flashed, HookLifted, HookReplaced, RingerOff
from hw.signal.level import level_dbm0
from tests.unit.line_bench import PLAN, FakeDialog, LineBench

S = LineState


@pytest.fixture
def bench():
    return LineBench(
        StationLine, extension="102", owner="Ward 2", numbers=frozenset({"101", "103", "1000"})
    )


def talking(bench: LineBench) -> FakeDialog:
    """The telephone has called 101, who answered."""
    bench.happen(HookLifted())
    bench.hear_digits("101")
    dialog = bench.exchange.last
    dialog.events.on_answered()
    return dialog


def consulting(bench: LineBench, *, answered: bool = True) -> tuple[FakeDialog, FakeDialog]:
    """101 is held, 103 is called."""
    held = talking(bench)
    bench.happen(Flashed())
    bench.hear_digits("103")
    other = bench.exchange.last
    other.events.on_ringing()
    if answered:
        other.events.on_answered()
    return held, other


def waited_for(bench: LineBench) -> tuple[FakeDialog, FakeDialog]:
    """104 calls while 101 is talked to."""
    first = talking(bench)
    bench.orders()
    second = bench.invite("line-1", caller="104")
    assert isinstance(second, FakeDialog)
    return first, second


def taken(bench: LineBench) -> tuple[FakeDialog, FakeDialog]:
    first, second = waited_for(bench)
    bench.happen(Flashed())
    return first, second


def is_dial_tone(bench: LineBench) -> bool:
    bench.say(1.0)  # it stutters first
    return level_dbm0(bench.say(0.5)) == pytest.approx(-13.0, abs=0.5)


# -- hold and the second call ----------------------------------------------------------------


def test_a_flash_holds_and_gives_dial_tone_that_stutters(bench):
    held = talking(bench)
    bench.happen(Flashed())
    assert bench.line.state is S.SEIZED
    assert held.orders == ["hold"]
    assert not held.joined
    bursts = [any(bench.say(0.1)) for _ in range(8)]
    assert bursts == [True, False, True, False, True, False, True, True]


def test_a_second_flash_takes_the_held_one_back(bench):
    held = talking(bench)
    bench.happen(Flashed(), Flashed())
    assert bench.line.state is S.IN_USE
    assert held.orders == ["hold", "resume"]
    assert held.joined
    assert not any(bench.say(0.5))
    assert bench.line.row().number == "101"


def test_the_second_call_is_heard_and_the_first_is_not(bench):
    held, other = consulting(bench)
    assert bench.line.state is S.IN_USE
    assert other.joined
    assert not held.joined
    assert bench.line.row().number == "103"


def test_keys_go_to_who_is_talked_to(bench):
    held, other = consulting(bench)
    bench.hear_digits("5")
    assert other.orders == ["digits 5"]
    assert held.orders == ["hold"]


@pytest.mark.parametrize("cause", [Cause.USER_BUSY, Cause.UNALLOCATED_NUMBER])
def test_when_the_second_refuses_a_flash_leads_back(bench, cause):
    held, other = consulting(bench, answered=False)
    bench.orders()
    other.events.on_ended(cause, by_them=True)
    assert bench.line.state is S.ENDED
    assert level_dbm0(bench.say(1.0)) > -25
    assert bench.orders() == []  # the battery stays: some telephones would hang up
    bench.happen(Flashed())
    assert bench.line.state is S.IN_USE
    assert held.orders == ["hold", "resume"]
    assert held.joined


@pytest.mark.parametrize("dialled", ["", "9"])
def test_a_flash_before_the_second_call_is_out_leads_back(bench, dialled):
    held = talking(bench)
    bench.happen(Flashed())
    bench.hear_digits(dialled)
    bench.happen(Flashed())
    assert bench.line.state is S.IN_USE
    assert held.joined
    bench.clock.pass_s(60.0)
    assert len(bench.exchange.dialogs) == 1


def test_a_flash_while_the_second_rings_gives_it_up(bench):
    held, other = consulting(bench, answered=False)
    bench.happen(Flashed())
    assert other.ended_with is Cause.NORMAL_CLEARING
    assert held.joined
    assert bench.line.state is S.IN_USE


def test_who_is_held_may_leave_at_any_time(bench):
    held = talking(bench)
    bench.happen(Flashed())
    held.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.SEIZED
    assert is_dial_tone(bench)
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
    assert bench.orders().count("start_ringing (1000, 4000)") == 0


def test_a_flash_with_nobody_held_gives_dial_tone_again(bench):
    bench.happen(HookLifted())
    bench.hear_digits("9")
    bench.happen(Flashed())
    assert bench.line.state is S.SEIZED
    bench.hear_digits("101")
    first = bench.exchange.last
    assert first.called == "101"
    bench.happen(Flashed())
    assert first.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.SEIZED


def test_a_flash_on_the_hook_is_nothing(bench):
    bench.happen(Flashed())
    assert bench.line.state is S.IDLE
    bench.invite("line-1")
    bench.happen(Flashed())
    assert bench.line.state is S.RINGING_OUT


# -- three ----------------------------------------------------------------------------------


def test_a_flash_with_both_there_lets_all_three_talk(bench):
    held, other = consulting(bench)
    bench.happen(Flashed())
    assert bench.line.state is S.IN_USE
    assert held.orders == ["hold", "resume"]
    assert held.joined
    assert other.joined
    assert held.introduced is other


def test_one_more_flash_drops_who_came_last(bench):
    held, other = consulting(bench)
    bench.happen(Flashed(), Flashed())
    assert other.ended_with is Cause.NORMAL_CLEARING
    assert held.ended_with is None
    assert held.joined
    bench.happen(Flashed())
    assert held.orders[-1] == "hold"


@pytest.mark.parametrize("leaver", [0, 1])
def test_of_three_two_go_on(bench, leaver):
    both = consulting(bench)
    bench.happen(Flashed())
    both[leaver].events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.IN_USE
    both[1 - leaver].events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.ENDED


# -- transfer -------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [True, False])
def test_hanging_up_brings_both_together(bench, answered):
    held, other = consulting(bench, answered=answered)
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
    assert held.orders == ["hold", "connect 103"]
    assert other.ended_with is None  # before the exchange has done it
    held.events.on_transfer_told(100, is_final=False)
    assert held.ended_with is None
    held.events.on_transfer_told(200, is_final=True)
    assert held.ended_with is Cause.NORMAL_CLEARING
    assert other.ended_with is Cause.NORMAL_CLEARING
    assert bench.clock.running == 0


def test_three_who_talk_go_on_without_this_one(bench):
    held, other = consulting(bench)
    bench.happen(Flashed(), HookReplaced())
    assert held.orders == ["hold", "resume", "connect 103"]
    assert held.introduced is other
    held.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)  # the exchange has done it
    assert other.ended_with is Cause.NORMAL_CLEARING
    assert bench.clock.running == 0


def test_a_transfer_that_fails_lets_the_telephone_ring_for_who_was_held(bench):
    held, other = consulting(bench)
    bench.happen(HookReplaced())
    bench.orders()
    held.events.on_transfer_told(487, is_final=True)
    assert other.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.RINGING_OUT
    assert bench.orders() == ["start_ringing (1000, 4000)"]
    bench.happen(HookLifted())
    assert bench.line.state is S.IN_USE
    assert held.orders[-1] == "resume"
    assert held.joined
    assert bench.clock.running == 0


def test_a_transfer_that_fails_when_the_telephone_is_in_use_again(bench):
    held, _ = consulting(bench)
    bench.happen(HookReplaced(), HookLifted())
    held.events.on_transfer_told(487, is_final=True)
    assert held.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.SEIZED


def test_an_exchange_that_does_not_say_is_not_waited_for(bench):
    held, other = consulting(bench)
    bench.happen(HookReplaced())
    bench.clock.pass_s(bench.times.transfer_s)
    assert held.ended_with is Cause.NORMAL_CLEARING
    assert other.ended_with is Cause.NORMAL_CLEARING


def test_hanging_up_while_dialling_sends_who_is_held_there(bench):
    held = talking(bench)
    bench.happen(Flashed())
    bench.hear_digits("0912")
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE
    assert held.orders == ["hold", "send 0912"]
    held.events.on_transfer_told(180, is_final=False)
    assert held.ended_with is Cause.NORMAL_CLEARING
    assert len(bench.exchange.dialogs) == 1


def test_hanging_up_with_only_a_held_call_lets_the_telephone_ring(bench):
    held = talking(bench)
    bench.happen(Flashed(), HookReplaced())
    assert bench.line.state is S.RINGING_OUT
    assert bench.line.row().number == "101"
    bench.happen(HookLifted())
    assert bench.line.state is S.IN_USE
    assert held.orders == ["hold", "resume"]
    assert held.joined


def test_who_is_left_on_hold_is_not_left_for_ever(bench):
    held = talking(bench)
    bench.happen(Flashed(), HookReplaced())
    bench.orders()
    bench.clock.pass_s(bench.times.recall_s)
    assert held.ended_with is Cause.NO_ANSWER
    assert bench.line.state is S.IDLE
    assert bench.orders() == ["stop_ringing"]


def test_who_gives_up_while_the_telephone_rings_for_them(bench):
    held = talking(bench)
    bench.happen(Flashed(), HookReplaced())
    held.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.IDLE
    assert bench.clock.running == 0


# -- call waiting ---------------------------------------------------------------------------


def test_a_second_caller_is_heard_over_the_talk(bench):
    first, second = waited_for(bench)
    assert second.orders == ["ring"]
    assert bench.orders() == []
    assert bench.line.state is S.IN_USE
    assert bench.line.row().number == "101"
    burst_s, pause_s = (ms / 1000 for ms in PLAN.waiting.cadence_ms)
    assert level_dbm0(bench.say(burst_s)) == pytest.approx(-16.0, abs=1)
    for _ in range(3):
        bench.patch.give(b"\x07\x00" * 160)
    assert any(bench.say(0.1))  # the talk goes on between the bursts
    bench.say(pause_s - 0.1)
    assert level_dbm0(bench.say(burst_s)) == pytest.approx(-16.0, abs=1)
    assert first.joined


def test_a_flash_takes_the_second_caller_and_holds_the_first(bench):
    first, second = taken(bench)
    assert second.orders == ["ring", "answer"]
    assert second.joined
    assert first.orders == ["hold"]
    assert not first.joined
    assert bench.line.row().number == "104"
    bench.happen(Flashed())
    assert second.orders[-1] == "hold"
    assert first.orders[-1] == "resume"
    assert first.joined
    assert not second.joined


@pytest.mark.parametrize("takes", [Flashed(), HookReplaced()])
def test_a_caller_who_is_gone_the_moment_they_are_answered(bench, takes):
    """pjsua may refuse inside the order to answer (488: no port for the media is left)."""
    _, second = waited_for(bench)

    def answer() -> None:
        second.events.on_ended(Cause.BEARER_NOT_AVAILABLE, by_them=False)

    second.answer = answer
    bench.happen(takes)
    if bench.line.state is S.RINGING_OUT:
        bench.happen(HookLifted())
    assert bench.line.state is S.ENDED
    assert not second.joined
    assert level_dbm0(bench.say(1.0)) > -25


def test_two_strangers_are_not_brought_together(bench):
    first, second = taken(bench)
    bench.happen(HookReplaced())
    assert second.ended_with is Cause.NORMAL_CLEARING
    assert first.orders == ["hold"]
    assert bench.line.state is S.RINGING_OUT
    assert bench.line.row().number == "101"


def test_a_second_caller_who_gives_up_is_heard_no_more(bench):
    first, second = waited_for(bench)
    second.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.IN_USE
    assert not any(bench.say(12.0))
    assert first.joined


def test_hanging_up_lets_the_second_caller_ring(bench):
    first, second = waited_for(bench)
    bench.happen(HookReplaced())
    assert first.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.RINGING_OUT
    bench.happen(HookLifted())
    assert second.orders == ["ring", "answer"]
    assert second.joined


def test_when_the_first_leaves_the_second_is_still_there(bench):
    first, second = waited_for(bench)
    first.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.line.state is S.ENDED
    bench.happen(Flashed())
    assert bench.line.state is S.IN_USE
    assert second.orders == ["ring", "answer"]
    bench.happen(HookReplaced())
    assert bench.line.state is S.IDLE


def test_a_third_caller_is_busy(bench):
    waited_for(bench)
    assert bench.invite("line-1", caller="105") is Cause.USER_BUSY
    bench.happen(Flashed())
    assert bench.invite("line-1", caller="105") is Cause.USER_BUSY


def test_who_calls_while_the_telephone_dials_is_busy(bench):
    talking(bench)
    bench.happen(Flashed())
    assert bench.invite("line-1", caller="105") is Cause.USER_BUSY


# -- the world ------------------------------------------------------------------------------


@pytest.mark.parametrize("prepare", [consulting, waited_for, taken])
def test_a_port_that_goes_ends_both_calls(bench, prepare):
    both = prepare(bench)
    bench.line.on_lost("no card")
    assert {dialog.ended_with for dialog in both} == {Cause.NETWORK_OUT_OF_ORDER}
    assert bench.line.state is S.FAULT
    assert bench.clock.running == 0


@pytest.mark.parametrize("prepare", [consulting, waited_for, taken])
def test_an_exchange_that_goes_takes_both_calls_along(bench, prepare):
    both = prepare(bench)
    bench.line.release()
    assert {dialog.ended_with for dialog in both} == {Cause.TEMPORARY_FAILURE}
    assert bench.line.state is S.ENDED
    bench.happen(Flashed())
    assert bench.line.state is S.SEIZED


def test_an_exchange_that_goes_takes_a_transfer_along(bench):
    held, other = consulting(bench)
    bench.happen(HookReplaced())
    bench.line.release()
    assert held.events is None
    assert other.events is None
    assert bench.line.state is S.IDLE
    assert bench.clock.running == 0


# -- dial tone and ringing ------------------------------------------------------------------


def test_dial_tone_reminds_of_a_message():
    reminded = [True]
    bench = LineBench(StationLine, extension="102", owner="Ward 2", is_reminded=lambda: reminded[0])
    bench.happen(HookLifted())
    bursts = [any(bench.say(0.1)) for _ in range(20)]
    assert bursts == [True, False] * 10
    assert all(any(bench.say(0.1)) for _ in range(5))
    bench.happen(HookReplaced())
    reminded[0] = False
    bench.happen(HookLifted())
    assert all(any(bench.say(0.1)) for _ in range(5))


@pytest.mark.parametrize(
    ("ringing", "ring_ms"),
    [
        (None, (1000, 4000)),
        (Ringing.EXTERNAL, (1000, 4000)),
        (Ringing.INTERNAL, (400, 200, 400, 4000)),
        (Ringing.QUEUE, (400, 200, 400, 200, 400, 4000)),
    ],
)
def test_the_bell_says_what_kind_of_call_it_is(bench, ringing, ring_ms):
    bench.invite("line-1", ringing=ringing)
    assert bench.orders() == [f"start_ringing {ring_ms}"]
    bursts = len(ring_ms) // 2
    for _ in range(bursts - 1):
        bench.happen(RingerOff())
    assert bench.orders() == []  # caller ID waits for the long pause
    bench.happen(RingerOff())
    assert bench.orders() == ["transmit_on_hook 2.0"]
