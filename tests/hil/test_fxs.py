"""A station line's port: the telephone on it is heard, rung, and told who calls."""

from __future__ import annotations

import itertools

import pytest

from hw.dahdi.port import Flashed, HookLifted, HookReplaced, PulseBegan, PulseDigit, RingerOff
from hw.signal.caller_id import (
    AlertTone,
    CallerId,
    CallerIdDecoder,
    CallerIdEncoder,
    Standard,
    waiting_message,
)
from hw.signal.dtmf import DtmfDetector
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder, DtmfCallerIdEncoder
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneDetector, ToneGenerator, plan_of
from tests.hil.bench import Bench, Station

FRAME = 320
PLAN = plan_of("de")
CALLER = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")


def out_of(encoder: CallerIdEncoder | DtmfCallerIdEncoder | AlertTone) -> bytes:
    audio = b""
    while not encoder.done:
        audio += encoder.frame()
    return audio


def found_by(detector, audio: bytes) -> list[object]:
    found = [detector.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [one for one in found if one]


def lifted(bench: Bench) -> Station:
    line = bench.station()
    line.run(0.5)
    line.handset.lift()
    line.until(lambda: line.times_of(HookLifted()), 2, "lifted")
    line.run(1.0)
    return line


@pytest.mark.covers("FXS: dial tone and speech both ways")
def test_speech_goes_both_ways(bench):
    line = lifted(bench)
    line.heard = line.handset.heard = b""
    audio = ToneGenerator(PLAN.dial).frame(12000)
    line.say(audio)
    line.handset.say(audio)
    line.run(1.3)
    assert level_dbm0(line.heard[-8000:]) == pytest.approx(-13.0, abs=1.5)
    assert level_dbm0(line.handset.heard[-8000:]) == pytest.approx(-13.0, abs=1.5)
    assert "dial" in found_by(ToneDetector(PLAN, ("dial",)), line.handset.heard)


@pytest.mark.covers("FXS: keys")
def test_keys(bench):
    line = lifted(bench)
    line.heard = b""
    line.handset.dial("0123456789*#")
    line.run(2.5)
    assert "".join(map(str, found_by(DtmfDetector(), line.heard))) == "0123456789*#"


@pytest.mark.covers("FXS: digits dialled with pulses")
def test_pulses(bench):
    line = lifted(bench)
    line.events.clear()
    line.handset.pulse("109")
    line.until(lambda: line.times_of(PulseDigit("9")), 8, "the last digit")
    assert line.happened() == [
        PulseBegan(),
        PulseDigit("1"),
        PulseBegan(),
        PulseDigit("0"),
        PulseBegan(),
        PulseDigit("9"),
    ]


@pytest.mark.covers("FXS: flash")
def test_a_flash_is_no_hang_up(bench):
    line = lifted(bench)
    line.handset.flash()
    line.until(lambda: line.times_of(Flashed()), 2, "the flash")
    line.run(2.0)
    assert line.happened() == [HookLifted(), Flashed()]
    line.handset.replace()
    line.until(lambda: line.times_of(HookReplaced()), 3, "replaced")


@pytest.mark.covers("FXS: ringing in a cadence")
@pytest.mark.parametrize(
    "ring_ms", [(1000, 2000), (400, 200, 400, 2000)], ids=["single", "distinctive"]
)
def test_ringing_has_its_cadence(bench, ring_ms):
    line = bench.station()
    line.run(2.5)
    line.port.start_ringing(ring_ms)
    line.run(7.0)
    line.port.stop_ringing()
    edges = [at for at, _ in line.handset.rings]
    states = [on for _, on in line.handset.rings]
    assert states[:4] == [True, False, True, False]
    steps = [b - a for a, b in itertools.pairwise(edges)]
    for step, (place, ms) in zip(steps, itertools.cycle(enumerate(ring_ms)), strict=False):
        # The far end hears the end of a burst 50 ms late.
        late = 0.05 if place % 2 == 0 else -0.05
        assert step == pytest.approx(ms / 1000 + late, abs=0.1)


@pytest.mark.covers("FXS: the bell stops when the handset is lifted")
def test_lifting_ends_the_ringing(bench):
    line = bench.station()
    line.run(2.5)
    line.port.start_ringing((1000, 2000))
    line.until(lambda: line.handset.rings, 3, "the bell")
    line.handset.lift()
    line.until(lambda: line.times_of(HookLifted()), 2, "lifted")
    line.run(1.0)
    count = len(line.handset.rings)
    line.run(4.0)
    assert len(line.handset.rings) == count


@pytest.mark.covers("FXS: caller ID after the first ring")
@pytest.mark.parametrize("kind", ["bell", "v23", "dtmf"])
def test_the_telephone_is_told_who_calls(bench, kind):
    encoders = {
        "bell": lambda: CallerIdEncoder(CALLER, Standard.BELL),
        "v23": lambda: CallerIdEncoder(CALLER, Standard.V23),
        "dtmf": lambda: DtmfCallerIdEncoder(CALLER),
    }
    audio = out_of(encoders[kind]())
    line = bench.station()
    line.run(2.5)
    line.port.start_ringing((1000, 4000))
    line.until(lambda: line.times_of(RingerOff()), 3, "the pause")
    line.handset.heard = b""
    line.port.transmit_on_hook(len(audio) / 16000 + 1.0)
    line.run(0.5)
    line.say(audio)
    line.run(len(audio) / 16000 + 0.4)
    line.port.stop_ringing()
    if kind == "dtmf":
        wanted = [CallerId(number=CALLER.number)]
        assert found_by(DtmfCallerIdDecoder(), line.handset.heard) == wanted
    else:
        assert found_by(CallerIdDecoder(), line.handset.heard) == [CALLER]


@pytest.mark.covers("FXS: caller ID of a call that waits: alert tone and keying in the talk")
def test_the_telephone_is_told_who_waits(bench):
    line = lifted(bench)
    line.handset.heard = b""
    line.say(
        out_of(AlertTone()) + bytes(FRAME * 10) + out_of(CallerIdEncoder(CALLER, in_call=True))
    )
    line.run(1.5)
    assert found_by(CallerIdDecoder(), line.handset.heard) == [CALLER]


@pytest.mark.covers("FXS: message waiting by keying to an on-hook telephone")
def test_the_telephone_is_told_that_messages_wait(bench):
    line = bench.station()
    line.run(1.0)
    line.handset.heard = b""
    line.port.transmit_on_hook(2.0)
    line.run(0.2)
    line.say(out_of(CallerIdEncoder(waiting_message(waiting=True))))
    line.run(1.5)
    assert level_dbm0(line.handset.heard) > -30.0  # a message of keying, and no caller
    assert found_by(CallerIdDecoder(), line.handset.heard) == []


@pytest.mark.covers("FXS: the telephone is told that the other side left")
def test_the_battery_goes_for_an_instant(bench):
    line = lifted(bench)
    line.port.on_hook()
    line.until(lambda: line.handset.battery_lost, 2, "the battery goes")
    line.run(2.0)
    assert HookReplaced() not in line.happened()


@pytest.mark.covers("FXS: ringing straight after a call")
def test_ringing_straight_after_a_call(bench):
    line = lifted(bench)
    line.handset.replace()
    line.until(lambda: line.times_of(HookReplaced()), 3, "replaced")
    line.port.start_ringing((1000, 2000))
    line.until(lambda: line.times_of(RingerOff()), 4, "a burst has ended")


@pytest.mark.covers("Bad input: a handset that is lifted while it rings and put back at once")
def test_a_handset_that_only_twitches(bench):
    line = bench.station()
    line.run(2.5)
    line.port.start_ringing((1000, 2000))
    line.until(lambda: line.times_of(RingerOff()), 3, "the pause")
    line.handset.lift()
    line.until(lambda: line.times_of(HookLifted()), 2, "lifted")
    line.handset.replace()
    line.until(lambda: line.times_of(HookReplaced()), 4, "replaced")
    line.run(1.5)
    line.handset.lift()
    line.until(lambda: len(line.times_of(HookLifted())) == 2, 2, "lifted again: usable")
