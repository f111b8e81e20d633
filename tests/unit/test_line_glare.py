"""Glare: a trunk line seized from both ends at once, by a call that goes out and one that comes."""

from __future__ import annotations

import pytest

from firmware.config.sections.lines import TrunkSignals
from firmware.lined.trunk import TrunkLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import BatteryDropped, RingBegan
from tests.unit.line_bench import FakeDialog, LineBench, tone

S = LineState


def bench_of() -> LineBench:
    return LineBench(TrunkLine, signals=TrunkSignals())


def met(bench: LineBench) -> tuple[FakeDialog, FakeDialog]:
    """Both seized the line: the call that was to go out, and the one that came."""
    outgoing = bench.invite("0912")
    bench.happen(RingBegan())
    return outgoing, bench.exchange.last


def test_a_caller_met_while_seizing_gets_through_and_the_other_call_goes_another_way():
    bench = bench_of()
    outgoing, incoming = met(bench)
    assert outgoing.ended_with is Cause.NO_CIRCUIT
    assert bench.line.state is S.OFFERED
    assert incoming is not outgoing
    bench.clock.pass_s(20.0)  # no ring is heard on a closed loop
    assert bench.line.state is S.OFFERED
    bench.line.on_answered()
    assert bench.line.state is S.IN_USE
    assert "on_hook" not in bench.orders()


def test_a_caller_met_while_seizing_who_leaves_frees_the_line():
    for ends in (lambda b: b.happen(BatteryDropped()), lambda b: b.hear(tone("busy", 5.0))):
        bench = bench_of()
        _, incoming = met(bench)
        ends(bench)
        assert incoming.ended_with is Cause.NORMAL_CLEARING
        assert bench.line.state is S.ENDED
        assert bench.orders()[-1] == "on_hook"
        bench.clock.pass_s(bench.times.rest_s)
        assert bench.line.state is S.IDLE


@pytest.mark.parametrize("full", [True, False])
def test_a_caller_met_while_seizing_whom_the_exchange_refuses_frees_the_line(full):
    bench = bench_of()
    if full:
        bench.exchange.full = True
        bench.invite("0912")
        bench.happen(RingBegan())
    else:
        met(bench)
        bench.line.on_ended(Cause.USER_BUSY, by_them=True)
    assert bench.orders()[-1] == "on_hook"
    bench.clock.pass_s(10.0)
    assert bench.line.state is S.IDLE
