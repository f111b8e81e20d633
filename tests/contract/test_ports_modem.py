"""A mobile modem: the serial driver, pyserial and all, against the simulated EC25 on its ptys."""

from __future__ import annotations

import select
import time

import pytest

from hw.modem import sim
from hw.modem.port import (
    CallAnswered,
    CallDialled,
    CallEnded,
    CallRang,
    FarRang,
    Identified,
    ModemLost,
    ModemSilent,
    OperatorNamed,
    Registered,
    SignalMeasured,
    Unregistered,
)
from hw.modem.sim import ModemState
from hw.modem.tty import TtyModem
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.contract.modem_bench import ModemBench

SILENCE = bytes(320)
TONE = plan_of("ir").dial


@pytest.fixture
def bench(tmp_path):
    bench = ModemBench(tmp_path).registered()
    yield bench
    bench.close()


def test_a_modem_that_starts_says_what_it_is_and_finds_its_network(bench):
    assert bench.events[:2] == [
        Identified(model="EC25", imei="867698040000017", firmware="EC25EFAR06A09M4G"),
        Registered(roaming=False),
    ]
    bench.until(lambda: SignalMeasured(dbm=-73) in bench.events)
    assert OperatorNamed("Example Mobile") in bench.events


def test_a_call_comes_with_its_number_is_answered_and_heard_both_ways(bench):
    bench.modem.ring("+989121234567")
    bench.until(lambda: CallRang("+989121234567") in bench.events)
    bench.port.answer()
    bench.until(lambda: sim.Answered() in bench.done)
    bench.until(lambda: CallAnswered() in bench.events)
    bench.run(1.0, say=ToneGenerator(TONE).frame(16000), spoken=ToneGenerator(TONE).frame())
    assert len(bench.heard) >= 45 * 320
    assert level_dbm0(bench.heard) == pytest.approx(-13.0, abs=1.0)
    assert level_dbm0(bench.heard_by_far[-16000:]) == pytest.approx(-13.0, abs=1.0)
    bench.modem.hang_up()
    bench.until(lambda: any(isinstance(event, CallEnded) for event in bench.events))
    assert bench.modem.state is ModemState.IDLE


def test_it_rings_again_every_five_seconds(bench):
    bench.modem.ring("02188776655")
    bench.run(11.0)
    rings = [event for event in bench.events if event == CallRang("02188776655")]
    # DSCI at once, then at 0, 5 and 10 s RING, which is asked about, and CLIP
    assert len(rings) == 1 + 3 * 2


def test_a_withheld_number_is_empty(bench):
    bench.modem.ring("")
    bench.until(lambda: CallRang("") in bench.events)


def test_a_caller_who_gives_up_is_reported(bench):
    bench.modem.ring("1")
    bench.run(1.0)
    bench.modem.hang_up()
    bench.until(lambda: CallEnded("ended") in bench.events)


def test_our_hanging_up_ends_the_call(bench):
    bench.modem.ring("1")
    bench.run(0.5)
    bench.port.answer()
    bench.until(lambda: bench.modem.state is ModemState.TALKING)
    bench.port.hang_up()
    bench.until(lambda: sim.BoxHungUp() in bench.done)
    bench.run(0.5)
    bench.heard = b""
    bench.run(0.5)
    assert bench.heard == b""


def test_dialling_out_reports_each_step(bench):
    bench.port.dial("09121234567")
    bench.until(lambda: CallAnswered() in bench.events)
    calls = [e for e in bench.events if isinstance(e, CallDialled | FarRang | CallAnswered)]
    assert calls == [CallDialled(), FarRang(), CallAnswered()]
    assert bench.done == [sim.Dialled("09121234567"), sim.FarAnswered()]


def test_keys_are_sent_by_the_network(bench):
    bench.port.dial("1")
    bench.until(lambda: CallAnswered() in bench.events)
    for digit in "5#":
        bench.port.send_tone(digit)
    bench.until(lambda: sim.Toned("#") in bench.done)
    assert sim.Toned("5") in bench.done


@pytest.mark.parametrize("number", ["", "12;+CFUN=0", "0912\r", "sip:a"])
def test_what_is_no_number_is_not_dialled(bench, number):
    with pytest.raises(ValueError, match="cannot dial"):
        bench.port.dial(number)


def test_dialling_without_network_is_refused(bench):
    bench.modem.lose_network()
    bench.port.dial("1")
    bench.until(lambda: CallEnded("NO CARRIER", 38) in bench.events)
    assert Unregistered("searching for a network") in bench.events


def test_the_network_comes_back(bench):
    bench.modem.lose_network()
    bench.until(lambda: Unregistered("searching for a network") in bench.events)
    bench.events.clear()
    bench.modem.find_network()
    bench.until(lambda: Registered(False) in bench.events)


def test_a_modem_that_says_nothing_is_lost(bench):
    bench.modem.step = lambda converse: None
    bench.port.hang_up()
    with pytest.raises(ModemSilent, match="no answer to AT"):
        bench.run(120.0)


def test_an_unplugged_modem_is_lost(tmp_path):
    bench = ModemBench(tmp_path).registered()
    bench.modem.close()
    with pytest.raises(ModemLost, match="is gone"):
        bench.settle()
    bench.port.close()


def test_a_call_left_over_by_a_dead_process_is_ended(tmp_path):
    bench = ModemBench(tmp_path).registered()
    bench.port.dial("1")
    bench.until(lambda: bench.modem.state is ModemState.TALKING)
    bench.port._at.write = len  # a killed process says nothing more
    bench.port.close()
    assert bench.modem.state is ModemState.TALKING
    bench.open()
    bench.until(lambda: bench.modem.state is ModemState.IDLE)
    bench.close()


def test_a_driver_that_closes_in_a_call_hangs_up(bench):
    bench.port.dial("1")
    bench.until(lambda: bench.modem.state is ModemState.TALKING)
    bench.port.close()
    deadline = time.monotonic() + 5
    while bench.modem.state is not ModemState.IDLE:
        assert time.monotonic() < deadline
        bench.modem.step(lambda heard: SILENCE)
        select.select([], [], [], 0.005)


def test_no_port_no_modem(tmp_path):
    with pytest.raises(ModemLost, match="cannot open"):
        TtyModem(str(tmp_path / "at"), str(tmp_path / "audio"))
