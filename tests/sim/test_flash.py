"""An analogue telephone on a station line among SIP telephones: hold, second call, three-way,
transfer and call waiting by the hook alone; who hears whom is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.config.schema import Site
from firmware.config.sections.voicemail import Mailbox, Voicemail
from firmware.link.api import BenchApi, SwitchApi
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.handset import Handset
from tests.rig.sim import assert_hears_now, assert_no_calls
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import until

B, C, D = "102", "103", "104"
EXTENSION, LINE = "201", "fxs-1"
WITH_BOX, LINE_WITH_BOX = "202", "fxs-2"
STATION_HZ = 1230
ALL_HZ = (*TONES_HZ.values(), STATION_HZ)
WAITING_HZ = 440


def shaped(site: Site) -> Site:
    """Calls on the first trunk line come to our telephone; the other one has voicemail."""
    lines = tuple(
        line.model_copy(update={"route": f"extension:{EXTENSION}"})
        if line.name == "fxo-1"
        else line
        for line in site.line
    )
    boxes = Voicemail(box=(Mailbox(extension=WITH_BOX),))
    return site.model_copy(update={"line": lines, "voicemail": boxes})


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    daemons = ("kamailio", "edge", "switchd", "bench", "lined", "recorder")
    with LeanBox(*daemons, shape=shaped) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


@pytest.fixture
def station(box: Box, phones: Telephones, tmp_path: Path) -> Handset:
    return handset_on(LINE, box, phones, tmp_path)


def handset_on(line: str, box: Box, phones: Telephones, folder: Path) -> Handset:
    """The telephone on a station line, which is put back when the test is over."""
    handset = Handset(box, line, folder, tone_hz=STATION_HZ)

    def put_back() -> None:
        if handset.line_row().state != "idle":
            handset.hang_up()
            handset.until_state("idle")

    phones.on_leaving(put_back)
    handset.until_state("idle")
    return handset


def among(sound: Sound, hz: int) -> float:
    """The share of a sound's energy that is near a frequency."""
    if not len(sound.samples):
        return 0.0
    power = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples)))) ** 2
    at_hz = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate_hz)
    near = (at_hz > hz - 15) & (at_hz < hz + 15)
    return float(power[near].sum() / max(power.sum(), 1e-12))


def assert_only(sound: Sound, *tones_hz: int) -> None:
    """These tones are heard together, and no other telephone's."""
    assert sound.level_dbfs() > -40, f"{sound.level_dbfs():.0f} dBFS: nothing is heard"
    for hz in ALL_HZ:
        share = among(sound, hz)
        assert bool(share > 0.1) is (hz in tones_hz), f"{hz} Hz has {share:.2f} of it"


def now(phone: DeskPhone, call: str, seconds: float = 1.5) -> Sound:
    """What a desk telephone hears from now on."""
    start_s = phone.heard(call).length_s + 0.4
    until(lambda: phone.heard(call).length_s > start_s + seconds, seconds + 5, "it hears")
    return phone.heard(call).part(start_s, start_s + seconds)


def assert_waits_with_music(phone: DeskPhone, call: str) -> None:
    sound = now(phone, call)
    assert sound.level_dbfs() > -45
    for hz in ALL_HZ:
        assert among(sound, hz) < 0.3, f"hears {hz} Hz"


def called_by(station: Handset, phone: DeskPhone) -> None:
    """The station line's telephone calls a desk telephone, and both talk."""
    station.lift(phone.account.number)
    phone.expect("incoming", "in1", timeout_s=8)
    phone.answer()
    phone.expect("established", "in1")
    station.until_state("in_use")


def consults(station: Handset, phone: DeskPhone) -> None:
    """Who is talked to is held, and a second call made; it rings."""
    station.flash(phone.account.number)
    phone.expect("incoming", "in1", timeout_s=10)


def test_hold_with_music_and_back(phones: Telephones, station: Handset) -> None:
    b = phones.desk_phone(B)
    called_by(station, b)
    assert_only(station.hear(1.0), b.tone_hz)
    assert_only(now(b, "in1"), STATION_HZ)
    station.flash()
    station.until_state("seized")
    assert_waits_with_music(b, "in1")
    dial_tone = station.hear(0.8)
    assert dial_tone.level_dbfs() > -25
    assert among(dial_tone, b.tone_hz) < 0.05
    station.flash()
    station.until_state("in_use")
    assert_only(station.hear(1.0), b.tone_hz)
    assert_only(now(b, "in1"), STATION_HZ)
    station.hang_up()
    b.expect("ended", "in1")


