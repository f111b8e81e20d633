"""What a station line tells its telephone: who calls, who waits, that messages wait."""

from __future__ import annotations

import pytest

from firmware.config.sections.lines import CallerIdShown, StationTelephone
from firmware.lined.announce import shown
from firmware.lined.reminders import Reminders
from firmware.lined.station import StationLine
from firmware.link.client import Event
from firmware.link.rows import MailboxRow
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import HookLifted, HookReplaced, PulseBegan, PulseDigit, RingerOff
from hw.signal.caller_id import Absence, CallerId, CallerIdDecoder
from hw.signal.dtmf import DtmfGenerator
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneDetector
from tests.unit.line_bench import PLAN, FakeDialog, LineBench

S = LineState
FRAME = 320
SARA = CallerId(number="101", name="Sara")


def bench_of(**telephone: object) -> LineBench:
    numbers = frozenset({"101", "102"})
    settings = StationTelephone(**telephone)
    return LineBench(
        StationLine, extension="102", owner="Ward 2", numbers=numbers, telephone=settings
    )


def in_use(bench: LineBench) -> FakeDialog:
    bench.happen(HookLifted())
    bench.hear_digits("101")
    dialog = bench.exchange.last
    dialog.events.on_answered()
    assert bench.line.state is S.IN_USE
    bench.orders()
    return dialog


