"""Every dialect of modem, and what modems do wrong, against the serial driver."""

from __future__ import annotations

import dataclasses
import random

import pytest

from hw.modem import sim
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
    Registered,
    Unregistered,
    UssdEnded,
    UssdHeard,
)
from hw.modem.sim import ModemState
from hw.modem.sim_card import Pin
from hw.modem.sim_kinds import E1550, EC25, KINDS, SIM7600
from hw.modem.sim_texts import deliveries
from hw.modem.tty import TtyModem
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.contract.modem_bench import ModemBench

TONE = plan_of("ir").dial


@pytest.fixture(params=KINDS)
def bench(request, tmp_path):
    bench = ModemBench(tmp_path, KINDS[request.param]).registered()
    yield bench
    bench.close()


@pytest.fixture
def starting(tmp_path):
    """Modems that are made in the test and closed after it."""
    made: list[ModemBench] = []

    def make(kind=EC25) -> ModemBench:
        made.append(ModemBench(tmp_path, kind))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def out(bench: ModemBench) -> list[str]:
    return [event.why for event in bench.seen(Unregistered)]


# -- calls ------------------------------------------------------------------------------------


def hears_both_ways(bench: ModemBench) -> None:
    bench.run(1.5)  # a SIM7600 gives audio only a while after the answer
    bench.heard = bench.heard_by_far = b""
    bench.run(1.0, say=ToneGenerator(TONE).frame(16000), spoken=ToneGenerator(TONE).frame())
    assert len(bench.heard) >= 45 * 320
    assert level_dbm0(bench.heard) == pytest.approx(-13.0, abs=1.0)
    assert level_dbm0(bench.heard_by_far[-12000:]) == pytest.approx(-13.0, abs=1.5)


def test_a_call_from_the_network_with_its_number_heard_both_ways(bench):
    bench.modem.ring("+989121234567")
    bench.until(lambda: CallRang("+989121234567") in bench.events)
    bench.port.answer()
    bench.until(lambda: sim.Answered() in bench.done)
    hears_both_ways(bench)
    bench.modem.hang_up()
    bench.until(lambda: bench.seen(CallEnded))


def test_a_call_to_the_network_follows_its_progress_heard_both_ways(bench):
    bench.port.dial("09121234567")
    bench.until(lambda: CallAnswered() in bench.events)
    calls = [e for e in bench.events if isinstance(e, CallDialled | FarRang | CallAnswered)]
    assert calls == [CallDialled(), FarRang(), CallAnswered()]
    hears_both_ways(bench)
    bench.port.send_tone("5")
    bench.until(lambda: sim.Toned("5") in bench.done)
    bench.port.hang_up()
    bench.until(lambda: sim.BoxHungUp() in bench.done)


def test_two_calls_one_after_the_other(bench):
    for _ in range(2):
        bench.port.dial("09121234567")
        bench.until(lambda: bench.modem.state is ModemState.TALKING)
        bench.modem.hang_up()
        bench.until(lambda: bench.seen(CallEnded))
        bench.run(0.5)
        bench.events.clear()


def test_hanging_up_at_once_leaves_no_call_behind(bench):
    bench.modem.step = lambda converse: None  # busy for a while
    bench.port.send_tone("1")  # the command that is out
    bench.port.dial("0912")
    bench.port.hang_up()
    del bench.modem.step
    bench.run(1.0)
    assert bench.modem.state is ModemState.IDLE
    assert not bench.seen(CallAnswered)


def test_both_call_at_once_and_the_one_from_outside_is_offered(bench):
    """Glare: the network rings us in the moment in which we dial."""
    bench.modem.ring("+989121234567")
    bench.port.dial("0912")
    bench.until(lambda: bench.seen(CallEnded))
    assert bench.modem.state is ModemState.RINGING
    bench.events.clear()
    bench.until(lambda: CallRang("+989121234567") in bench.events)
    bench.port.answer()
    bench.until(lambda: sim.Answered() in bench.done)


def test_a_withheld_number_is_withheld(bench):
    bench.modem.ring("")
    bench.until(lambda: bench.seen(CallRang))
    assert bench.seen(CallRang)[0] == CallRang("", unknown=False)


def test_a_number_that_the_network_does_not_know_is_not_withheld(bench):
    bench.modem._urc("RING")
    bench.modem._urc('+CLIP: "",128,"",0,"",2')
    bench.until(lambda: CallRang("", unknown=True) in bench.events)


def test_a_call_that_waits_is_told_and_the_other_goes_on(bench):
    bench.modem.ring("1")
    bench.run(0.5)
    bench.port.answer()
    bench.until(lambda: bench.modem.state is ModemState.TALKING)
    bench.modem.ring("+989350001122")
    bench.until(lambda: CallWaited("+989350001122") in bench.events)
    assert bench.modem.state is ModemState.TALKING


