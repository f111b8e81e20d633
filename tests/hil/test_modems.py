"""Mobile modems: calls, messages, codes, the SIM and its network, and modems that misbehave."""

from __future__ import annotations

import pytest

from hw.hotplug.port import Plugged, Unplugged
from hw.modem import sim
from hw.modem.pdu import decode, submit
from hw.modem.port import (
    CallAnswered,
    CallDialled,
    CallEnded,
    CallRang,
    CallWaited,
    FarRang,
    Identified,
    ModemLost,
    ModemSilent,
    OperatorNamed,
    Registered,
    SignalMeasured,
    TextAccepted,
    TextMemory,
    TextRead,
    TextReported,
    Unregistered,
    UssdEnded,
    UssdHeard,
)
from hw.modem.sim import ModemState, SimModem
from hw.modem.sim_card import Pin
from hw.modem.sim_texts import FAILED
from hw.modem.tty import TtyModem
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.hil.bench import Bench, Mobile, missing

MODELS = ("EC25", "SIM7600", "E1550")
FAR = "+989121234567"
TEXT = "سلام، پیام آزمایشی شما رسید 📞 مرحبا hello "

every_model = pytest.mark.parametrize("model", MODELS)


def tone(seconds: float) -> bytes:
    return ToneGenerator(plan_of("de").dial).frame(round(seconds * 8000))


def seen(mobile: Mobile, kind: type) -> list:
    return [event for event in mobile.events if isinstance(event, kind)]


def unmade(bench: Bench, model: str) -> Mobile:
    """A modem that is not opened yet, whose network can be told what to do."""
    mobile = bench.modem(model)
    if not isinstance(mobile.network, SimModem):
        missing("a network that does what a test says: only the simulated one does")
    return mobile


def registered(mobile: Mobile) -> Mobile:
    mobile.open()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 30, "in the network")
    mobile.run(2.0)  # the rest of what it is asked at the start
    return mobile


def talking(bench: Bench, model: str) -> Mobile:
    """A modem in a call that it made."""
    mobile = registered(unmade(bench, model))
    mobile.port.dial("09121234567")
    mobile.until(lambda: CallAnswered() in mobile.events, 10, "the call is up")
    return mobile


def hears_both_ways(mobile: Mobile) -> None:
    mobile.run(1.5)  # a SIM7600 gives audio only a while after the answer
    mobile.heard = mobile.heard_by_far = b""
    mobile.say(tone(2.0))
    mobile.far_says(tone(2.0))
    mobile.run(1.5)
    assert level_dbm0(mobile.heard[-8000:]) == pytest.approx(-13.0, abs=1.5)
    assert level_dbm0(mobile.heard_by_far[-8000:]) == pytest.approx(-13.0, abs=1.5)


# -- calls ------------------------------------------------------------------------------------


@pytest.mark.covers("Modems: a call out, its progress, both hear, keys, hanging up")
@every_model
def test_a_call_out(bench, model):
    mobile = talking(bench, model)
    calls = [e for e in mobile.events if isinstance(e, CallDialled | FarRang | CallAnswered)]
    assert calls == [CallDialled(), FarRang(), CallAnswered()]
    hears_both_ways(mobile)
    mobile.port.send_tone("5")
    mobile.until(lambda: sim.Toned("5") in mobile.done, 3, "the key reaches the network")
    mobile.port.hang_up()
    mobile.until(lambda: sim.BoxHungUp() in mobile.done, 3, "the call is hung up")


