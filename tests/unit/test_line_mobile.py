"""A mobile line: a SIM that is called, calls, and loses its network."""

from __future__ import annotations

import pytest

from firmware.lined.mobile import MobileLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.modem.port import (
    CallAnswered,
    CallDialled,
    CallEnded,
    CallRang,
    CallWaited,
    FarRang,
    Identified,
    OperatorNamed,
    Registered,
    SignalMeasured,
    Unregistered,
)
from hw.signal.caller_id import Absence
from tests.unit.line_bench import FakeDialog, LineBench

S = LineState


class FakeMessages:
    """Takes no event, and writes down when the line comes and goes."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_port(self, line: str, event: object, delete: object) -> bool:
        return False

    def line_is_up(self, name: str) -> None:
        self.told.append("up")

    def line_is_gone(self, name: str) -> None:
        self.told.append("gone")


@pytest.fixture
def bench():
    bench = LineBench(
        MobileLine,
        messages=FakeMessages(),
        post_ussd=lambda event, row: None,
    )
    assert bench.invite("0912") is Cause.NO_CIRCUIT  # no network yet
    bench.happen(Registered(roaming=False))
    return bench


def in_use(bench: LineBench) -> FakeDialog:
    bench.happen(CallRang("+989121234567"))
    bench.line.on_answered()
    bench.happen(CallAnswered())
    assert bench.line.state is S.IN_USE
    assert "answer" in bench.orders()
    return bench.exchange.last


def test_a_call_is_offered_with_its_number_at_once(bench):
    bench.happen(CallRang("+989121234567"), CallRang("+989121234567"))
    assert bench.line.state is S.OFFERED
    assert len(bench.exchange.dialogs) == 1
    assert bench.exchange.last.caller == "+989121234567"


def test_answering_answers_the_modem_and_opens_the_way(bench):
    assert in_use(bench).joined


def test_a_caller_who_gives_up_cancels(bench):
    bench.happen(CallRang("1"), CallEnded("ended"))
    assert bench.exchange.last.ended_with is Cause.NORMAL_CLEARING
    assert bench.line.state is S.ENDED


def test_a_ring_that_just_stops_cancels_too(bench):
    bench.happen(CallRang("1"))
    bench.clock.pass_s(bench.times.ring_gap_s)
    assert bench.line.state is S.ENDED


def test_the_other_side_hanging_up_ends_the_call(bench):
    dialog = in_use(bench)
    bench.happen(CallEnded("ended"), CallEnded("NO CARRIER"))
    assert dialog.ended_with is Cause.NORMAL_CLEARING
    bench.clock.pass_s(bench.times.rest_s)
    assert bench.line.state is S.IDLE


def test_the_exchange_hanging_up_hangs_up_the_modem(bench):
    in_use(bench)
    bench.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    assert bench.orders() == ["hang_up"]


def test_digits_go_both_ways(bench):
    dialog = in_use(bench)
    bench.hear_digits("5")
    assert dialog.orders == ["digits 5"]
    bench.line.on_digit("9")
    bench.line.on_digit("\r")
    assert bench.orders() == ["send_tone 9"]


def test_dialling_out_follows_the_network(bench):
    dialog = bench.invite("+989121234567")
    assert bench.orders() == ["dial +989121234567"]
    bench.happen(CallDialled())
    assert bench.line.state is S.CALLING
    bench.happen(FarRang())
    bench.happen(CallAnswered())
    assert dialog.orders == ["ring", "answer"]
    assert bench.line.state is S.IN_USE


def test_an_answer_without_a_report_of_dialling_counts(bench):
    dialog = bench.invite("0912")
    bench.happen(CallAnswered())
    assert dialog.orders == ["answer"]
    assert bench.line.state is S.IN_USE


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (17, Cause.USER_BUSY),
        (19, Cause.NO_ANSWER),
        (1, Cause.UNALLOCATED_NUMBER),
        (0, Cause.NORMAL_UNSPECIFIED),
        (99, Cause.NORMAL_UNSPECIFIED),
    ],
)
def test_a_number_that_does_not_answer_is_told_to_the_exchange(bench, number, cause):
    dialog = bench.invite("0912")
    bench.happen(CallDialled(), CallEnded("why", number))
    assert dialog.ended_with is cause


def test_a_call_that_waits_is_shown_and_disturbs_nothing(bench):
    dialog = in_use(bench)
    bench.happen(CallWaited("0935"))
    assert bench.rows[-1][0] == "line.call_waiting"
    assert bench.line.state is S.IN_USE
    assert dialog.ended_with is None


def test_a_number_the_network_does_not_know_is_not_called_withheld(bench):
    bench.happen(CallRang("", unknown=True))
    assert bench.line.caller.absence is Absence.UNAVAILABLE


def test_what_it_is_and_whose_network_it_is_in_is_shown(bench):
    bench.happen(
        Identified(model="EC25", imei="867", firmware="1"), OperatorNamed("Example Mobile")
    )
    assert (bench.line.row().device, bench.line.row().operator) == (
        "EC25, IMEI 867",
        "Example Mobile",
    )


def test_messages_go_with_the_network(bench):
    bench.line.on_lost("unplugged")
    assert bench.line._messages.told == ["up", "gone"]
    assert not bench.line.in_network


@pytest.mark.parametrize("number", ["", "0912;+CFUN=0", "a"])
def test_what_cannot_be_dialled_is_refused(bench, number):
    assert bench.invite(number) is Cause.INVALID_NUMBER


def test_a_lost_network_ends_the_call_and_is_shown(bench):
    dialog = in_use(bench)
    bench.happen(Unregistered("searching for a network"))
    assert bench.line.state is S.CUT
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert bench.line.row().fault == "searching for a network"
    assert bench.invite("0912") is Cause.NO_CIRCUIT
    bench.happen(CallEnded("ended"), Registered(roaming=False))
    assert bench.line.state is S.IDLE
    assert bench.line.row().fault == ""


def test_field_strength_is_shown(bench):
    bench.happen(SignalMeasured(-73))
    assert bench.line.row().signal_dbm == -73
    assert bench.rows[-1][0] == "line.measured"


def test_glare_ends_the_call_out_and_offers_the_one_that_came(bench):
    dialog = bench.invite("0912")
    bench.happen(CallRang("+989121234567"))
    assert bench.exchange.dialogs == []
    bench.happen(CallEnded("NO CARRIER", 0), CallRang("+989121234567"))
    assert dialog.ended_with is Cause.NORMAL_UNSPECIFIED
    assert bench.line.state is S.OFFERED
    assert bench.exchange.last.caller == "+989121234567"