@pytest.mark.parametrize("cause", [17, 1, 19, 34])
def test_a_call_that_cannot_be_made_says_why(bench, cause):
    bench.modem.faults.far_cause = cause
    bench.port.dial("0912")
    bench.until(lambda: bench.seen(CallEnded))
    assert bench.seen(CallEnded)[0].cause == cause
    bench.modem.faults.far_cause = 0
    bench.events.clear()
    bench.run(1.0)
    bench.port.dial("0912")
    bench.until(lambda: CallAnswered() in bench.events)


def test_without_signal_nothing_is_dialled(bench):
    bench.modem.lose_network()
    bench.port.dial("0912")
    bench.until(lambda: bench.seen(CallEnded))
    assert "searching for a network" in out(bench)
    bench.modem.find_network()
    bench.events.clear()
    bench.until(lambda: Registered(False) in bench.events)


# -- USSD -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text", "asks"),
    [
        ("*140#", "اعتبار شما ۱۲۵۰۰ ریال است", False),
        ("*141#", "Your balance is 12500", False),
        ("*1#", "1: Balance\n2: Package", True),
    ],
)
def test_a_code_is_answered_in_any_language(bench, code, text, asks):
    bench.port.ussd(code)
    assert bench.until(lambda: bench.seen(UssdHeard)) == [UssdHeard(text=text, asks=asks)]


def test_a_text_of_digits_is_not_taken_for_hexadecimal(starting):
    bench = starting().registered()
    bench.modem.ussd_menu["*2#"] = (0, "12500000")
    bench.port.ussd("*2#")
    assert bench.until(lambda: bench.seen(UssdHeard))[0].text == "12500000"


def test_a_code_nobody_knows_and_one_nobody_answers_end(bench):
    bench.port.ussd("*999#")
    assert "does not know the code" in bench.until(lambda: bench.seen(UssdEnded))[0].why
    bench.events.clear()
    bench.modem._take_ussd = lambda written: "OK"
    bench.modem._orders["+CUSD=1,"] = lambda part: "OK"
    bench.port.ussd("*140#")
    bench.run(61.0)
    assert "within a minute" in bench.seen(UssdEnded)[0].why
    bench.port.cancel_ussd()
    bench.until(lambda: UssdEnded("cancelled") in bench.events)


@pytest.mark.parametrize("code", ["", 'a"b', "x" * 200, "é"])
def test_what_is_no_code_is_refused(bench, code):
    with pytest.raises(ValueError, match="USSD"):
        bench.port.ussd(code)


# -- the SIM ----------------------------------------------------------------------------------


def test_a_sim_is_unlocked_with_its_pin(starting):
    for kind in KINDS.values():
        bench = starting(kind)
        bench.modem.faults.pin = "1234"
        bench.pin = Pin("1234")
        bench.open().until(lambda bench=bench: Registered(False) in bench.events)
        assert not bench.pin.refused


def test_a_sim_without_a_pin_in_the_configuration_says_so(starting):
    bench = starting()
    bench.modem.faults.pin = "1234"
    bench.open().until(lambda: any("wants its PIN" in why for why in out(bench)))
    assert bench.modem.faults.tries_left == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_pin_is_tried_once_and_never_again(starting, kind):
    bench = starting(KINDS[kind])
    bench.modem.faults.pin = "1234"
    bench.pin = Pin("9999")
    bench.open().until(lambda: any("refused the PIN" in why for why in out(bench)))
    assert bench.modem.faults.tries_left == 2
    for again in range(3):
        bench.port.close()
        if again == 1:
            bench.pin = Pin("9999")  # a restarted daemon does not know that it was refused
        bench.events.clear()
        bench.open().until(lambda: len(out(bench)) >= 1)
        bench.run(1.0)
        assert bench.modem.faults.tries_left == 2


def test_no_sim_is_told_and_one_that_comes_is_used(starting):
    bench = starting()
    bench.modem.faults.no_sim = True
    bench.modem.faults.refuses["+CPIN?"] = ["+CME ERROR: 10"]
    bench.open().until(lambda: any("there is no SIM in the modem" in why for why in out(bench)))
    bench.modem.faults.no_sim = False
    bench.run(31.0)
    bench.until(lambda: Registered(False) in bench.events)


def test_a_busy_sim_is_asked_again(starting):
    bench = starting()
    bench.modem.faults.refuses["+CPIN?"] = ["+CME ERROR: 14", "+CME ERROR: 14"]
    bench.open().until(lambda: Registered(False) in bench.events)
    assert out(bench) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("+CPIN: SIM PUK", "wants its PUK"),
        ("+CREG: 3", "refuses the SIM"),
        ("+CREG: 0", "not searching"),
    ],
)
def test_what_keeps_the_sim_out_is_said_in_words(starting, line, words):
    bench = starting().registered()
    bench.modem._urc(line)
    bench.until(lambda: any(words in why for why in out(bench)))


# -- what modems do wrong ---------------------------------------------------------------------


