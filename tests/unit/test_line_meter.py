"""How loud it is on a line, while somebody looks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from firmware.lined.gateway import Gateway
from firmware.lined.meter import WINDOW_FRAMES, Meter
from firmware.lined.patch import Patch
from hw.signal.level import SILENCE_DBM0
from hw.signal.playout import SILENCE
from hw.signal.tone import Tone, ToneGenerator
from tests.unit.switchd_bench import site


class Clock:
    now_s = 50.0

    def __call__(self):
        return self.now_s


def patch():
    return Patch(lambda function, *arguments: function(*arguments))


def tone(level_dbm0):
    return ToneGenerator(Tone(freqs_hz=(1004,), cadence_ms=()), level_dbm0)


def gateway(line, clock):
    made = Gateway(
        board=None,
        poller=None,
        clock=clock,
        load=lambda: (1, site(line=())),
        make=None,
        unmake=None,
        messages=SimpleNamespace(lines={}),
        learning=SimpleNamespace(),
        loop_backs=SimpleNamespace(),
    )
    made.lines["fxo-1"] = SimpleNamespace(patch=line, name="fxo-1")
    return made


def run(line, heard, said, clock, frames=WINDOW_FRAMES):
    line.mouth = said
    for _ in range(frames):
        line.hear(heard.frame() if heard else SILENCE)
        line.say()
        clock.now_s += 0.02


@pytest.mark.parametrize(("heard_dbm0", "said_dbm0"), [(-10.0, -25.0), (-40.0, 0.0), (3.0, -55.0)])
def test_each_way_has_its_level(heard_dbm0, said_dbm0):
    clock, line = Clock(), patch()
    desk = gateway(line, clock)
    first = desk.levels("fxo-1")
    assert (first.line, first.heard_dbm0, first.said_dbm0) == ("fxo-1", None, None)
    run(line, tone(heard_dbm0), tone(said_dbm0), clock)
    found = desk.levels("fxo-1")
    assert found.heard_dbm0 == pytest.approx(heard_dbm0, abs=0.3)
    assert found.said_dbm0 == pytest.approx(said_dbm0, abs=0.6)  # few steps of 16 bits


def test_it_is_measured_behind_the_gains_of_the_line():
    clock, line = Clock(), patch()
    line.receive_gain_db, line.send_gain_db = 6.0, -3.0
    desk = gateway(line, clock)
    desk.levels("fxo-1")
    run(line, tone(-20.0), tone(-20.0), clock)
    found = desk.levels("fxo-1")
    assert found.heard_dbm0 == pytest.approx(-14.0, abs=0.3)
    assert found.said_dbm0 == pytest.approx(-23.0, abs=0.3)


def test_silence_is_a_level_and_no_audio_is_none():
    clock, line = Clock(), patch()
    desk = gateway(line, clock)
    desk.levels("fxo-1")
    run(line, None, None, clock)
    assert desk.levels("fxo-1").heard_dbm0 == SILENCE_DBM0
    assert desk.levels("fxo-1").said_dbm0 == SILENCE_DBM0
    clock.now_s += 1.0  # the port has gone
    assert desk.levels("fxo-1").heard_dbm0 is None


def test_nobody_looks_any_more_and_it_costs_nothing():
    clock, line = Clock(), patch()
    desk = gateway(line, clock)
    desk.levels("fxo-1")
    run(line, tone(-10.0), None, clock, frames=249)
    assert isinstance(line.meter, Meter)
    desk.levels("fxo-1")  # somebody looks
    run(line, tone(-10.0), None, clock, frames=249)
    assert isinstance(line.meter, Meter)
    run(line, tone(-10.0), None, clock, frames=1)
    assert line.meter is None
    assert desk.levels("fxo-1").heard_dbm0 is None  # it begins anew


def test_a_line_that_is_not_there():
    with pytest.raises(KeyError, match="no line is called 'fxo-9'; there are fxo-1"):
        gateway(patch(), Clock()).levels("fxo-9")