def heard_by(decoder, audio: bytes) -> list[object]:
    found = [decoder.feed(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    return [one for one in found if one]


def said(bench: LineBench, seconds: float) -> bytes:
    """What the line says while time goes by."""
    audio = b""
    for _ in range(round(seconds * 50)):
        bench.clock.pass_s(0.02)
        audio += bench.patch.say()
    return audio


# -- who calls -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CallerIdShown.BELL, CallerIdShown.V23])
def test_keying_comes_after_the_first_ring(kind):
    bench = bench_of(caller_id=kind)
    bench.invite("102")
    assert bench.orders() == [f"start_ringing {PLAN.ring_ms}"]
    bench.happen(RingerOff())
    assert heard_by(CallerIdDecoder(), said(bench, 2.0)) == [SARA]
    assert bench.orders() == ["transmit_on_hook 2.0"]


def test_digits_come_before_the_first_ring():
    bench = bench_of(caller_id=CallerIdShown.DTMF)
    bench.invite("102")
    (transmit,) = bench.orders()
    audio = said(bench, 1.08)
    assert bench.orders() == []
    audio += said(bench, 0.1)
    assert bench.orders() == [f"start_ringing {PLAN.ring_ms}"]
    assert float(transmit.split()[1]) == pytest.approx(1.1)
    assert heard_by(DtmfCallerIdDecoder(), audio) == [CallerId(number="101")]
    bench.happen(RingerOff())
    assert bench.orders() == []


def test_a_caller_who_gives_up_before_the_first_ring_lets_nothing_ring():
    bench = bench_of(caller_id=CallerIdShown.DTMF)
    dialog = bench.invite("102")
    dialog.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    said(bench, 3.0)
    assert bench.line.state is S.IDLE
    assert not [order for order in bench.orders() if order.startswith("start_ringing")]


def test_a_telephone_that_understands_nothing_is_told_nothing():
    bench = bench_of(caller_id=CallerIdShown.NONE)
    bench.invite("102")
    bench.happen(RingerOff())
    assert not any(said(bench, 2.0))
    assert bench.orders() == [f"start_ringing {PLAN.ring_ms}"]


@pytest.mark.parametrize(
    ("number", "name", "caller"),
    [
        ("0912 345", "Ali", CallerId(number="0912345", name="Ali")),
        ("", "", CallerId(absence=Absence.UNAVAILABLE)),
        ("101", "علی", CallerId(number="101")),
        ("1" * 30, "x" * 60, CallerId(number="1" * 20, name="x" * 50)),
    ],
)
def test_only_what_telephones_can_show_is_sent(number, name, caller):
    assert shown(number, name) == caller


@pytest.mark.parametrize("kind", [CallerIdShown.BELL, CallerIdShown.DTMF])
def test_who_withholds_the_number_is_shown_as_withheld(kind):
    bench = bench_of(caller_id=kind)
    bench.invite("102", caller="02188776655", name="Ali", is_private=True)
    decoder = CallerIdDecoder() if kind is CallerIdShown.BELL else DtmfCallerIdDecoder()
    if kind is CallerIdShown.BELL:
        bench.happen(RingerOff())
    assert heard_by(decoder, said(bench, 2.0)) == [CallerId(absence=Absence.WITHHELD)]


# -- who waits -------------------------------------------------------------------------------


class Phone:
    """A telephone with a display: answers the alert tone with a key, and hears the message."""

    def __init__(self, bench: LineBench, key: str = "D") -> None:
        self.bench = bench
        self.key = key
        self.audio = b""

    def listen(self, seconds: float) -> list[object]:
        decoder, found = CallerIdDecoder(), []
        answer = DtmfGenerator(on_ms=60, off_ms=40)
        loud_frames = 0
        for _ in range(round(seconds * 50)):
            frame = self.bench.patch.say()
            self.audio += frame
            level = level_dbm0(frame)
            if level < -60 and loud_frames >= 5 and self.key:
                answer.put(self.key)
                self.key = ""
            loud_frames += level > -12  # the alert tone is the loudest
            self.bench.patch.hear(answer.frame() if answer.busy else bytes(FRAME))
            found.append(decoder.feed(frame))
        return [caller for caller in found if caller]


@pytest.mark.parametrize("kind", [CallerIdShown.BELL, CallerIdShown.V23])
@pytest.mark.parametrize("key", ["D", "A"])
def test_a_telephone_that_answers_the_alert_is_told_who_waits(kind, key):
    bench = bench_of(caller_id=kind, waiting_caller_id=True)
    dialog = in_use(bench)
    bench.invite("102", caller="101", name="Sara")
    assert Phone(bench, key).listen(1.5) == [SARA]
    assert dialog.orders == []  # the telephone's answer is no key of its user
    bench.hear_digits("5")
    assert dialog.orders == ["digits 5"]


def test_a_telephone_that_does_not_answer_hears_the_tone_only():
    bench = bench_of(waiting_caller_id=True)
    in_use(bench)
    bench.invite("102")
    phone = Phone(bench, key="")
    assert phone.listen(1.5) == []
    speech = b"\x10\x10" * 160
    bench.patch.give(speech)
    bench.patch.give(speech)
    assert speech in {bench.patch.say() for _ in range(3)}  # the talk goes on


def test_unasked_the_talk_is_not_made_mute():
    bench = bench_of()
    in_use(bench)
    bench.invite("102")
    phone = Phone(bench, key="")
    phone.listen(0.6)
    assert max(level_dbm0(phone.audio[at : at + FRAME]) for at in range(0, 19200, FRAME)) < -14


def test_a_flash_while_it_is_told_takes_the_waiting_call():
    bench = bench_of(waiting_caller_id=True)
    in_use(bench)
    waiting = bench.invite("102")
    Phone(bench).listen(0.4)
    bench.line._flashed()
    assert "answer" in waiting.orders
    assert Phone(bench, key="").listen(1.0) == []


# -- messages --------------------------------------------------------------------------------


def mailbox(new: int) -> Event:
    row = MailboxRow(id="102", new=new, old=0)
    return Event(name="mailbox.changed", at=0.0, kind="mailbox", row=row)


@pytest.fixture
def reminders():
    return Reminders()


def test_messages_light_the_lamp_of_a_telephone_that_has_one(reminders):
    bench = bench_of(waiting_lamp=True)
    reminders.watch("line-1", "102", bench.line.messages_wait)
    reminders.told(mailbox(2))
    reminders.told(mailbox(0))
    assert bench.orders() == ["show_waiting 0", "show_waiting 2", "show_waiting 0"]
    reminders.unwatch("line-1")
    reminders.told(mailbox(1))
    assert bench.orders() == []


def test_messages_are_keyed_to_a_telephone_that_understands_it(reminders):
    bench = bench_of(waiting_message=True)
    reminders.watch("line-1", "102", bench.line.messages_wait)
    assert bench.orders() == []  # none wait, and it was told nothing else
    reminders.told(mailbox(1))
    assert bench.orders() == ["transmit_on_hook 1.0"]
    assert level_dbm0(bench.say(0.3)) > -20.0
    reminders.told(mailbox(2))  # it knows that messages wait
    assert bench.orders() == []


def test_a_busy_telephone_is_told_of_messages_afterwards(reminders):
    bench = bench_of(waiting_lamp=True)
    reminders.watch("line-1", "102", bench.line.messages_wait)
    in_use(bench)
    reminders.told(mailbox(1))
    assert bench.orders() == []
    bench.happen(HookReplaced())
    assert bench.orders() == ["show_waiting 1"]


def test_a_port_that_comes_back_is_told_of_messages_again(reminders):
    bench = bench_of(waiting_lamp=True)
    reminders.watch("line-1", "102", bench.line.messages_wait)
    reminders.told(mailbox(1))
    bench.orders()
    bench.line.on_lost("unplugged")
    bench.line.on_found()
    assert bench.orders() == ["show_waiting 1"]


def test_a_call_ends_the_keying_of_messages(reminders):
    bench = bench_of(waiting_message=True)
    reminders.watch("line-1", "102", bench.line.messages_wait)
    reminders.told(mailbox(1))
    bench.say(0.1)
    bench.invite("102")
    assert not any(bench.say(0.2))


# -- the rest --------------------------------------------------------------------------------


def test_the_first_pulse_ends_dial_tone_and_the_digit_counts():
    bench = bench_of()
    bench.happen(HookLifted())
    bench.happen(PulseBegan())
    assert not any(bench.say(0.3))
    bench.happen(PulseDigit("1"))
    assert bench.line.state is S.DIALLING


def test_pulses_in_a_talk_do_not_silence_it():
    bench = bench_of()
    in_use(bench)
    bench.invite("102")
    bench.happen(PulseBegan())
    assert heard_by(ToneDetector(PLAN, ("dial",)), bench.say(0.2)) == []
    assert any(bench.say(0.3))  # the waiting tone goes on


def test_the_echo_canceller_is_switched_on_for_a_talk():
    bench = bench_of(echo_canceller_ms=8)
    bench.invite("102")
    bench.happen(HookLifted())
    assert "cancel_echo 64" in bench.orders()