@pytest.mark.covers("Modems: a withheld number")
@every_model
def test_a_withheld_number(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.network.ring("")
    mobile.until(lambda: seen(mobile, CallRang), 8, "it rings")
    assert seen(mobile, CallRang)[0] == CallRang("", unknown=False)


@pytest.mark.covers("Modems: a call that waits")
@every_model
def test_a_call_waits(bench, model):
    mobile = talking(bench, model)
    mobile.network.ring("+989350001122")
    mobile.until(lambda: CallWaited("+989350001122") in mobile.events, 5, "it is told")
    assert mobile.network.state is ModemState.TALKING


@pytest.mark.covers("Modems: busy, no answer, no such number: the network's cause")
@every_model
@pytest.mark.parametrize("cause", [17, 19, 1])
def test_a_call_that_cannot_be_made_says_why(bench, model, cause):
    mobile = registered(unmade(bench, model))
    mobile.network.faults.far_cause = cause
    mobile.port.dial("0912")
    mobile.until(lambda: seen(mobile, CallEnded), 10, "it ends")
    assert seen(mobile, CallEnded)[0].cause == cause


@pytest.mark.covers("Modems: glare: both call at once")
def test_both_call_at_once(bench):
    mobile = registered(unmade(bench, "EC25"))
    mobile.network.ring(FAR)
    mobile.port.dial("0912")
    mobile.until(lambda: seen(mobile, CallEnded), 10, "the call out ends")
    mobile.events.clear()
    mobile.until(lambda: CallRang(FAR) in mobile.events, 8, "the other is told")


# -- the SIM and its network ------------------------------------------------------------------


@pytest.mark.covers("Modems: who it is, operator, field strength")
@every_model
def test_it_says_who_it_is_and_where(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.until(lambda: seen(mobile, SignalMeasured), 10, "the field strength")
    assert seen(mobile, Identified)[0].imei == mobile.network.imei
    assert OperatorNamed("Example Mobile") in mobile.events
    assert seen(mobile, SignalMeasured)[0].dbm == -73


@pytest.mark.covers("Modems: no signal, and it comes back")
@every_model
def test_the_network_goes_and_comes(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.network.lose_network()
    mobile.port.dial("0912")
    mobile.until(lambda: seen(mobile, CallEnded), 5, "nothing is dialled")
    assert Unregistered("searching for a network") in mobile.events
    mobile.network.find_network()
    mobile.events.clear()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 5, "it is back")


@pytest.mark.covers("Modems: SIM PIN, tried once and never again")
@every_model
def test_a_wrong_pin_is_tried_once(bench, model):
    mobile = unmade(bench, model)
    mobile.network.faults.pin = "1234"
    mobile.pin = Pin("9999")
    mobile.open()
    mobile.until(lambda: seen(mobile, Unregistered), 30, "it is refused")
    mobile.run(5.0)
    assert mobile.network.faults.tries_left == 2


@pytest.mark.covers("Modems: SIM busy, SIM absent (+CME errors)")
@pytest.mark.parametrize(("error", "told"), [(14, 0), (10, 1)])
def test_a_sim_that_is_busy_or_not_there(bench, error, told):
    mobile = unmade(bench, "EC25")
    mobile.network.faults.refuses["+CPIN?"] = [f"+CME ERROR: {error}"]
    mobile.open()
    mobile.until(lambda: Registered(roaming=False) in mobile.events, 60, "it is used in the end")
    assert len(seen(mobile, Unregistered)) == told


# -- messages and codes -----------------------------------------------------------------------


@pytest.mark.covers("Modems: long messages of any language out, delivery reports")
@every_model
def test_a_long_text_goes_out_and_is_reported(bench, model):
    mobile = registered(unmade(bench, model))
    parts = submit(FAR, TEXT * 3, 9)
    mobile.port.send_text("m1", parts)
    mobile.until(lambda: sim.Texted(FAR, TEXT * 3) in mobile.done, 30, "it arrives whole")
    mobile.until(lambda: len(seen(mobile, TextReported)) == len(parts), 10, "its reports")
    assert len(seen(mobile, TextAccepted)) == len(parts)
    assert all(event.report.delivered for event in seen(mobile, TextReported))


@pytest.mark.covers("Modems: a message that could not be delivered")
def test_a_failed_delivery_is_told(bench):
    mobile = registered(unmade(bench, "EC25"))
    mobile.network.texts.status = FAILED
    mobile.port.send_text("m1", submit(FAR, "hello", 1))
    mobile.until(lambda: seen(mobile, TextReported), 10, "its report")
    assert not seen(mobile, TextReported)[0].report.delivered


@pytest.mark.covers("Modems: messages come, and stay until they are deleted")
@every_model
def test_a_text_comes(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.network.texts.receive(FAR, TEXT)
    mobile.until(lambda: seen(mobile, TextRead), 10, "it is read")
    found = seen(mobile, TextRead)[0]
    assert decode(found.pdu).text == TEXT
    assert found.index in mobile.network.texts.memories[found.memory]
    mobile.port.delete_text(found.memory, found.index)
    mobile.until(
        lambda: found.index not in mobile.network.texts.memories[found.memory], 5, "deleted"
    )


@pytest.mark.covers("Modems: the memory for messages is full")
def test_a_full_memory_is_told(bench):
    mobile = registered(unmade(bench, "EC25"))
    for count in range(12):
        mobile.network.texts.receive(FAR, f"text {count}")
    mobile.until(lambda: any(event.full for event in seen(mobile, TextMemory)), 30, "it is told")


@pytest.mark.covers("Modems: USSD in any language, and a code that nobody knows")
@every_model
def test_ussd(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.port.ussd("*140#")
    mobile.until(lambda: seen(mobile, UssdHeard), 10, "the network answers")
    assert seen(mobile, UssdHeard) == [UssdHeard(text="اعتبار شما ۱۲۵۰۰ ریال است", asks=False)]
    mobile.port.ussd("*999#")
    mobile.until(lambda: seen(mobile, UssdEnded), 10, "it does not know it")


# -- what modems do wrong ---------------------------------------------------------------------


@pytest.mark.covers("Modems: garbage and echoes of our own commands")
@every_model
def test_garbage_and_echoes_disturb_nothing(bench, model):
    mobile = registered(unmade(bench, model))
    mobile.network.faults.echoes = True
    mobile.network.faults.garbage = b'\xfe\x00\xff\r\n+C\xff: ,"\r\n\r\nAT+CHUP\r\n'
    mobile.port.dial("0912")
    mobile.until(lambda: CallAnswered() in mobile.events, 10, "the call is up")
    hears_both_ways(mobile)


@pytest.mark.covers("Modems: one that does not answer any more is given up")
def test_a_silent_modem_is_given_up(bench):
    mobile = registered(unmade(bench, "EC25"))
    mobile.network.faults.silent = True
    mobile.port.hang_up()
    with pytest.raises(ModemSilent):
        mobile.run(60.0)


@pytest.mark.covers("Modems: drawn in a call, told within a second")
def test_drawn_in_a_call(bench):
    mobile = talking(bench, "EC25")
    began_s = mobile.now_s
    mobile.unplug()
    with pytest.raises(ModemLost):
        mobile.run(5.0)
    assert mobile.now_s - began_s < 1.0
    mobile.port.close()
    mobile.port = None
    mobile.until(
        lambda: any(isinstance(event, Unplugged) for event in mobile.plugs), 3, "hot-plug tells"
    )
    mobile.replug()
    assert any(isinstance(event, Plugged) for event in mobile.plugs)
    mobile.events.clear()
    registered(mobile)


@pytest.mark.covers("Modems: a port that vanishes between opening and reading")
def test_a_port_that_vanishes_at_once(bench):
    mobile = unmade(bench, "E1550")
    mobile.open()
    mobile.unplug()
    with pytest.raises(ModemLost):
        mobile.run(5.0)


@pytest.mark.covers("Modems: two programs on one port")
def test_two_programs_on_one_port(bench):
    mobile = registered(unmade(bench, "EC25"))
    at, audio = mobile.port._at.path, mobile.port._audio_port.path
    with pytest.raises(ModemLost, match="another program holds it"):
        TtyModem(at, audio)
    mobile.port.dial("0912")  # and the first goes on
    mobile.until(lambda: CallAnswered() in mobile.events, 10, "the call is up")
