"""A trunk line on a voice modem: rings, caller ID, keys, and no conversation."""

from __future__ import annotations

import pytest

from firmware.lined.answering import AnsweringLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.modem.voice_port import (
    AnswerFailed,
    CallerRead,
    DialFailed,
    FarAnswered,
    FarHungUp,
    FaxHeard,
    KeyHeard,
    RingHeard,
    VoiceIdentified,
)
from hw.signal.caller_id import Absence
from tests.unit.line_bench import FakeDialog, LineBench

S = LineState
CALLER = CallerRead(number="0912", name="ALI", withheld=False)


@pytest.fixture
def bench():
    return LineBench(AnsweringLine)


def in_use(bench: LineBench) -> FakeDialog:
    bench.happen(RingHeard(), CALLER)
    bench.line.on_answered()
    assert bench.line.state is S.IN_USE
    assert "answer" in bench.orders()
    return bench.exchange.last


def test_caller_id_between_two_rings_offers_the_call(bench):
    bench.happen(RingHeard())
    assert bench.line.state is S.RINGING_IN
    bench.happen(CALLER)
    assert (bench.exchange.last.caller, bench.exchange.last.caller_name) == ("0912", "ALI")


def test_without_caller_id_the_second_ring_offers_it(bench):
    bench.happen(RingHeard(), RingHeard())
    assert bench.line.state is S.OFFERED
    assert bench.line.caller.absence is Absence.UNAVAILABLE


def test_a_late_caller_id_changes_nothing(bench):
    bench.happen(RingHeard(), RingHeard(), CALLER)
    assert len(bench.exchange.dialogs) == 1
    assert bench.exchange.last.caller == ""


def test_a_withheld_number_is_withheld(bench):
    bench.happen(RingHeard(), CallerRead(number="", name="", withheld=True))
    assert bench.line.caller.absence is Absence.WITHHELD


def test_a_caller_who_gives_up_cancels(bench):
    bench.happen(RingHeard(), CALLER)
    bench.clock.pass_s(bench.times.ring_gap_s)
    assert bench.exchange.last.ended_with is Cause.NORMAL_CLEARING
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


def test_keys_go_to_the_exchange(bench):
    dialog = in_use(bench)
    bench.happen(KeyHeard("5"), KeyHeard("#"))
    assert dialog.orders == ["digits 5", "digits #"]


def test_a_caller_who_hangs_up_ends_the_call(bench):
    dialog = in_use(bench)
    bench.happen(FarHungUp("busy tone"), FarHungUp("dial tone"))
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    assert bench.orders() == ["hang_up"]


def test_the_exchange_hanging_up_hangs_up_the_modem(bench):
    in_use(bench)
    bench.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.orders() == ["hang_up"]


def test_a_modem_that_will_not_answer_ends_the_call(bench):
    dialog = in_use(bench)
    bench.happen(AnswerFailed("no voice mode"))
    assert dialog.ended_with is Cause.TEMPORARY_FAILURE
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


def test_it_says_what_it_can_and_takes_no_conversation_out(bench):
    bench.happen(VoiceIdentified(model="USRobotics 5637", abilities=("answers", "keys")))
    row = bench.line.row()
    assert (row.device, row.abilities) == ("USRobotics 5637", ("answers", "keys"))
    assert bench.invite("0912") is Cause.BEARER_NOT_AVAILABLE
    in_use(bench)
    assert bench.invite("0912") is Cause.NO_CIRCUIT


def announcing(bench: LineBench) -> FakeDialog:
    dialog = bench.invite("0912", is_announcement=True)
    assert isinstance(dialog, FakeDialog)
    assert bench.orders() == ["dial 0912"]
    assert bench.line.state is S.CALLING
    return dialog


def test_it_places_a_call_that_only_announces(bench):
    dialog = announcing(bench)
    bench.happen(FarAnswered())
    assert dialog.orders == ["answer"]
    assert dialog.joined
    assert bench.line.state is S.IN_USE
    bench.happen(KeyHeard("1"))
    assert dialog.orders == ["answer", "digits 1"]
    bench.line.on_digit("5")
    assert any(bench.say(0.1))  # keys of the exchange are tones in what is said


def test_one_that_talks_carries_conversations_out(bench):
    bench.happen(VoiceIdentified(model="USRobotics 5637", abilities=("answers", "talks")))
    assert isinstance(bench.invite("0912"), FakeDialog)


@pytest.mark.parametrize(
    ("number", "cause"), [(17, Cause.USER_BUSY), (0, Cause.NORMAL_UNSPECIFIED), (99, None)]
)
def test_a_call_that_is_not_made_is_told_with_its_cause(bench, number, cause):
    dialog = announcing(bench)
    bench.happen(DialFailed("BUSY", number))
    assert dialog.ended_with is (cause or Cause.NORMAL_UNSPECIFIED)
    assert "hang_up" in bench.orders()
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


@pytest.mark.parametrize("number", ["", "09a", "+98"])
def test_what_is_no_number_is_refused(bench, number):
    assert bench.invite(number, is_announcement=True) is Cause.INVALID_NUMBER


def test_a_fax_is_shown(bench):
    dialog = in_use(bench)
    bench.happen(FaxHeard())
    assert bench.rows[-1][0] == "line.fax"
    assert dialog.orders == ["tell fax: cng"]


def test_a_modem_that_goes_ends_the_call(bench):
    dialog = in_use(bench)
    bench.line.on_lost("unplugged")
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert bench.line.state is S.FAULT