def test_attended_transfer_to_a_talking_telephone(phones: Telephones, station: Handset) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    called_by(station, b)
    consults(station, c)
    c.answer()
    station.until_state("in_use")
    assert_only(station.hear(1.0), c.tone_hz)
    assert_waits_with_music(b, "in1")
    station.hang_up()
    station.until_state("idle")
    assert_hears_now(b, "in1", c.tone_hz)
    assert_hears_now(c, "in1", b.tone_hz)
    b.hang_up("in1")
    c.expect("ended", "in1")


def test_transfer_to_a_telephone_that_still_rings(phones: Telephones, station: Handset) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    called_by(station, b)
    consults(station, c)
    station.hang_up()
    station.until_state("idle")
    c.answer()
    c.expect("established", "in1")
    assert_hears_now(b, "in1", c.tone_hz)
    assert_hears_now(c, "in1", b.tone_hz)
    c.hang_up("in1")
    b.expect("ended", "in1")


def test_transfer_of_a_caller_before_the_number_is_complete(
    phones: Telephones, station: Handset
) -> None:
    """Blind: the exchange leads the caller on, and calls back when there is no such number."""
    b = phones.desk_phone(B)
    b.dial(EXTENSION)
    station.until_ringing()
    station.lift()
    b.expect("established")
    station.until_state("in_use")
    station.flash("55")
    station.until_state("dialling")
    station.hang_up()
    station.until_ringing(10)
    station.lift()
    station.until_state("in_use")
    assert_only(station.hear(1.0), b.tone_hz)
    assert_only(now(b, "a"), STATION_HZ)
    b.hang_up()
    station.until_state("ended")


def test_three_talk_and_the_last_is_dropped(phones: Telephones, station: Handset) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    called_by(station, b)
    consults(station, c)
    c.answer()
    station.until_state("in_use")
    station.flash()
    until(lambda: among(station.hear(0.5), b.tone_hz) > 0.1, 8, "the first is back")
    assert_only(station.hear(1.5), b.tone_hz, c.tone_hz)
    assert_only(now(b, "in1"), STATION_HZ, c.tone_hz)
    assert_only(now(c, "in1"), STATION_HZ, b.tone_hz)
    station.flash()
    c.expect("ended", "in1")
    assert_only(now(b, "in1"), STATION_HZ)
    b.hang_up("in1")
    station.until_state("ended")


def test_three_talk_and_the_first_goes(phones: Telephones, station: Handset) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    called_by(station, b)
    consults(station, c)
    c.answer()
    station.until_state("in_use")
    station.flash()
    until(lambda: among(station.hear(0.5), b.tone_hz) > 0.1, 8, "the first is back")
    station.hang_up()
    station.until_state("idle")
    assert_hears_now(b, "in1", c.tone_hz)
    assert_hears_now(c, "in1", b.tone_hz)
    b.hang_up("in1")
    c.expect("ended", "in1")


def test_who_refuses_leads_back_to_who_is_held(phones: Telephones, station: Handset) -> None:
    b, c = phones.desk_phone(B), phones.desk_phone(C)
    called_by(station, b)
    consults(station, c)
    c.hang_up("in1", 486)
    station.until_state("ended", 15)
    station.flash()
    station.until_state("in_use")
    assert_only(station.hear(1.0), b.tone_hz)
    assert_only(now(b, "in1"), STATION_HZ)
    station.hang_up()
    b.expect("ended", "in1")


def test_a_call_that_waits_is_heard_taken_and_swapped(phones: Telephones, station: Handset) -> None:
    b, d = phones.desk_phone(B), phones.desk_phone(D)
    called_by(station, b)
    d.dial(EXTENSION)
    d.expect("early")
    until(lambda: among(station.heard().part(-0.16), WAITING_HZ) > 0.8, 12, "the call-waiting tone")
    assert_only(now(b, "in1"), STATION_HZ)
    station.flash()
    d.expect("established")
    assert_only(station.hear(1.0), d.tone_hz)
    assert_only(now(d, "a"), STATION_HZ)
    assert_waits_with_music(b, "in1")
    station.flash()
    assert_waits_with_music(d, "a")
    assert_only(station.hear(1.0), b.tone_hz)
    # These two do not know one another: hanging up leaves the one held with this telephone.
    station.hang_up()
    b.expect("ended", "in1")
    station.until_ringing()
    station.lift()
    assert_only(station.hear(1.0), d.tone_hz)
    d.hang_up()
    station.until_state("ended")


def test_a_call_that_waits_rings_when_the_handset_is_replaced(
    phones: Telephones, station: Handset
) -> None:
    b, d = phones.desk_phone(B), phones.desk_phone(D)
    called_by(station, b)
    d.dial(EXTENSION)
    d.expect("early")
    station.hang_up()
    b.expect("ended", "in1")
    station.until_ringing()
    station.lift()
    d.expect("established")
    assert_only(now(d, "a"), STATION_HZ)
    station.hang_up()
    d.expect("ended")


