"""What a person at the bench can do to a call: answer, be busy, press, say, and throw levers."""

from __future__ import annotations

import numpy as np
import pytest

from firmware.bench.far import StationFar, TrunkFar
from firmware.bench.levers import levers_of
from firmware.bench.mobile import MobileFar
from firmware.bench.party import Party, Script
from hw.dahdi.port import FRAME_BYTES, PortKind
from hw.dahdi.sim import SimPort
from hw.modem.sim import ModemState, SimModem
from hw.signal.caller_id import CallerId
from hw.signal.dtmf import DtmfDetector, DtmfGenerator
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneDetector, plan_of

PLAN = plan_of("ir")
SILENCE = bytes(FRAME_BYTES)


class Events(list):
    """The names of what a far end reports."""

    def __call__(self, name, _row) -> None:
        self.append(name)


@pytest.fixture
def told():
    return Events()


@pytest.fixture
def trunk(tmp_path, told):
    far = TrunkFar("fxo-1", PLAN, told, lambda: 0.0, tmp_path / "wire")
    port = SimPort(PortKind.FXO, tmp_path / "wire")
    yield far, port
    port.close()
    far.close()


def run(far, port, seconds, speak=lambda: SILENCE) -> bytes:
    """Step both ends; what the box hears."""
    heard = b""
    for _ in range(round(seconds * 50)):
        far.step()
        port.events()
        while frame := port.read():
            heard += frame
            port.write(speak())
    return heard


def called(far, port) -> None:
    """The box seizes the line and dials 12."""
    run(far, port, 2.5)
    port.off_hook()
    run(far, port, 1.0)
    keys = DtmfGenerator(level_dbm0=-8)
    keys.put("12")
    run(far, port, 4.0, lambda: keys.frame() if keys.busy else SILENCE)


def test_a_call_of_the_boxs_waits_until_somebody_answers(trunk, told):
    far, port = trunk
    far.attended = True
    called(far, port)
    run(far, port, 5.0)
    assert (far.state, far.number) == ("calling", "12")
    far.answer()
    run(far, port, 0.2)
    assert far.state == "talking"
    assert told[-1] == "far.answered"
    with pytest.raises(RuntimeError, match="nobody is called"):
        far.answer()


def test_an_unattended_call_answers_itself(trunk):
    far, port = trunk
    called(far, port)
    run(far, port, 2.5)
    assert far.state == "talking"


def test_who_refuses_is_busy(trunk, told):
    far, port = trunk
    far.attended = True
    called(far, port)
    far.refuse()
    heard = run(far, port, 4.0)
    detector = ToneDetector(PLAN, ("busy",))
    frames = (heard[at : at + FRAME_BYTES] for at in range(0, len(heard), FRAME_BYTES))
    assert any(detector.feed(frame) for frame in frames)
    assert "far.refused" in told
    port.on_hook()
    run(far, port, 1.0)
    assert far.state == "idle"
    with pytest.raises(RuntimeError, match="no call to be busy for"):
        far.refuse()


def test_a_name_that_cannot_be_sent_rings_nobody(trunk):
    far, port = trunk
    run(far, port, 1.0)
    with pytest.raises(ValueError, match="codec"):
        far.ring(CallerId(number="1", name="شرکت"), Script())
    run(far, port, 0.2)
    assert far.state == "idle"


def test_the_polarity_is_reversed(trunk):
    far, port = trunk
    run(far, port, 0.5)
    assert not far.office.step(far._loop).reversed
    far.reverse()
    assert far.office.step(far._loop).reversed


def test_nobody_is_there_to_press_keys(trunk):
    far, _port = trunk
    for order in (lambda: far.press("1"), lambda: far.say(None)):
        with pytest.raises(RuntimeError, match="nobody is on the line"):
            order()


def test_keys_are_pressed_at_once_and_shown():
    party = Party(Script(), PLAN)
    party.step(SILENCE)
    party.press("5")
    party.press("#")
    detector = DtmfDetector()
    assert "".join(detector.feed(party.step(SILENCE)) for _ in range(50)) == "5#"
    assert party.digits == "5#"
    with pytest.raises(ValueError, match="not DTMF"):
        party.press("x")


def test_live_speech_is_said_and_what_is_late_is_left_out(tmp_path):
    path = tmp_path / "talks.raw"
    loud = (8000 * np.sin(np.arange(160) / 2)).astype("<i2").tobytes()
    path.write_bytes(b"")
    party = Party(Script(), PLAN)
    party.talk(path)
    assert party.step(SILENCE) == SILENCE
    with path.open("ab") as file:
        file.write(loud * 100 + b"\1")  # two seconds at once, and half a sample
    said = [party.step(SILENCE) for _ in range(40)]
    assert said[0] == loud
    assert sum(level_dbm0(frame) > -30 for frame in said) == 25  # the newest half second
    party.leave()
    with pytest.raises(ValueError, match="cannot say what"):
        party.talk(tmp_path / "none.raw")


def test_a_dialled_sim_waits_or_is_busy(tmp_path, told):
    modem = SimModem(tmp_path / "a", tmp_path / "b")
    far = MobileFar("gsm-1", PLAN, told, lambda: 0.0, modem)
    far.attended = True
    modem._begin(ModemState.CALLING, "12", inbound=False)
    for _ in range(200):
        far.step()
    assert far.state == "calling"
    far.answer()
    far.step()
    assert far.state == "talking"
    modem.hang_up()
    with pytest.raises(RuntimeError, match="nobody is called"):
        far.refuse()
    modem._begin(ModemState.CALLING, "12", inbound=False)
    far.refuse()
    assert (far.state, told[-1]) == ("idle", "far.refused")
    far.close()


def test_every_line_and_the_internet_have_their_levers_and_they_work(tmp_path, told):
    def another():
        return SimModem(tmp_path / "at", tmp_path / "audio")

    ends = [
        TrunkFar("fxo-1", PLAN, told, lambda: 0.0, tmp_path / "w1"),
        StationFar("fxs-1", PLAN, told, lambda: 0.0, tmp_path / "w2"),
        MobileFar("gsm-1", PLAN, told, lambda: 0.0, another(), another=another),
    ]
    levers = {lever.id: lever for lever in levers_of(ends)}
    assert set(levers) == {
        *("wire:fxo-1", "attended:fxo-1", "wire:fxs-1"),
        *("network:gsm-1", "modem:gsm-1", "attended:gsm-1"),
        "internet",
    }
    for lever in levers.values():
        for pulled in (True, False):
            lever.throw(pulled)
            assert lever.row().pulled is pulled
    levers["modem:gsm-1"].throw(True)
    with pytest.raises(RuntimeError, match="pulled out"):
        ends[2].ring(CallerId(number="1"), Script())
    ends[2].step()  # nothing to step
    for end in ends:
        end.close()
