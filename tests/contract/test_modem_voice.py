"""Voice modems: the serial driver against simulated ones that can, and cannot, do both at once."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hw.modem import voice_sim
from hw.modem.port import ModemLost, ModemSilent
from hw.modem.voice import VoiceModem
from hw.modem.voice_port import (
    AnswerFailed,
    CallerRead,
    DialFailed,
    FarAnswered,
    FarHungUp,
    FaxHeard,
    KeyHeard,
    RingHeard,
    VoiceIdentified,
)
from hw.modem.voice_sim import CX93010, DUPLEX, USR5637, SimVoiceModem, VoiceKind
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of

SILENCE = bytes(320)
TONE = plan_of("ir").dial
ALL = {"answers", "announces", "records", "keys", "caller_id", "dials"}


class VoiceBench:
    """Driver and modem, stepped together; the driver's clock is in frames."""

    def __init__(self, folder: Path, kind: VoiceKind) -> None:
        self.path = folder / "voice"
        self.modem = SimVoiceModem(self.path, kind)
        self.now_s = 0.0
        self.events: list[Any] = []
        self.heard = b""
        self.heard_by_far = b""
        self.port = VoiceModem(str(self.path), lambda: self.now_s)

    def run(self, seconds: float, say: bytes = b"", spoken: bytes = SILENCE) -> None:
        def converse(heard: bytes) -> bytes:
            self.heard_by_far += heard
            return spoken

        for _ in range(round(seconds * 50)):
            self.now_s += 0.02
            self.modem.step(converse)
            select.select([self.port.fileno()], [], [], 0.002)
            self.events += self.port.events()
            while frame := self.port.read():
                self.heard += frame
                self.port.write(say[:320].ljust(320, b"\0"))
                say = say[320:]

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 20
        while not (found := condition()):
            assert time.monotonic() < deadline, self.events
            self.run(0.02)
        return found

    def seen(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def answered(self) -> VoiceBench:
        self.modem.ring("0912")
        self.until(lambda: self.seen(RingHeard))
        self.port.answer()
        self.until(lambda: self.modem.off_hook and self.modem.stream)
        return self

    def close(self) -> None:
        self.port.close()
        self.modem.close()


def made(folder: Path, kind: VoiceKind) -> VoiceBench:
    bench = VoiceBench(folder, kind)
    bench.until(lambda: bench.seen(VoiceIdentified))
    return bench


@pytest.fixture(params=["USR5637", "CX93010", "DUPLEX"])
def bench(request, tmp_path):
    bench = made(tmp_path, getattr(voice_sim, request.param))
    yield bench
    bench.close()


@pytest.fixture(params=["USR5637", "CX93010"])
def half(request, tmp_path):
    """Those that cannot do both at once."""
    bench = made(tmp_path, getattr(voice_sim, request.param))
    yield bench
    bench.close()


def tone(seconds: float) -> bytes:
    return ToneGenerator(TONE).frame(round(seconds * 8000))


def test_it_says_what_it_is_and_what_it_can_do(tmp_path):
    for kind, name in ((USR5637, "USRobotics 5637"), (CX93010, "Conexant CX93010")):
        bench = made(tmp_path, kind)
        (found,) = bench.seen(VoiceIdentified)
        assert found.model == name
        assert set(found.abilities) == ALL
        bench.close()


def test_one_that_can_do_both_is_known_after_its_first_call(tmp_path):
    bench = made(tmp_path, DUPLEX).answered()
    bench.until(lambda: len(bench.seen(VoiceIdentified)) == 2)
    assert set(bench.seen(VoiceIdentified)[-1].abilities) == {*ALL, "talks"}
    bench.heard = b""
    bench.run(1.0, say=tone(1.0), spoken=tone(0.02))
    assert level_dbm0(bench.heard) == pytest.approx(-13.0, abs=1.5)
    assert level_dbm0(bench.heard_by_far[-12000:]) == pytest.approx(-13.0, abs=1.5)
    assert bench.modem.turns == ["+VTR"]
    bench.close()


def test_rings_and_caller_id(bench):
    bench.modem.ring("09121234567", "ALI REZA")
    bench.until(lambda: len(bench.seen(RingHeard)) == 2)
    assert bench.seen(CallerRead) == [
        CallerRead(number="09121234567", name="ALI REZA", withheld=False)
    ]


@pytest.mark.parametrize(("sent", "withheld"), [("P", True), ("PRIVATE", True), ("O", False)])
def test_no_number_says_why(bench, sent, withheld):
    bench.modem.ring(sent)
    bench.until(lambda: bench.seen(CallerRead))
    assert bench.seen(CallerRead) == [CallerRead(number="", name="", withheld=withheld)]


@pytest.mark.parametrize(
    "lines",
    [
        ["DATE = 1122", "TIME = 0815"],
        ["NAME = ALI"],
        ["NMBR"],
        ["NM\xffR = 0912"],
        ["= 0912", "MESG = 06"],
    ],
)
def test_half_a_caller_id_is_none(bench, lines):
    bench.modem.ring("0912")
    bench.modem._caller_lines = lines
    bench.until(lambda: len(bench.seen(RingHeard)) == 2)
    assert bench.seen(CallerRead) == []


def test_it_answers_and_hears_the_caller(bench):
    bench.answered()
    bench.run(0.5)
    bench.heard = b""
    bench.run(1.0, spoken=tone(0.02))
    assert len(bench.heard) >= 45 * 320
    assert level_dbm0(bench.heard[-12000:]) == pytest.approx(-13.0, abs=1.5)


def test_a_number_that_is_dialled_hears_an_announcement_and_answers_with_keys(bench):
    bench.port.dial("02188776655")
    bench.until(lambda: FarAnswered() in bench.events)
    assert bench.modem.dialled == "02188776655"
    bench.until(lambda: bench.modem.stream)
    bench.run(0.3)
    bench.heard_by_far = b""
    bench.run(1.5, say=tone(1.0))
    assert level_dbm0(bench.heard_by_far[-18000:-10000]) == pytest.approx(-13.0, abs=1.5)
    bench.modem.press("1")
    bench.until(lambda: KeyHeard("1") in bench.events)
    bench.port.hang_up()
    bench.until(lambda: not bench.modem.off_hook)


@pytest.mark.parametrize(
    ("result", "cause"), [("BUSY", 17), ("NO ANSWER", 19), ("NO DIALTONE", 34), ("NO CARRIER", 0)]
)
def test_a_call_that_is_not_made_says_why(bench, result, cause):
    bench.modem.dial_result = result
    bench.port.dial("1")
    bench.until(lambda: bench.seen(DialFailed))
    assert bench.seen(DialFailed) == [DialFailed(result, cause)]
    bench.until(lambda: not bench.modem.off_hook)
    bench.answered()


def test_a_call_that_is_being_made_is_given_up_at_once(bench):
    bench.port.dial("0912")
    bench.until(lambda: bench.modem.off_hook)
    bench.run(0.5)
    bench.port.hang_up()
    bench.run(0.5)
    assert not bench.modem.off_hook
    assert bench.seen(FarAnswered) == bench.seen(DialFailed) == []
    bench.answered()


@pytest.mark.parametrize("number", ["", "0912;H", "1\r", "abc"])
def test_what_is_no_number_is_not_dialled(bench, number):
    with pytest.raises(ValueError, match="cannot dial"):
        bench.port.dial(number)


@pytest.mark.parametrize(("raw", "withheld"), [("040150", True), ("04014F", False)])
def test_why_there_is_no_number_may_come_as_octets(bench, raw, withheld):
    bench.modem.ring("1")
    bench.modem._caller_lines = ["DATE = 1122", f"MESG = {raw}"]
    bench.until(lambda: bench.seen(CallerRead))
    assert bench.seen(CallerRead) == [CallerRead(number="", name="", withheld=withheld)]


def test_an_announcement_is_heard_whole_then_the_caller_is(half):
    half.answered()
    half.run(0.5)
    half.heard_by_far = b""
    half.run(2.5, say=tone(2.0))
    half.run(1.5)
    assert half.modem.turns == ["+VRX", "+VTX", "+VRX"]
    sounding = [
        level_dbm0(half.heard_by_far[i : i + 320]) > -40
        for i in range(0, len(half.heard_by_far) - 319, 320)
    ]
    assert 98 <= sum(sounding) <= 101  # 2 s, nothing of it lost
    half.heard = b""
    half.run(1.0, spoken=tone(0.02))
    assert level_dbm0(half.heard[-12000:]) == pytest.approx(-13.0, abs=1.5)


def test_frames_come_at_their_pace_while_it_speaks(half):
    half.answered()
    half.run(0.5)
    half.run(0.5, say=tone(3.0))
    half.heard = b""
    half.run(1.0, say=tone(1.0))
    assert 48 <= len(half.heard) // 320 <= 52


@pytest.mark.parametrize("speaking", [False, True])
def test_keys_are_heard_once_each_speaking_or_not(bench, speaking):
    bench.answered()
    bench.run(0.5)
    bench.run(0.5, say=tone(0.5) if speaking else b"")
    for digit in "1*5":
        bench.modem.press(digit)
        bench.run(0.1, say=tone(0.1) if speaking else b"")
    assert [key.digit for key in bench.seen(KeyHeard)] == ["1", "*", "5"]


def test_the_same_key_twice_is_two(bench):
    bench.answered()
    bench.run(0.5)
    for _ in range(2):
        bench.modem.press("7")
        bench.run(0.1)
    assert [key.digit for key in bench.seen(KeyHeard)] == ["7", "7"]


@pytest.mark.parametrize(
    ("event", "why"), [("b", "busy tone"), ("d", "dial tone"), ("l", "loop break")]
)
def test_a_caller_who_hangs_up_is_heard(bench, event, why):
    bench.answered()
    bench.run(0.5)
    bench.modem.tell(event)
    bench.until(lambda: FarHungUp(why) in bench.events)
    bench.port.hang_up()
    bench.until(lambda: not bench.modem.off_hook)


def test_a_fax_is_recognised(bench):
    bench.answered()
    bench.run(0.3)
    bench.modem.tell("c")
    bench.until(lambda: FaxHeard() in bench.events)


def test_silence_and_marks_of_the_stream_end_nothing(bench):
    bench.answered()
    bench.run(0.3)
    bench.modem.tell("sqouRvVw")
    bench.run(1.0)
    assert bench.seen(FarHungUp) == []
    assert bench.modem.off_hook


def test_one_call_after_another(bench):
    for _ in range(3):
        bench.answered()
        bench.run(1.5, say=tone(0.5))
        bench.port.hang_up()
        bench.until(lambda: not bench.modem.off_hook and bench.modem.stream == "")
        bench.run(0.5)
        bench.events.clear()


def test_hanging_up_while_it_turns_hangs_up(half):
    half.answered()
    half.run(0.5)
    half.run(0.02, say=tone(1.0))
    half.port.hang_up()
    half.until(lambda: not half.modem.off_hook)
    half.answered()


@pytest.mark.parametrize("refused", ["+FCLASS=8", "+VSM", "+VLS=1"])
def test_one_that_will_not_answer_says_why_and_is_ready_for_the_next(tmp_path, refused):
    bench = made(tmp_path, USR5637)
    bench.modem.refuses = refused
    bench.modem.ring("1")
    bench.until(lambda: bench.seen(RingHeard))
    bench.port.answer()
    bench.until(lambda: bench.seen(AnswerFailed))
    bench.modem.refuses = ""
    bench.run(0.5)
    bench.answered()
    bench.close()


def test_one_that_begins_no_audio_says_so(tmp_path):
    bench = made(tmp_path, USR5637)
    bench.modem.refuses = "+V"
    bench.modem.ring("1")
    bench.until(lambda: bench.seen(RingHeard))
    bench.port.answer()
    bench.until(lambda: bench.seen(AnswerFailed))
    bench.close()


def test_one_that_falls_silent_in_a_call_is_lost(bench):
    bench.answered()
    bench.run(0.5)
    bench.modem.silent = True
    with pytest.raises(ModemSilent, match="no sound in a call"):
        bench.run(10.0)


class Owner:
    def __init__(self) -> None:
        self.told: list[str] = []

    def identified(self, imei: str) -> None:
        self.told.append("answers")

    def fell_silent(self) -> None:
        self.told.append("silent")


def test_its_owner_is_told_when_it_answers_and_when_it_does_not(bench):
    bench.port.close()
    owner = Owner()
    bench.port = VoiceModem(str(bench.path), lambda: bench.now_s, owner=owner, restart=True)
    bench.events.clear()
    bench.until(lambda: bench.seen(VoiceIdentified))
    assert owner.told == ["answers"]
    bench.modem.silent = True
    bench.port.answer()
    with pytest.raises(ModemSilent):
        bench.run(60.0)
    assert owner.told == ["answers", "silent"]


def test_an_unplugged_one_is_lost(tmp_path):
    bench = made(tmp_path, USR5637).answered()
    bench.modem.close()
    with pytest.raises(ModemLost, match="is gone"):
        bench.port.events()
    bench.port.close()


def test_a_call_left_over_by_a_dead_process_is_ended(bench):
    bench.answered()
    bench.run(0.5)
    bench.port._up = False  # a killed process says nothing more
    bench.port.close()
    assert bench.modem.off_hook
    bench.port = VoiceModem(str(bench.path), lambda: bench.now_s)
    bench.until(lambda: not bench.modem.off_hook)


def test_what_is_no_voice_modem_is_refused(tmp_path):
    bench = VoiceBench(tmp_path, VoiceKind(ident="336", compression=""))
    with pytest.raises(ModemLost, match="answers ATI0 with '336', which this release does not"):
        bench.run(20.0)
    bench.close()
