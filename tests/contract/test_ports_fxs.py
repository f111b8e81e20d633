"""An FXS port and the telephone at the other end of its wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw.dahdi.port import (
    FRAME_BYTES,
    Flashed,
    HookLifted,
    HookReplaced,
    PortKind,
    PulseBegan,
    PulseDigit,
    RingerOff,
    RingerOn,
)
from hw.dahdi.sim import SimPort
from hw.dahdi.telephone import BatteryTaken, BellRang, BellStopped, Telephone
from hw.dahdi.wire import Feed, Socket
from hw.signal.caller_id import CallerId, CallerIdDecoder, CallerIdEncoder
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of

PLAN = plan_of("ir")
SILENCE = bytes(FRAME_BYTES)


class Line:
    """A port and a telephone, stepped together."""

    def __init__(self, folder: Path) -> None:
        self.socket = Socket(folder / "wire")
        self.port = SimPort(PortKind.FXS, folder / "wire", PLAN.ring_ms)
        end = self.socket.plugged()
        assert end is not None
        self.end = end
        self.telephone = Telephone()
        self.port_events: list[tuple[float, object]] = []
        self.phone_events: list[tuple[float, object]] = []
        self.heard = b""
        self.heard_by_phone = b""
        self.frames = 0
        self._feed = Feed()

    def run(self, seconds: float, say: bytes = b"", spoken: bytes = SILENCE) -> None:
        """Let time go by; the port says ``say``, the telephone's user ``spoken``."""
        for _ in range(round(seconds * 50)):
            self.frames += 1
            now = self.frames / 50
            self.end.send_loop(self.telephone.step(self._feed, spoken))
            self.port_events += [(now, event) for event in self.port.events()]
            while frame := self.port.read():
                self.heard += frame
                self.port.write(say[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
                say = say[FRAME_BYTES:]
            self._feed = self.end.feeds()[-1]
            self.heard_by_phone += self._feed.audio
            self.phone_events += [(now, event) for event in self.telephone.events()]

    def happened(self) -> list[object]:
        return [event for _, event in self.port_events]


@pytest.fixture
def line(tmp_path):
    line = Line(tmp_path)
    yield line
    line.port.close()
    line.end.close()
    line.socket.close()


def test_lifting_the_handset_is_reported_at_once(line):
    line.telephone.lift()
    line.run(0.1)
    assert line.port_events == [(0.04, HookLifted())]


def test_replacing_it_is_reported_after_the_flash_time(line):
    line.telephone.lift()
    line.run(0.5)
    line.telephone.replace()
    line.run(1.2)
    assert line.happened() == [HookLifted()]
    line.run(0.2)
    assert line.happened() == [HookLifted(), HookReplaced()]


def test_a_flash_is_no_hang_up(line):
    line.telephone.lift()
    line.run(0.5)
    line.telephone.flash()
    line.run(2.0)
    assert line.happened() == [HookLifted(), Flashed()]


@pytest.mark.parametrize("digit", "1234567890")
def test_pulses_are_a_digit(line, digit):
    line.telephone.lift()
    line.run(0.5)
    line.telephone.pulse(digit)
    line.run(2.5)
    assert line.happened() == [HookLifted(), PulseBegan(), PulseDigit(digit)]


def test_a_number_dialled_with_pulses(line):
    line.telephone.lift()
    line.run(0.5)
    line.telephone.pulse("102")
    line.run(5.0)
    digits = [event for event in line.happened() if isinstance(event, PulseDigit)]
    assert digits == [PulseDigit("1"), PulseDigit("0"), PulseDigit("2")]


def test_the_port_rings_in_the_countrys_cadence_until_the_handset_is_lifted(line):
    line.port.start_ringing()
    line.run(6.5)
    assert line.happened() == [RingerOn(), RingerOff(), RingerOn(), RingerOff()]
    times = [at for at, _ in line.port_events]
    assert times == pytest.approx([0.04, 1.04, 5.04, 6.04], abs=0.03)  # 1 s on, 4 s off
    assert [event for _, event in line.phone_events] == [BellRang()]
    line.telephone.lift()
    line.run(0.2)
    assert line.happened()[-1] == HookLifted()
    line.run(6.0)
    assert [event for _, event in line.phone_events] == [BellRang(), BellStopped()]


def test_the_port_rings_in_a_cadence_of_its_own_when_told(line):
    line.port.start_ringing((400, 200, 400, 4000))
    line.run(6.2)
    times = [at for at, _ in line.port_events]
    assert times == pytest.approx([0.04, 0.44, 0.64, 1.04, 5.04, 5.44, 5.64, 6.04], abs=0.03)
    assert [event for _, event in line.phone_events] == [BellRang()]
    line.port.stop_ringing()
    line.port.start_ringing()
    line.port_events.clear()
    line.run(1.5)
    assert line.happened() == [RingerOn(), RingerOff()]


def test_ringing_that_is_stopped_stops(line):
    line.port.start_ringing()
    line.run(0.5)
    line.port.stop_ringing()
    line.run(7.0)
    assert line.happened() == [RingerOn()]
    assert [event for _, event in line.phone_events] == [BellRang(), BellStopped()]


def test_speech_goes_both_ways_only_off_hook(line):
    tone = ToneGenerator(PLAN.dial)
    line.run(0.5, say=tone.frame(4000), spoken=ToneGenerator(PLAN.dial).frame())
    assert not any(line.heard)
    assert not any(line.heard_by_phone)
    line.telephone.lift()
    line.run(0.5)
    line.heard = line.heard_by_phone = b""
    line.run(1.0, say=tone.frame(8000), spoken=ToneGenerator(PLAN.dial).frame())
    assert level_dbm0(line.heard) == pytest.approx(-13.0, abs=1.0)
    assert level_dbm0(line.heard_by_phone) == pytest.approx(-13.0, abs=1.0)


def test_caller_id_reaches_an_on_hook_telephone(line):
    line.port.start_ringing()
    line.run(1.2)
    line.port.transmit_on_hook(2.0)
    encoder = CallerIdEncoder(CallerId(number="101", name="Sara"))
    audio = b""
    while not encoder.done:
        audio += encoder.frame()
    line.heard_by_phone = b""
    line.run(1.9, say=audio)
    decoder = CallerIdDecoder()
    heard = line.heard_by_phone
    found = [decoder.feed(heard[at : at + 320]) for at in range(0, len(heard), 320)]
    assert [caller for caller in found if caller] == [CallerId(number="101", name="Sara")]


def test_the_other_side_leaving_takes_the_battery_for_an_instant(line):
    line.telephone.lift()
    line.run(0.5)
    line.port.on_hook()
    line.run(1.0)
    assert [event for _, event in line.phone_events] == [BatteryTaken()]


def test_an_fxs_port_cannot_close_the_loop(line):
    with pytest.raises(ValueError, match="FXS"):
        line.port.off_hook()