def test_without_call_waiting_a_second_caller_is_busy(
    box: Box, phones: Telephones, station: Handset
) -> None:
    b, d = phones.desk_phone(B), phones.desk_phone(D)
    called_by(station, b)
    with box.link("switchd") as link:
        link.call(SwitchApi.set_call_waiting, EXTENSION, False)
    d.dial(EXTENSION)
    d.expect("ended", status=486, timeout_s=10)
    with box.link("switchd") as link:
        link.call(SwitchApi.set_call_waiting, EXTENSION, True)
    station.hang_up()
    b.expect("ended", "in1")


def test_who_is_left_on_hold_calls_back(phones: Telephones, station: Handset) -> None:
    b = phones.desk_phone(B)
    called_by(station, b)
    station.flash()
    station.until_state("seized")
    station.hang_up()
    station.until_ringing()
    assert_waits_with_music(b, "in1")
    station.lift()
    station.until_state("in_use")
    assert_only(station.hear(1.0), b.tone_hz)
    assert_only(now(b, "in1"), STATION_HZ)
    b.hang_up("in1")
    station.until_state("ended")


def test_a_caller_from_outside_is_connected_with_a_telephone_inside(
    box: Box, phones: Telephones, station: Handset, tmp_path: Path
) -> None:
    c = phones.desk_phone(C)
    said, heard = audio.write_tone(tmp_path / "said.wav", TONES_HZ[B]), tmp_path / "heard.wav"
    with box.link("bench") as world:
        world.call(
            BenchApi.ring,
            line="fxo-1",
            number="02188776655",
            name="",
            digits="",
            say=str(said),
            listen=str(heard),
        )
        phones.on_leaving(lambda: hang_up_far(box, "fxo-1"))
        station.until_ringing(12)
        station.lift()
        station.until_state("in_use")
        assert_only(station.hear(1.0), TONES_HZ[B])
        consults(station, c)
        c.answer()
        station.until_state("in_use")
        station.hang_up()
        station.until_state("idle")
        assert_hears_now(c, "in1", TONES_HZ[B])
        length_s = audio.read(heard).length_s + 0.5  # it is there: they have talked
        until(lambda: audio.read(heard).length_s > length_s + 1.0, 6, "the caller hears")
        assert_only(audio.read(heard).part(length_s), c.tone_hz)
        world.call(BenchApi.hang_up, "fxo-1")
    c.expect("ended", "in1", timeout_s=8)


def hang_up_far(box: Box, line: str) -> None:
    with box.link("bench") as world:
        if any(row.id == line and row.state != "idle" for row in world.snapshot()["far"]):  # type: ignore[union-attr]
            world.call(BenchApi.hang_up, line)


def test_the_bell_says_that_a_telephone_inside_calls(
    box: Box, phones: Telephones, station: Handset
) -> None:
    b = phones.desk_phone(B)
    b.dial(EXTENSION)
    station.until_ringing()
    b.hang_up()
    station.until_state("idle")
    assert f"line {LINE} idle -called-> ringing_out (internal, {B})" in box.log("lined")


def stutters(handset: Handset) -> bool:
    """Whether its dial tone begins with bursts."""
    handset.lift()
    until(lambda: handset.heard().sounding().length_s > 2.5, 6, "dial tone")
    gaps = handset.heard().sounding().part(0.0, 2.2).gaps(shortest_s=0.06)
    handset.hang_up()
    handset.until_state("idle")
    return len(gaps) >= 8


def windows_of(sound: Sound, hz: int) -> int:
    """How many tenths of a second are a loud sine of ``hz``."""
    return int(np.sum((sound.purity(hz) > 0.95) & (sound.levels_dbfs(0.1) > -40.0)))


def test_dial_tone_stutters_when_a_message_waits_or_no_call_would_ring(
    box: Box, phones: Telephones, tmp_path: Path
) -> None:
    b = phones.desk_phone(B)
    handset = handset_on(LINE_WITH_BOX, box, phones, tmp_path)
    assert not stutters(handset)
    with box.link("switchd") as link:
        link.call(SwitchApi.set_do_not_disturb, WITH_BOX, True)
    assert stutters(handset)
    b.dial(WITH_BOX)
    b.expect("established", timeout_s=10)
    until(lambda: windows_of(b.heard(), 1000) >= 3, 20, "the tone to speak after")
    length_s = b.heard().length_s
    until(lambda: b.heard().length_s > length_s + 3.5, 6, "it is said")
    b.hang_up()
    b.expect("ended")
    with box.link("switchd") as link:
        link.call(SwitchApi.set_do_not_disturb, WITH_BOX, False)
        until(
            lambda: [row.new for row in link.snapshot()["mailbox"]] == [1],  # type: ignore[union-attr]
            5,
            "a message waits",
        )
    assert stutters(handset)
