"""An FXO port and the office at the other end of its wire: what a DAHDI channel was seen to do.

Time is counted in frames, so nothing here waits. The simulated port is the one under test; the
office stands for the network.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hw.dahdi.office import (
    Answered,
    BoxHungUp,
    CentralOffice,
    Dialled,
    Disconnect,
    Disconnected,
    FarAnswered,
    OfficeState,
)
from hw.dahdi.port import (
    FRAME_BYTES,
    BatteryDropped,
    EventPending,
    LineCut,
    LineMended,
    PolarityReversed,
    PortKind,
    PortLost,
    RingBegan,
    RingEnded,
)
from hw.dahdi.sim import SimPort
from hw.dahdi.wire import End, Feed, Loop, Socket, WireBroken
from hw.signal.caller_id import Absence, CallerId, CallerIdDecoder
from hw.signal.dtmf import DtmfGenerator
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneDetector, ToneGenerator, plan_of

PLAN = plan_of("ir")
SILENCE = bytes(FRAME_BYTES)


class Line:
    """A port and an office, stepped together. ``port_events`` and ``office_events`` carry the
    second at which they came."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.socket = Socket(folder / "wire")
        self.port = SimPort(PortKind.FXO, folder / "wire")
        end = self.socket.plugged()
        assert end is not None
        self.end = end
        self.office = CentralOffice(PLAN, **settings)
        self.port_events: list[tuple[float, object]] = []
        self.office_events: list[tuple[float, object]] = []
        self.heard = b""
        self.heard_by_office = b""
        self.frames = 0

    def run(self, seconds: float, say: bytes = b"", spoken: bytes = SILENCE) -> None:
        """Let time go by; the port says ``say`` (then silence), the subscriber ``spoken``."""
        for _ in range(round(seconds * 50)):
            loops = self.end.loops()
            loop = loops[-1] if loops else Loop()
            self.heard_by_office += loop.audio
            self.end.send_feed(self.office.step(loop, spoken))
            self.frames += 1
            now = self.frames / 50
            self.office_events += [(now, event) for event in self.office.events()]
            self.port_events += [(now, event) for event in self.port.events()]
            while frame := self.port.read():
                self.heard += frame
                self.port.write(say[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
                say = say[FRAME_BYTES:]

    def close(self) -> None:
        self.port.close()
        self.end.close()
        self.socket.close()

    def names(self) -> list[type]:
        return [type(event) for _, event in self.port_events]


@pytest.fixture
def line(tmp_path):
    line = Line(tmp_path)
    yield line
    line.close()


def test_ringing_is_reported_with_its_cadence(line):
    line.run(2.5)
    line.office.ring(CallerId(number="1"))
    line.run(10.0)
    began = [at for at, event in line.port_events if event == RingBegan()]
    ended = [at for at, event in line.port_events if event == RingEnded()]
    assert began == pytest.approx([2.52, 7.52], abs=0.02)  # 1 s on, 4 s off
    assert [b - a for a, b in zip(began, ended, strict=True)] == pytest.approx(
        [1.04, 1.04], abs=0.03
    )


def test_ringing_within_two_seconds_of_opening_is_not_reported(line):
    line.run(0.5)
    line.office.ring(CallerId(number="1"))
    line.run(3.0)
    assert RingBegan not in line.names()
    line.run(3.0)
    assert RingBegan in line.names()


def test_caller_id_is_heard_on_hook_between_the_first_and_the_second_ring(line):
    caller = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")
    line.run(2.5)
    line.office.ring(caller)
    line.run(4.9)
    decoder = CallerIdDecoder()
    frames = [line.heard[at : at + FRAME_BYTES] for at in range(0, len(line.heard), FRAME_BYTES)]
    found = [(at / 50, got) for at, got in enumerate(map(decoder.feed, frames)) if got]
    assert [got for _, got in found] == [caller]
    assert 2.5 + 1.0 + 0.5 < found[0][0] < 2.5 + 5.0


def test_an_on_hook_port_hears_nothing_else(line):
    line.office.step = lambda loop, spoken: Feed(audio=ToneGenerator(PLAN.dial).frame())
    line.run(1.0)
    assert not any(line.heard)


def test_closing_the_loop_answers_and_opens_the_way_both_ways(line):
    line.run(2.5)
    line.office.ring(CallerId(absence=Absence.WITHHELD))
    line.run(1.0)
    line.port.off_hook()
    tone = ToneGenerator(PLAN.dial)
    line.run(2.0, say=tone.frame(16000), spoken=ToneGenerator(PLAN.dial).frame())
    assert [type(event) for _, event in line.office_events] == [Answered]
    assert line.office.state is OfficeState.TALKING
    assert level_dbm0(line.heard[-16000:]) == pytest.approx(-13.0, abs=1.0)
    assert level_dbm0(line.heard_by_office[-8000:]) == pytest.approx(-13.0, abs=0.5)


def test_ringing_stops_being_reported_once_off_hook(line):
    line.run(2.5)
    line.office.ring(CallerId(number="1"))
    line.run(0.5)
    line.port.off_hook()
    line.run(6.0)
    assert line.names() == [RingBegan]


def test_the_far_end_leaving_drops_the_battery_for_half_a_second(line):
    talk(line)
    at = line.frames / 50
    line.office.hang_up()
    line.run(0.7)
    assert line.names()[-1] is BatteryDropped
    assert line.port_events[-1][0] - at == pytest.approx(0.5 + 0.08, abs=0.03)
    assert [type(event) for _, event in line.office_events][-1] is Disconnected
    line.run(0.5)
    assert LineCut not in line.names()


@pytest.fixture
def line_without_cpc(tmp_path):
    line = Line(tmp_path, disconnect=Disconnect.BUSY_TONE)
    yield line
    line.close()


def test_an_office_without_cpc_gives_busy_tone_only(line_without_cpc):
    line = line_without_cpc
    talk(line)
    line.office.hang_up()
    before = len(line.heard)
    line.run(4.0)
    assert BatteryDropped not in line.names()
    detector = ToneDetector(PLAN)
    after = line.heard[before:]
    found = {detector.feed(after[at : at + FRAME_BYTES]) for at in range(0, len(after), 320)}
    assert "busy" in found


def test_on_hook_a_lost_battery_is_no_hang_up_but_soon_a_cut_line(line):
    line.run(1.0)
    line.office.cut()
    line.run(1.0)
    assert line.names() == []
    line.run(0.2)
    assert line.names() == [LineCut]
    line.office.mend()
    line.run(0.1)
    assert line.names() == [LineCut, LineMended]


def test_a_line_cut_in_a_call_drops_first_and_alarms_then(line):
    talk(line)
    line.office.cut()
    line.run(1.5)
    assert line.names()[-2:] == [BatteryDropped, LineCut]
    times = [at for at, _ in line.port_events[-2:]]
    assert times[1] - times[0] == pytest.approx(1.06 - 0.08, abs=0.03)


def test_a_change_of_polarity_is_reported(line):
    line.run(0.1)
    line.office.step = lambda loop, spoken: Feed(reversed=True)
    line.run(0.1)
    assert line.names() == [PolarityReversed]


def test_the_box_hanging_up_frees_the_line_and_ringing_waits_two_seconds(line):
    talk(line)
    line.port.on_hook()
    line.run(0.6)
    assert [type(event) for _, event in line.office_events][-1] is BoxHungUp
    line.port_events.clear()
    line.office.ring(CallerId(number="2"))
    line.run(1.2)
    assert RingBegan not in line.names()  # RING_DEBOUNCE_TIME


def test_seizing_the_line_gives_dial_tone_and_dials(line):
    line.run(0.1)
    line.port.off_hook()
    line.run(1.0)
    detector = ToneDetector(PLAN, ("dial",))
    heard = line.heard
    assert "dial" in {detector.feed(heard[at : at + 320]) for at in range(0, len(heard), 320)}
    digits = DtmfGenerator()
    digits.put("09121234567")
    say = b""
    while digits.busy:
        say += digits.frame()
    line.run(8.0, say=say)
    assert [event for _, event in line.office_events] == [Dialled("09121234567"), FarAnswered()]


def test_a_line_seized_without_dialling_is_released(line):
    line.run(0.1)
    line.port.off_hook()
    line.run(11.5)
    assert line.names() == [BatteryDropped]


def test_answering_as_the_caller_leaves_seizes_the_line_and_ends(line):
    line.run(2.5)
    line.office.ring(CallerId(number="1"))
    line.run(0.5)
    line.office.hang_up()
    line.port.off_hook()
    line.run(0.1)
    assert line.office.state is OfficeState.SEIZED
    line.run(11.5)
    assert BatteryDropped in line.names()


def test_audio_is_refused_while_an_event_waits(line):
    line.run(2.5)
    line.end.send_feed(Feed(ringing=True))
    with pytest.raises(EventPending):
        line.port.read()
    with pytest.raises(EventPending):
        line.port.write(SILENCE)
    assert line.port.events() == [RingBegan()]
    assert line.port.read() == SILENCE


def test_a_port_that_is_not_read_keeps_four_frames(line):
    line.port.off_hook()
    for number in range(1, 11):
        line.end.send_feed(Feed(audio=number.to_bytes(2, "little") * 160))
    assert line.port.events() == []
    frames = []
    while frame := line.port.read():
        frames.append(frame[0])
    assert frames == [7, 8, 9, 10]


def test_a_port_takes_four_frames_ahead(line):
    for number in range(1, 7):
        line.port.write(bytes([number, 0]) * 160)
    for _ in range(6):
        line.end.send_feed(Feed())
    line.port.events()
    assert [loop.audio[0] for loop in line.end.loops()] == [1, 2, 3, 4, 0, 0]


def test_a_vanished_far_end_is_a_lost_port(line):
    line.end.close()
    with pytest.raises(PortLost, match="gone"):
        line.port.events()
    with pytest.raises(PortLost, match="gone"):
        line.port.read()


def test_no_far_end_is_no_port(tmp_path):
    with pytest.raises(PortLost, match="no wire at"):
        SimPort(PortKind.FXO, tmp_path / "nothing")


def test_a_new_port_displaces_the_old(line, tmp_path):
    second = SimPort(PortKind.FXO, tmp_path / "wire")
    end = line.socket.plugged()
    assert end is not None
    end.send_feed(Feed())
    second.events()
    assert second.read() == SILENCE
    second.close()
    assert len(end.loops()) == 1
    with pytest.raises(WireBroken):
        end.loops()
    end.close()


def test_something_else_on_the_wire_is_not_understood():
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end = End(one)
    other.send(b"HELLO")
    with pytest.raises(WireBroken, match="not a packet of this wire: 48454c4c4f"):
        end.feeds()
    end.close()
    other.close()


def test_a_line_in_use_or_cut_cannot_be_rung(line):
    line.office.ring(CallerId(number="1"))
    with pytest.raises(RuntimeError, match="ringing"):
        line.office.ring(CallerId(number="2"))
    line.office.hang_up()
    line.office.cut()
    with pytest.raises(RuntimeError, match="cut"):
        line.office.ring(CallerId(number="3"))


def test_an_fxo_port_makes_no_ringing(line):
    with pytest.raises(ValueError, match="FXO"):
        line.port.start_ringing()
    with pytest.raises(ValueError, match="FXO"):
        line.port.stop_ringing()
    with pytest.raises(ValueError, match="FXO"):
        line.port.transmit_on_hook(1.0)


def talk(line: Line) -> None:
    """Ring, answer, talk."""
    line.run(2.5)
    line.office.ring(CallerId(number="1"))
    line.run(0.5)
    line.port.off_hook()
    line.run(0.5)
    assert line.office.state is OfficeState.TALKING
