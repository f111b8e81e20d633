"""A trunk line on a voice modem: rings, caller ID, keys, and no conversation."""

from __future__ import annotations

import pytest

from firmware.lined.answering import AnsweringLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.modem.voice_port import (
    AnswerFailed,
    CallerRead,
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


def test_it_takes_no_calls_out_and_says_what_it_can(bench):
    bench.happen(VoiceIdentified(model="USRobotics 5637", abilities=("answers", "keys")))
    row = bench.line.row()
    assert (row.device, row.abilities) == ("USRobotics 5637", ("answers", "keys"))
    assert bench.invite("0912") is Cause.BEARER_NOT_AVAILABLE
    in_use(bench)
    assert bench.invite("0912") is Cause.USER_BUSY


def test_a_fax_is_shown(bench):
    in_use(bench)
    bench.happen(FaxHeard())
    assert bench.rows[-1][0] == "line.fax"


def test_a_modem_that_goes_ends_the_call(bench):
    dialog = in_use(bench)
    bench.line.on_lost("unplugged")
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert bench.line.state is S.FAULT
