"""The bench itself: each thing it can do reaches the port, and what the port does reaches it."""

from __future__ import annotations

import itertools

import pytest

from hw.dahdi.port import (
    BatteryDropped,
    Flashed,
    HookLifted,
    HookReplaced,
    LineCut,
    LineMended,
    PolarityReversed,
    PulseDigit,
    RingBegan,
    RingEnded,
)
from hw.modem.port import CallAnswered, CallEnded, CallRang, ModemLost, Registered
from hw.signal.caller_id import CallerId, CallerIdDecoder, CallerIdEncoder, Standard
from hw.signal.dtmf import DtmfDetector
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.hil.bench import Bench, BenchKind, HangUp, Trunk, When, missing

CALLER = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")
TONE = plan_of("de").dial


def tone(seconds: float) -> bytes:
    return ToneGenerator(TONE).frame(round(seconds * 8000))


def fsk(caller: CallerId, standard: Standard) -> bytes:
    encoder = CallerIdEncoder(caller, standard)
    audio = b""
    while not encoder.done:
        audio += encoder.frame()
    return audio


def talking(bench: Bench) -> Trunk:
    """A trunk line that rang and was answered."""
    line = bench.trunk()
    line.run(2.5)
    line.far.ring()
    line.until(lambda: line.times_of(RingBegan()), 3, "it rings")
    line.port.off_hook()
    line.until(lambda: line.far.lifted, 2, "the exchange sees the loop")
    line.run(1.0)  # DAHDI's debounce: for 600 ms after a hook it misses what the line does
    return line


@pytest.mark.covers("FXO: ring begins and ends")
def test_a_ring_is_reported(bench):
    line = bench.trunk()
    line.run(2.5)
    line.far.ring(cadence_ms=(1000, 2000))
    line.run(5.5)
    began, ended = line.times_of(RingBegan()), line.times_of(RingEnded())
    assert len(began) == len(ended) == 2
    assert began[1] - began[0] == pytest.approx(3.0, abs=0.1)
    assert [b - a for a, b in zip(began, ended, strict=True)] == pytest.approx([1.05] * 2, abs=0.1)


@pytest.mark.covers("FXO: caller ID in FSK reaches an on-hook port")
@pytest.mark.parametrize("standard", list(Standard), ids=lambda s: s.name.lower())
@pytest.mark.parametrize("when", list(When), ids=lambda w: w.name.lower())
def test_caller_id_is_heard_on_hook(bench, standard, when):
    line = bench.trunk()
    line.run(2.5)
    line.heard = b""
    line.far.ring(fsk(CALLER, standard), when)
    line.run(6.0)
    decoder = CallerIdDecoder()
    found = [decoder.feed(line.heard[at : at + 320]) for at in range(0, len(line.heard), 320)]
    assert [caller for caller in found if caller] == [CALLER]
    assert (PolarityReversed() in line.happened()) == (when is When.AFTER_REVERSAL)


@pytest.mark.covers("FXO: speech both ways")
def test_speech_goes_both_ways(bench):
    line = talking(bench)
    line.heard = line.far.heard = b""
    line.say(tone(1.5))
    line.far.say(tone(1.5))
    line.run(1.2)
    assert level_dbm0(line.heard[-8000:]) == pytest.approx(-13.0, abs=1.0)
    assert level_dbm0(line.far.heard[-8000:]) == pytest.approx(-13.0, abs=1.0)


@pytest.mark.covers("FXO: far hang-up by current drop")
def test_the_far_end_drops_the_current(bench):
    line = talking(bench)
    at = line.now_s
    line.far.hang_up(HangUp.CPC)
    line.until(lambda: line.times_of(BatteryDropped()), 2, "the drop")
    assert line.times_of(BatteryDropped())[0] - at < 0.3


@pytest.mark.covers("FXO: reversal of polarity")
def test_a_reversal_is_reported(bench):
    line = talking(bench)
    line.far.reverse(True)
    line.until(lambda: line.times_of(PolarityReversed()), 1, "the reversal")


