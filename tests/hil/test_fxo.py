"""A trunk line's port: what the exchange does is told as it is, what it is ordered is done."""

from __future__ import annotations

import numpy as np
import pytest

from hw.dahdi.device import DahdiPort
from hw.dahdi.port import (
    BatteryDropped,
    LineCut,
    PolarityReversed,
    PortKind,
    PortLost,
    PulsesSent,
    RingBegan,
    RingEnded,
)
from hw.signal.caller_id import Absence, CallerId, CallerIdDecoder, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfDetector, DtmfGenerator
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder, DtmfCallerIdEncoder, DtmfForm
from hw.signal.fax import FaxDetector, FaxTone, FaxToneGenerator
from hw.signal.level import bytes_of, level_dbm0, samples_of
from hw.signal.tone import ToneDetector, ToneGenerator, plan_of
from tests.hil.bench import Bench, BenchKind, HangUp, Trunk, When, missing

FRAME = 320
PLAN = plan_of("de")
CALLER = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")
WITHHELD = CallerId(absence=Absence.WITHHELD)
UNAVAILABLE = CallerId(absence=Absence.UNAVAILABLE)


def out_of(encoder: CallerIdEncoder | DtmfCallerIdEncoder) -> bytes:
    audio = b""
    while not encoder.done:
        audio += encoder.frame()
    return audio


