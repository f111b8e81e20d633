"""The bench's far ends: the party's manners, and a whole line stepped without a clock."""

from __future__ import annotations

import threading
import wave

import numpy as np
import pytest

from firmware.bench.far import StationFar, TrunkFar
from firmware.bench.mobile import MobileFar
from firmware.bench.party import Party, Phase, Script, Turn
from firmware.bench.world import World
from hw.dahdi.port import FRAME_BYTES, Flashed, HookLifted, PortKind, RingBegan
from hw.dahdi.sim import SimPort
from hw.modem.sim import SimModem
from hw.signal.caller_id import CallerId
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import ToneGenerator, plan_of
from tests.rig import audio

PLAN = plan_of("ir")
SILENCE = bytes(FRAME_BYTES)


def speech(seconds: float) -> list[bytes]:
    rng = np.random.default_rng(2)
    samples = (rng.normal(0, 2000, round(seconds * 8000))).astype("<i2").tobytes()
    return [samples[at : at + FRAME_BYTES] for at in range(0, len(samples), FRAME_BYTES)]


def said_by(party: Party, heard: list[bytes]) -> str:
    detector = DtmfDetector()
    return "".join(detector.feed(party.step(frame)) for frame in heard)


def pressed_after_s(party: Party, heard: list[bytes]) -> float:
    for number, frame in enumerate(heard):
        party.step(frame)
        if party.phase is not Phase.LISTENING:
            return number / 50
    raise AssertionError("it never pressed")


def test_the_party_presses_its_keys_after_speech_and_a_pause():
    party = Party(Script(digits="12"), PLAN)
    assert pressed_after_s(party, speech(2.0) + [SILENCE] * 200) == pytest.approx(2.8, abs=0.05)
    assert said_by(party, [SILENCE] * 50) == "12"
    assert party.phase is Phase.TALKING


def test_a_pause_between_words_is_not_its_turn():
    heard = speech(1.0) + [SILENCE] * 30 + speech(1.0) + [SILENCE] * 200
    assert pressed_after_s(Party(Script(digits="1"), PLAN), heard) == pytest.approx(3.4, abs=0.05)


@pytest.mark.parametrize("sound", [SILENCE, speech(0.02)[0]])
def test_the_partys_patience_ends_after_eight_seconds(sound):
    assert pressed_after_s(Party(Script(digits="1"), PLAN), [sound] * 500) == pytest.approx(
        8.0, abs=0.05
    )


def test_a_party_that_dials_waits_for_dial_tone():
    party = Party(Script(digits="101"), PLAN, Turn.AFTER_DIAL_TONE)
    tone = ToneGenerator(PLAN.dial)
    assert pressed_after_s(party, [tone.frame() for _ in range(100)]) == pytest.approx(0.7, abs=0.1)


def test_a_party_without_keys_talks_at_once_and_repeats_itself(tmp_path):
    path = audio.write_tone(tmp_path / "say.wav", 440, length_s=1.0)
    party = Party(Script(say=path), PLAN)
    said = b"".join(party.step(SILENCE) for _ in range(150))
    sound = audio.Sound(np.frombuffer(said, "<i2") / 32768, 8000)
    assert sound.purity(440).min() > 0.999


def test_what_the_party_hears_is_recorded(tmp_path):
    party = Party(Script(listen=tmp_path / "heard.wav"), PLAN)
    for frame in speech(1.0):
        party.step(frame)
    party.leave()
    with wave.open(str(tmp_path / "heard.wav")) as sound:
        assert sound.readframes(8000) == b"".join(speech(1.0))


def test_files_that_cannot_be_used_are_refused_by_name(tmp_path):
    audio.write_tone(tmp_path / "wide.wav", 440, rate_hz=16000)
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "empty.wav").touch()
    for name, why in [
        ("wide.wav", "16000 Hz"),
        ("text.wav", "cannot say"),
        ("empty.wav", "empty"),
        ("none.wav", "No such file"),
    ]:
        with pytest.raises(ValueError, match=why):
            Party(Script(say=tmp_path / name), PLAN)
    with pytest.raises(ValueError, match="cannot record"):
        Party(Script(listen=tmp_path / "no" / "heard.wav"), PLAN)