@pytest.mark.covers("FXO: line cut and mended")
def test_a_cut_line_is_reported(bench):
    line = bench.trunk()
    line.run(1.0)
    line.far.cut()
    line.until(lambda: line.times_of(LineCut()), 3, "the alarm")
    line.far.mend()
    line.until(lambda: line.times_of(LineMended()), 3, "its end")


@pytest.mark.covers("FXO: hanging up")
def test_the_exchange_sees_us_hang_up(bench):
    line = talking(bench)
    line.port.on_hook()
    line.until(lambda: not line.far.lifted, 3, "the loop opens")


@pytest.mark.covers("FXS: hook, keys")
def test_a_handset_is_lifted_dials_and_is_replaced(bench):
    line = bench.station()
    line.run(0.5)
    line.handset.lift()
    line.until(lambda: HookLifted() in line.happened(), 1, "the hook")
    line.run(0.5)
    line.handset.dial("0912#")
    line.run(1.5)
    detector = DtmfDetector()
    heard = line.heard
    assert "".join(detector.feed(heard[at : at + 320]) for at in range(0, len(heard), 320)) == (
        "0912#"
    )
    line.handset.replace()
    line.until(lambda: HookReplaced() in line.happened(), 3, "the hook")


@pytest.mark.covers("FXS: dialling with the loop")
def test_a_dial_is_turned(bench):
    line = bench.station()
    line.run(0.5)
    line.handset.lift()
    line.run(1.0)
    line.handset.pulse("302")
    line.run(7.0)
    digits = [event.digit for event in line.happened() if isinstance(event, PulseDigit)]
    assert digits == ["3", "0", "2"]


@pytest.mark.covers("FXS: flash")
def test_a_flash_is_no_hang_up(bench):
    line = bench.station()
    line.run(0.5)
    line.handset.lift()
    line.run(1.0)
    line.handset.flash()
    line.run(3.0)
    assert line.happened() == [HookLifted(), Flashed()]


@pytest.mark.covers("FXS: ringing in a cadence")
def test_a_telephone_rings_in_the_cadence_asked_for(bench):
    line = bench.station()
    line.run(2.5)
    line.port.start_ringing((400, 200, 400, 2000))
    line.run(4.5)
    line.port.stop_ringing()
    line.run(0.5)
    on = [at for at, rings in line.handset.rings if rings]
    assert [b - a for a, b in itertools.pairwise(on)][:3] == pytest.approx([0.6, 2.4, 0.6], abs=0.1)


@pytest.mark.covers("Modems: a call comes, both hear, it ends")
@pytest.mark.parametrize("model", ["EC25", "SIM7600", "E1550"])
def test_a_modem_is_called(bench, model):
    mobile = bench.modem(model)
    mobile.open()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 30, "in the network")
    mobile.run(2.0)
    if mobile.network is None:
        missing("a partner of this modem in the rig, which calls it")
    mobile.network.ring("+989121234567")
    mobile.until(lambda: any(isinstance(e, CallRang) for e in mobile.events), 30, "it rings")
    if bench.kind is not BenchKind.METAL:  # there the network shows the partner's number
        mobile.until(lambda: CallRang("+989121234567") in mobile.events, 3, "with its number")
    mobile.port.answer()
    mobile.until(lambda: CallAnswered() in mobile.events, 5, "the call is up")
    mobile.run(1.5)
    mobile.heard = mobile.heard_by_far = b""
    mobile.say(tone(2.0))
    mobile.far_says(tone(2.0))
    mobile.run(1.5)
    assert level_dbm0(mobile.heard[-8000:]) == pytest.approx(-13.0, abs=1.5)
    assert level_dbm0(mobile.heard_by_far[-8000:]) == pytest.approx(-13.0, abs=1.5)
    mobile.network.hang_up()
    mobile.until(lambda: any(isinstance(e, CallEnded) for e in mobile.events), 3, "its end")


@pytest.mark.covers("Modems: drawn and put back")
def test_a_modem_is_drawn_and_put_back(bench):
    mobile = bench.modem("EC25")
    mobile.open()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 30, "in the network")
    mobile.unplug()
    with pytest.raises(ModemLost):
        mobile.run(3.0)
    mobile.port.close()
    mobile.port = None
    mobile.run(1.0)
    mobile.replug()
    mobile.events.clear()
    mobile.open()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 30, "in the network again")