def found_by(detector, audio: bytes) -> list[object]:
    found = [detector.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [one for one in found if one]


def tone(name: str, seconds: float) -> bytes:
    return ToneGenerator(PLAN.tone(name)).frame(round(seconds * 8000))


def noise(seconds: float, peak: float = 2000.0, seed: int = 1) -> bytes:
    return bytes_of(np.random.default_rng(seed).normal(0, peak, round(seconds * 8000)))


def rested(bench: Bench) -> Trunk:
    """A line that would tell of a ring."""
    line = bench.trunk()
    line.run(2.5)
    line.heard = b""
    return line


def talking(bench: Bench) -> Trunk:
    line = rested(bench)
    line.far.ring()
    line.until(lambda: line.times_of(RingBegan()), 3, "it rings")
    line.port.off_hook()
    line.until(lambda: line.far.lifted, 2, "the exchange sees the loop")
    line.run(1.0)
    return line


def seized(bench: Bench) -> Trunk:
    line = rested(bench)
    line.port.off_hook()
    line.until(lambda: line.far.lifted, 2, "the exchange sees the loop")
    line.run(1.0)
    return line


# -- rung ------------------------------------------------------------------------------------


@pytest.mark.covers("FXO: a caller who gives up: nothing says so, rings stop coming")
def test_a_caller_gives_up(bench):
    line = rested(bench)
    line.far.ring(cadence_ms=(1000, 2000))
    line.until(lambda: len(line.times_of(RingEnded())) == 2, 8, "two rings")
    line.far.stop_ringing()
    line.events.clear()
    line.run(9.0)
    assert line.events == []


@pytest.mark.covers("FXO: caller ID: number, name, date; withheld; unavailable")
@pytest.mark.parametrize("caller", [WITHHELD, UNAVAILABLE], ids=["withheld", "unavailable"])
def test_caller_id_says_why_there_is_no_number(bench, caller):
    line = rested(bench)
    line.far.ring(out_of(CallerIdEncoder(caller, Standard.V23)))
    line.run(5.0)
    assert found_by(CallerIdDecoder(), line.heard) == [caller]


@pytest.mark.covers("FXO: caller ID in DTMF reaches an on-hook port")
@pytest.mark.parametrize("when", list(When), ids=lambda when: when.name.lower())
@pytest.mark.parametrize("form", [DtmfForm.A_TO_C, DtmfForm.D_TO_C], ids=["a-c", "d-c"])
def test_caller_id_in_dtmf(bench, when, form):
    line = rested(bench)
    caller = CallerId(number="0218877665")
    line.far.ring(out_of(DtmfCallerIdEncoder(caller, form)), when)
    line.run(6.0)
    assert found_by(DtmfCallerIdDecoder(), line.heard) == [caller]
    assert (PolarityReversed() in line.happened()) == (when is When.AFTER_REVERSAL)


@pytest.mark.covers("Bad input: half a burst, a wrong checksum, noise: no caller ID")
@pytest.mark.parametrize("kind", ["half", "checksum", "noise"])
def test_damaged_caller_id_is_none(bench, kind):
    line = rested(bench)
    whole = out_of(CallerIdEncoder(CALLER))
    late = len(whole) * 3 // 4 // FRAME * FRAME
    damaged = {
        "half": whole[: len(whole) // 4 * 2],
        "checksum": whole[:late] + bytes(FRAME) + whole[late + FRAME :],
        "noise": noise(1.0),
    }
    line.far.ring(damaged[kind])
    line.run(5.0)
    assert found_by(CallerIdDecoder(), line.heard) == []
    assert found_by(DtmfCallerIdDecoder(), line.heard) == []


@pytest.mark.covers("FXO: caller ID 20 dB quieter, with noise under it")
def test_a_quiet_caller_id(bench):
    line = rested(bench)
    quiet = samples_of(out_of(CallerIdEncoder(CALLER))) * 0.1
    line.far.ring(bytes_of(quiet + samples_of(noise(len(quiet) / 8000, 20.0))))
    line.run(5.0)
    assert found_by(CallerIdDecoder(), line.heard) == [CALLER]


# -- in a call -------------------------------------------------------------------------------


@pytest.mark.covers("FXO: far hang-up by current drop just as we answer")
def test_the_far_end_drops_the_current_as_we_answer(bench):
    line = rested(bench)
    line.far.ring()
    line.until(lambda: line.times_of(RingBegan()), 3, "it rings")
    line.port.off_hook()
    line.until(lambda: line.far.lifted, 2, "the exchange sees the loop")
    line.run(0.3)
    line.far.hang_up(HangUp.CPC)
    line.until(lambda: line.times_of(BatteryDropped()), 2, "the drop")


@pytest.mark.covers("FXO: far hang-up by polarity")
def test_the_far_end_reverses_the_polarity(bench):
    line = talking(bench)
    line.events.clear()
    line.far.hang_up(HangUp.POLARITY)
    line.until(lambda: line.events, 2, "the reversal")
    assert line.happened() == [PolarityReversed()]


@pytest.mark.covers("FXO: far hang-up by busy tone")
def test_the_far_end_gives_busy_tone(bench):
    line = talking(bench)
    line.heard = b""
    line.far.hang_up(HangUp.BUSY_TONE)
    line.run(4.0)
    assert BatteryDropped() not in line.happened()
    assert "busy" in found_by(ToneDetector(PLAN), line.heard)


@pytest.mark.covers("FXO: line cut in a call: the current drops, then the alarm")
def test_the_line_is_cut_in_a_call(bench):
    line = talking(bench)
    line.events.clear()
    line.far.cut()
    line.until(lambda: line.times_of(LineCut()), 3, "the alarm")
    assert line.happened() == [BatteryDropped(), LineCut()]


@pytest.mark.covers("FXO: keys of the caller")
def test_keys_of_the_caller(bench):
    line = talking(bench)
    line.heard = b""
    generator = DtmfGenerator()
    generator.put("159*0#")
    line.far.say(b"".join(generator.frame() for _ in range(60)))
    line.run(1.5)
    assert "".join(map(str, found_by(DtmfDetector(), line.heard))) == "159*0#"


@pytest.mark.covers("FXO: fax tones")
@pytest.mark.parametrize("kind", [FaxTone.CNG, FaxTone.CED])
def test_fax_tones(bench, kind):
    line = talking(bench)
    line.heard = b""
    generator = FaxToneGenerator(kind)
    line.far.say(b"".join(generator.frame() for _ in range(100)))
    line.run(2.0)
    assert kind in found_by(FaxDetector(), line.heard)


@pytest.mark.covers("FXO: flash")
def test_a_flash(bench):
    line = talking(bench)
    line.port.flash()
    line.until(lambda: line.far.flashes, 2, "the exchange sees the flash")
    line.run(1.5)
    assert line.far.lifted
    assert line.far.flashes == 1


@pytest.mark.covers("FXO: echo cancellation")
def test_our_own_echo_is_cancelled(bench):
    line = talking(bench)
    line.far.return_echo()
    line.say(noise(8.0, 3000.0))
    line.run(1.0)
    line.heard = b""
    line.run(1.0)
    before = level_dbm0(line.heard)
    line.port.cancel_echo(256)
    line.run(4.0)
    line.heard = b""
    line.run(1.0)
    assert level_dbm0(line.heard) < before - 20.0


# -- dialling --------------------------------------------------------------------------------


@pytest.mark.covers("FXO: dial tone is heard, keys are dialled")
def test_dial_tone_and_keys(bench):
    line = seized(bench)
    line.heard = line.far.heard = b""
    line.far.say(tone("dial", 1.5))
    line.run(1.5)
    assert "dial" in found_by(ToneDetector(PLAN, ("dial",)), line.heard)
    generator = DtmfGenerator()
    generator.put("09121234567")
    line.say(b"".join(generator.frame() for _ in range(100)))
    line.run(2.5)
    assert "".join(map(str, found_by(DtmfDetector(), line.far.heard))) == "09121234567"


@pytest.mark.covers("FXO: dialling with pulses")
def test_pulses(bench):
    line = seized(bench)
    line.port.dial_pulses("2071")
    line.until(lambda: line.times_of(PulsesSent()), 8, "dialled")
    line.until(lambda: len(line.far.pulsed) == 4, 2, "heard")
    assert line.far.pulsed == "2071"
    line.far.heard = b""
    line.say(tone("dial", 0.5))
    line.run(0.6)
    assert level_dbm0(line.far.heard) > -20.0  # the way is open again


@pytest.mark.covers("FXO: a line that is cut cannot be seized: an alarm, no loop")
def test_seizing_a_cut_line(bench):
    line = rested(bench)
    line.far.cut()
    line.until(lambda: line.times_of(LineCut()), 3, "the alarm")
    line.port.off_hook()
    line.run(1.0)
    assert not line.far.lifted


@pytest.mark.covers("Bad input: both ends seize the line at once")
def test_glare(bench):
    line = rested(bench)
    line.far.ring()
    line.port.off_hook()
    line.until(lambda: line.far.lifted, 2, "the exchange sees the loop: its call is answered")
    line.run(3.0)
    assert RingEnded() not in line.happened()
    line.port.on_hook()
    line.until(lambda: not line.far.lifted, 3, "free again")


@pytest.mark.covers("Bad input: two programs on one port")
def test_a_second_program_is_told_that_the_port_is_in_use(bench):
    if bench.kind is BenchKind.SIM:
        missing("a kernel that lets one program have a channel")
    line = rested(bench)
    with pytest.raises(PortLost, match="another program has it open"):
        DahdiPort(PortKind.FXO, line.port._path)
    line.far.ring()
    line.until(lambda: line.times_of(RingBegan()), 3, "the first program's port works on")


@pytest.mark.covers("Bad input: a port of the other kind")
def test_a_port_of_the_other_kind_is_refused(bench):
    if bench.kind is BenchKind.SIM:
        missing("a kernel that knows what a channel is")
    path = bench._rig.loops[-1].fxs  # nobody has opened it
    with pytest.raises(PortLost, match="is an FXS port, an FXO port is wanted here"):
        DahdiPort(PortKind.FXO, path)
    DahdiPort(PortKind.FXS, path).close()