class Reports:
    """What a far end reported, and its last row."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.row = None

    def __call__(self, name, row) -> None:
        self.names.append(name)
        self.row = row


@pytest.fixture
def reports():
    return Reports()


@pytest.fixture
def trunk(tmp_path, reports):
    far = TrunkFar("fxo-1", PLAN, reports, lambda: 17.0, tmp_path / "wire")
    port = SimPort(PortKind.FXO, tmp_path / "wire")
    yield far, port
    port.close()
    far.close()


def run(far, port, seconds: float) -> list[object]:
    events: list[object] = []
    for _ in range(round(seconds * 50)):
        far.step()
        events += port.events()
        while port.read():
            port.write(SILENCE)
    return events


def test_a_trunk_call_from_the_far_end(trunk, reports):
    far, port = trunk
    run(far, port, 2.5)
    far.ring(CallerId(number="0912"), Script(digits="7"))
    assert RingBegan() in run(far, port, 1.0)
    port.off_hook()
    run(far, port, 9.0)
    far.hang_up()
    run(far, port, 1.1)
    port.on_hook()
    run(far, port, 1.0)
    assert reports.names == [
        "far.plugged",
        "far.ringing",
        "far.answered",
        "far.spoke_digits",
        "far.hung_up",
        "far.disconnected",
        "far.released",
    ]
    assert (reports.row.number, reports.row.digits, reports.row.at) == ("0912", "7", 17.0)


def test_a_caller_who_is_not_answered_gives_up(trunk, reports):
    far, _port = trunk
    far.ring(CallerId(number="0912"), Script())
    far.hang_up()
    assert reports.names[-1] == "far.gave_up"
    assert far.state == "idle"


def test_a_refused_ring_leaves_no_party(trunk):
    far, _port = trunk
    far.cut()
    assert far.state == "cut"
    with pytest.raises(RuntimeError, match="fxo-1: the line is cut"):
        far.ring(CallerId(number="0912"), Script())
    with pytest.raises(RuntimeError, match="no handset"):
        far.lift(Script(digits="1"))


def test_an_unplugged_port_opens_the_loop(trunk, tmp_path, reports):
    far, port = trunk
    run(far, port, 2.5)
    far.ring(CallerId(number="0912"), Script())
    run(far, port, 0.5)
    port.off_hook()
    run(far, port, 0.5)
    port.close()
    for _ in range(50):
        far.step()
    assert "far.unplugged" in reports.names
    assert reports.names[-1] == "far.released"
    again = SimPort(PortKind.FXO, tmp_path / "wire")
    run(far, again, 0.1)
    assert reports.row.plugged
    again.close()


def test_a_telephone_that_is_lifted_and_put_back(tmp_path, reports):
    far = StationFar("fxs-1", PLAN, reports, lambda: 0.0, tmp_path / "wire")
    port = SimPort(PortKind.FXS, tmp_path / "wire")
    far.lift(Script(digits="1"))
    with pytest.raises(RuntimeError, match="off the hook already"):
        far.lift(Script(digits="1"))
    assert HookLifted() in run(far, port, 0.5)
    far.hang_up()
    far.cut()
    far.mend()
    assert reports.names == ["far.lifted", "far.plugged", "far.hung_up", "far.cut", "far.mended"]
    with pytest.raises(RuntimeError, match="cannot ring"):
        far.ring(CallerId(number="1"), Script())
    port.close()
    far.close()


def test_a_telephone_whose_hook_is_flashed_dials_after_dial_tone(tmp_path, reports):
    far = StationFar("fxs-1", PLAN, reports, lambda: 0.0, tmp_path / "wire")
    port = SimPort(PortKind.FXS, tmp_path / "wire")
    with pytest.raises(RuntimeError, match="on the hook"):
        far.flash("12")
    far.lift(Script())
    run(far, port, 0.5)
    far.flash("12")
    assert Flashed() in run(far, port, 1.0)
    dial, detector = ToneGenerator(PLAN.dial), DtmfDetector()
    pressed = ""
    for _ in range(150):
        far.step()
        port.events()
        while frame := port.read():
            pressed += detector.feed(frame)
            port.write(SILENCE if pressed else dial.frame())
    assert pressed == "12"
    assert reports.names[-2:] == ["far.flashed", "far.spoke_digits"]
    port.close()
    far.close()


def test_a_sim_rings_and_loses_its_network(tmp_path, reports):
    far = MobileFar("gsm-1", PLAN, reports, lambda: 0.0, SimModem(tmp_path / "a", tmp_path / "b"))
    far.ring(CallerId(number="+98912"), Script())
    assert far.state == "ringing"
    far.cut()
    assert far.state == "cut"
    with pytest.raises(RuntimeError, match="no network"):
        far.ring(CallerId(number="+98912"), Script())
    with pytest.raises(RuntimeError, match="no hook to flash"):
        far.flash("1")
    far.mend()
    far.step()
    assert reports.names == ["far.ringing", "far.cut", "far.mended"]
    far.close()


class NoPace:
    """The lock of a pacing thread that does not run."""

    skipped = 3

    def __init__(self) -> None:
        self.lock = threading.Lock()


def test_the_world_says_what_is_wrong_with_an_order(trunk, tmp_path):
    far, _port = trunk
    world = World({"fxo-1": far}, NoPace(), 4)
    with pytest.raises(KeyError, match="no simulated line 'x'; there are fxo-1"):
        world.hang_up("x")
    with pytest.raises(ValueError, match=r"say.wav: give an absolute path"):
        world.ring(line="fxo-1", number="1", name="", digits="", say="say.wav", listen="")
    with pytest.raises(ValueError, match="cannot say"):
        world.ring(
            line="fxo-1", number="1", name="", digits="", say=f"{tmp_path}/say.wav", listen=""
        )
    assert far.state == "idle"
    status = world.status()
    assert status.config_version == 4
    assert status.warnings == ("3 frames skipped: the machine is too slow",)