def test_garbage_and_echoes_do_not_disturb_a_call(bench):
    bench.modem.faults.echoes = True
    bench.modem.faults.garbage = b'\xfe\x00\xff\r\n+C\xff: ,"\r\n\r\nAT+CHUP\r\n'
    bench.port.dial("0912")
    bench.until(lambda: CallAnswered() in bench.events)
    hears_both_ways(bench)


def test_noise_is_not_taken_for_what_the_modem_says_it_is(starting):
    bench = starting()
    bench.modem.faults.garbage = bytes(range(128, 256)) * 4
    bench.open().until(lambda: Registered(False) in bench.events)


MARKS = [b"\r\n", b'"', b",", b":", b"+", b"> ", b"\x00", b"\xb2", b"-1", b"99999999999", b"\x1a"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_modem_says_the_driver_lives_or_gives_it_up(starting, seed):
    """Lines of the field, cut, doubled and mixed with noise: nothing but ``ModemLost`` may come
    of them, and afterwards the modem is of use again."""
    chance = random.Random(seed)
    bench = starting(list(KINDS.values())[seed % 3]).registered()
    pdu = deliveries("+98912", "سلام " * 20, 0.0, 3)[0]
    heads = [*bench.port._talk._hears, "+CMGR", "+CPMS", "OK", "ERROR", "+CME ERROR", "RING"]
    tails = [
        "",
        ': "SM",3',
        ": 1,1,4,0,1,129",
        ': 1,"00480069",72',
        f": 12\r\n{pdu}",
        ': "a',
        ": ²,²,²",
    ]
    try:
        for _ in range(400):
            line = (chance.choice(heads) + chance.choice(tails)).encode("latin-1")
            for _ in range(chance.randrange(4)):
                at = chance.randrange(len(line) + 1)
                line = line[:at] + chance.choice(MARKS) + line[at + chance.randrange(3) :]
            bench.modem._at.write(b"\r\n" + line + b"\r\n")
            bench.run(0.02)
            bench.port.dial("1") if chance.random() < 0.02 else None
    except ModemLost:
        bench.port.close()
        bench.open()
    bench.modem._at.write(b'\r\n"\r\n')
    bench.port.hang_up()
    bench.events.clear()
    bench.run(65.0)  # what was asked in vain is over
    bench.port.dial("0912")
    bench.until(lambda: CallAnswered() in bench.events)


def test_a_modem_nobody_knows_is_refused_by_name(starting):
    strange = dataclasses.replace(EC25, answers={**EC25.answers, "+CGMM": "ZX-9000"})
    bench = starting(strange).open()
    with pytest.raises(ModemLost, match="says it is 'ZX-9000', which this release does not know"):
        bench.run(30.0)


class Owner:
    def __init__(self) -> None:
        self.told: list[str] = []

    def identified(self, imei: str) -> None:
        self.told.append(imei)

    def fell_silent(self) -> None:
        self.told.append("silent")


def test_the_wrong_modem_is_let_go_and_its_imei_learned(starting, tmp_path):
    bench, owner = starting(), Owner()
    bench.port = TtyModem(
        str(tmp_path / "at"),
        str(tmp_path / "audio"),
        lambda: bench.now_s,
        imei="123456789012345",
        owner=owner,
    )
    with pytest.raises(ModemLost, match="is the modem with IMEI 867698040000017, not 1234"):
        bench.run(30.0)
    assert owner.told == ["867698040000017"]


def test_a_modem_that_just_came_is_waited_for_then_given_up(starting, tmp_path):
    bench, owner = starting(), Owner()
    bench.modem.faults.silent = True
    bench.port = TtyModem(
        str(tmp_path / "at"), str(tmp_path / "audio"), lambda: bench.now_s, owner=owner
    )
    bench.run(9.0)
    bench.modem.faults.silent = False
    bench.until(lambda: bench.seen(Identified))
    bench.modem.faults.silent = True
    with pytest.raises(ModemSilent):
        bench.run(120.0)
    assert owner.told[-1] == "silent"


@pytest.mark.parametrize("kind", [SIM7600, E1550])
def test_a_modem_that_is_stuck_in_a_message_is_freed_when_it_is_opened(starting, kind):
    bench = starting(kind)
    bench.modem._body_of = 20  # it waits for text since before we were started
    bench.registered()


def test_a_port_that_vanishes_between_open_and_read(starting):
    bench = starting().open()
    bench.modem.close()
    with pytest.raises(ModemLost, match="is gone"):
        bench.settle()
    with pytest.raises(ModemLost, match="is gone"):
        bench.port.read()
    bench.port.close()
    bench.modem = bench.port  # both are closed
    bench.modem.close = lambda: None


def test_a_port_that_another_program_holds_is_named_with_it(starting, tmp_path):
    bench = starting().registered()
    with pytest.raises(ModemLost, match=r"another program holds it \(.*process \d+\)"):
        TtyModem(str(tmp_path / "at"), str(tmp_path / "audio"))
    bench.port.dial("0912")  # the one that has it goes on
    bench.until(lambda: CallAnswered() in bench.events)
