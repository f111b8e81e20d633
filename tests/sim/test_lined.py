"""lined and the bench as they run on a box, and a stand-in for switchd: calls from audio up.

Every test makes real SIP calls with real audio over the simulated wires.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from firmware.config import document, history
from firmware.link import api
from firmware.link.client import Link, Refused
from firmware.link.frames import AudioCounts
from firmware.link.rows import FarRow, LineRow, Row
from firmware.model.line import LineState
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import Tone, ToneGenerator
from tests.rig import audio
from tests.rig.box import LeanBox
from tests.rig.child import Child
from tests.rig.until import until

CALLER = "02188776655"
SAID_HZ, ANSWERED_HZ = 440, 1000
SAID_DBFS = -12.0
TALK_S = 2.0
PIECE_S = 0.02


class Bench:
    """The box, its far ends, and the stand-in."""

    def __init__(self, box: LeanBox, switch: Child, folder: Path) -> None:
        self.box = box
        self.switch = switch
        self.folder = folder
        self.said = audio.write_tone(folder / "said.wav", SAID_HZ, level_dbfs=SAID_DBFS)
        self.far = box.watch("bench")
        self.lines = box.watch("lined")
        self._place = 0

    def world(self, order, **arguments) -> None:
        with Link(self.box.home.link("bench"), "test") as link:
            link.call(order, **arguments)

    def ring(
        self,
        line: str,
        *,
        number: str = CALLER,
        name: str = "",
        digits: str = "",
        say: Path | None = None,
    ) -> None:
        said, heard = str(say or self.said), str(self.folder / "heard.wav")
        self.mark()
        self.world(
            api.BenchApi.ring,
            line=line,
            number=number,
            name=name,
            digits=digits,
            say=said,
            listen=heard,
        )

    def lift(self, line: str, digits: str = "") -> None:
        said, heard = str(self.said), str(self.folder / "heard.wav")
        self.world(api.BenchApi.lift, line=line, digits=digits, say=said, listen=heard)

    def mark(self) -> None:
        """Look only at what the stand-in says from now on."""
        self._place = len(self.switch.output())

    def expect(self, text: str, timeout_s: float = 10.0) -> None:
        self._place = self.switch.expect(text, timeout_s, since=self._place)

    def order(self, line: str) -> None:
        self.switch.type(line)

    def until_state(self, line: str, state: LineState, timeout_s: float = 12.0) -> LineRow:
        def reached() -> LineRow | None:
            row = self.row(line)
            return row if row.state == state else None

        found = until(reached, timeout_s, f"{line} is {state}")
        assert found is not None
        return found

    def row(self, line: str) -> LineRow:
        row = self._row("lined", line)
        assert isinstance(row, LineRow)
        return row

    def far_row(self, line: str) -> FarRow:
        row = self._row("bench", line)
        assert isinstance(row, FarRow)
        return row

    def _row(self, daemon: str, line: str) -> Row:
        with Link(self.box.home.link(daemon), "test") as link:
            return next(event.row for event in link.events() if event.row.id == line)

    def until_heard(self, name: str, seconds: float) -> audio.Sound:
        path = self.folder / f"{name}.wav"

        def enough() -> bool:
            return path.exists() and path.stat().st_size > 44 + 16000 * seconds

        until(enough, seconds + 5, f"{name} has {seconds} s")
        return audio.read(path)


@contextmanager
def with_switch(box: LeanBox, folder: Path) -> Iterator[Bench]:
    """The box's lines with a switch that stands in for switchd, from when it is ready."""
    network = box.network
    ports = (network.inner_switch_port, network.inner_lines_port, network.line_rtp_first)
    switch = Child(
        "switch",
        [sys.executable, "-m", "tests.sim.stand_in_switch", str(folder), *map(str, ports)],
        folder / "switch.log",
        folder=Path(__file__).parents[2],
        keyboard=True,
    )
    try:
        switch.expect("ready", 15)
        yield Bench(box, switch, folder)
    finally:
        switch.stop()


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    with (
        LeanBox("bench", "lined") as box,
        with_switch(box, tmp_path_factory.mktemp("lined")) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def settled(bench: Bench) -> None:
    """Every line is idle, and a ring would be reported: not within 2 s of opening the port."""
    until(lambda: bench.box.status("lined").up_s > 2.5, 5.0, "lined is up for 2.5 s")
    for line in ("fxo-1", "fxs-1", "gsm-1"):
        state = bench.far_row(line).state
        if state == "cut":
            bench.world(api.BenchApi.mend, line=line)
        if state != "idle":
            bench.world(api.BenchApi.hang_up, line=line)
        bench.until_state(line, LineState.IDLE)
    until(lambda: bench.row("gsm-1").signal_dbm, 5.0, "the modem has been set up")


def assert_hears(sound: audio.Sound, hz: float, at_least_s: float = TALK_S - 1.0) -> None:
    """Nothing but the tone, without a hole; the edges of the call are left out.

    Bench and lined have soft clocks of their own: where a queue drops or adds a piece to keep them
    together, that window is spoilt, or silent for that one piece, and no other.
    """
    middle = sound.sounding().part(0.3, -0.3)
    assert middle.length_s > at_least_s
    assert middle.frequency_hz() == pytest.approx(hz, abs=2)
    purity = middle.purity(hz)
    assert np.median(purity) > 0.98
    assert np.sum(purity <= 0.98) <= max(1, len(purity) // 10)
    gaps = middle.gaps()
    assert len(gaps) <= 1
    assert all(gap.length_s <= PIECE_S for gap in gaps)


def test_a_call_on_a_trunk_line_from_ring_to_disconnect(bench):
    since = len(bench.far.events)
    bench.ring("fxo-1", name="Ali Rezaei", digits="1")
    bench.expect(f"invite fxo-1 fxo-1 {CALLER} Ali Rezaei")
    assert bench.row("fxo-1").state == LineState.OFFERED
    bench.order("record trunk")
    bench.order("answer")
    bench.expect("answered")
    assert_hears(bench.until_heard("heard", TALK_S), ANSWERED_HZ)
    bench.order("hush")
    bench.expect("digit 1", 5)
    bench.until_heard("trunk", 1.0 + TALK_S + 1.5 + TALK_S)
    bench.world(api.BenchApi.hang_up, line="fxo-1")
    bench.expect("ended 16 by them", 3)
    rung, answered, pressed, left, disconnected = (
        bench.far.named(f"far.{name}", since=since)
        for name in ("ringing", "answered", "spoke_digits", "hung_up", "disconnected")
    )
    assert 1.0 < answered.row.at - rung.row.at < 4.0
    assert pressed.row.digits == "1"
    assert 0.4 < disconnected.row.at - left.row.at < 0.8
    # After the keys the caller talks, until it leaves; then the line is quiet.
    assert_hears(audio.read(bench.folder / "trunk.wav").part(-TALK_S), SAID_HZ, 0.5)


def test_what_the_caller_says_arrives_whole_and_as_loud(bench):
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("record caller")
    bench.order("answer")
    sound = bench.until_heard("caller", TALK_S + 1.0)
    bench.order("hang_up")
    bench.far.named("far.released", 5.0)
    assert_hears(sound, SAID_HZ)
    assert sound.sounding().part(0.3, -0.3).level_dbfs() == pytest.approx(SAID_DBFS, abs=0.5)


def test_a_caller_who_gives_up_cancels(bench):
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.world(api.BenchApi.hang_up, line="fxo-1")
    bench.expect("ended", 12)


def test_a_withheld_number_comes_without_one(bench):
    bench.ring("fxo-1", number="")
    bench.expect("invite fxo-1 fxo-1 anonymous Anonymous")
    bench.world(api.BenchApi.hang_up, line="fxo-1")
    bench.expect("ended", 12)


def test_a_refused_call_rings_on(bench):
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("refuse 17")
    bench.until_state("fxo-1", LineState.UNHEARD)
    bench.world(api.BenchApi.hang_up, line="fxo-1")


def test_dialling_out_reaches_the_number_and_hears_it(bench):
    since = len(bench.far.events)
    bench.mark()
    bench.order("dial 09121234567 fxo-1 101 Sara")
    assert bench.far.named("far.dialled", 12.0, since=since).row.number == "09121234567"
    bench.expect("answered", 8)
    bench.order("hang_up")
    bench.far.named("far.released", 5.0, since=since)


def test_a_telephone_on_a_station_line_dials(bench):
    bench.mark()
    bench.lift("fxs-1", "101")
    bench.expect("invite 101 fxs-1 201 Line telephone 1")
    bench.order("record phone")
    bench.order("answer")
    assert_hears(bench.until_heard("phone", TALK_S + 0.5), SAID_HZ)
    sound = bench.until_heard("heard", 2.0 + TALK_S)
    bench.world(api.BenchApi.hang_up, line="fxs-1")
    bench.expect("ended 16 by them")
    assert_hears(sound.part(-TALK_S), ANSWERED_HZ)


def test_a_telephone_on_a_station_line_rings_and_answers(bench):
    since = len(bench.far.events)
    bench.mark()
    bench.order("dial 201 fxs-1 101 Sara")
    bench.expect("ringing")
    bench.far.named("far.ringing", 5.0, since=since)
    bench.lift("fxs-1")
    bench.expect("answered")
    assert_hears(bench.until_heard("heard", TALK_S + 1.0), ANSWERED_HZ)
    bench.world(api.BenchApi.hang_up, line="fxs-1")
    bench.expect("ended 16 by them")


def test_a_telephone_that_is_busy_refuses(bench):
    bench.lift("fxs-1")
    bench.until_state("fxs-1", LineState.SEIZED)
    bench.mark()
    bench.order("dial 201 fxs-1 101 Sara")
    bench.expect("ended 17 by them")
    bench.world(api.BenchApi.hang_up, line="fxs-1")


def test_a_call_to_a_sim(bench):
    bench.ring("gsm-1", number="+989121234567", digits="5")
    bench.expect("invite gsm-1 gsm-1 +989121234567")
    bench.order("record sim")
    bench.order("answer")
    assert_hears(bench.until_heard("heard", TALK_S), ANSWERED_HZ)
    bench.order("hush")
    bench.expect("digit 5", 5)
    sound = bench.until_heard("sim", TALK_S + 1.5 + TALK_S)
    bench.world(api.BenchApi.hang_up, line="gsm-1")
    bench.expect("ended 16 by them")
    assert_hears(sound.part(-1.5), SAID_HZ, 0.5)


def test_a_call_out_on_a_sim(bench):
    since = len(bench.far.events)
    bench.mark()
    bench.order("dial +982112345 gsm-1 101 Sara")
    assert bench.far.named("far.dialled", since=since).row.number == "+982112345"
    bench.expect("answered", 8)
    bench.order("hang_up")
    bench.far.named("far.released", 5.0, since=since)


def keys_in(sound: audio.Sound) -> str:
    """The keys that are heard as tones."""
    detector = DtmfDetector()
    samples = (sound.samples * 32767).astype("<i2").tobytes()
    return "".join(detector.feed(samples[at : at + 320]) for at in range(0, len(samples), 320))


@pytest.mark.parametrize("line", ["fxo-1", "fxs-1"])
def test_keys_of_the_exchange_are_tones_on_an_analogue_line(bench, line):
    bench.mark()
    if line == "fxo-1":
        bench.ring(line)
        bench.expect("invite fxo-1")
        bench.order("answer")
    else:
        bench.order("dial 201 fxs-1 101 Sara")
        bench.expect("ringing")
        until(lambda: bench.far_row(line).state == "ringing", 5.0, "the bell")
        bench.lift(line)
    bench.expect("answered")
    bench.order("hush")
    bench.until_heard("heard", 0.5)
    bench.order("digits 159#")
    until(
        lambda: keys_in(audio.read(bench.folder / "heard.wav")) == "159#", 8.0, "the far end hears"
    )
    bench.world(api.BenchApi.hang_up, line=line)
    bench.expect("ended 16 by them")


def test_keys_of_the_exchange_are_sent_by_the_mobile_network(bench):
    since = len(bench.far.events)
    bench.ring("gsm-1")
    bench.expect("invite gsm-1")
    bench.order("answer")
    bench.expect("answered")
    bench.order("digits 59")

    def toned() -> bool:
        keys = [e.row.text for e in bench.far.events[since:] if e.name == "far.toned"]
        return keys == ["5", "9"]

    until(toned, 5.0, "the network sends both keys")
    bench.world(api.BenchApi.hang_up, line="gsm-1")
    bench.expect("ended 16 by them")


def test_keys_of_a_telephone_on_a_station_line_go_to_the_exchange(bench):
    bench.mark()
    bench.order("dial 201 fxs-1 101 Sara")
    until(lambda: bench.far_row("fxs-1").state == "ringing", 5.0, "the bell")
    bench.lift("fxs-1", "70")
    bench.expect("answered")
    bench.order("hush")
    bench.expect("digit 7", 12)
    bench.expect("digit 0", 3)
    bench.world(api.BenchApi.hang_up, line="fxs-1")
    bench.expect("ended 16 by them")


def test_a_fax_that_calls_is_told_to_the_exchange(bench):
    calling = Tone(freqs_hz=(1100,), cadence_ms=(500, 3000))  # T.30 §4.3.3.3: CNG
    path = audio.write(bench.folder / "cng.wav", ToneGenerator(calling).frame(7 * 8000))
    bench.ring("fxo-1", say=path)
    bench.expect("invite fxo-1")
    bench.order("answer")
    bench.expect("heard fax: cng", 12)
    bench.world(api.BenchApi.hang_up, line="fxo-1")
    bench.expect("ended 16 by them")


def test_a_cut_line_shows_and_ends_its_call(bench):
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("answer")
    bench.expect("answered")
    bench.world(api.BenchApi.cut, line="fxo-1")
    bench.expect("ended", 3)
    row = bench.until_state("fxo-1", LineState.CUT)
    assert "no battery" in row.fault
    with pytest.raises(Refused, match="cut"):
        bench.ring("fxo-1")
    bench.world(api.BenchApi.mend, line="fxo-1")


def test_an_unknown_line_or_file_is_refused_with_the_reason(bench):
    with pytest.raises(Refused, match="no simulated line 'fxo-9'; there are fxo-1"):
        bench.ring("fxo-9")
    with pytest.raises(Refused, match="absolute"):
        bench.world(api.BenchApi.lift, line="fxs-1", digits="", say="said.wav", listen="")
    with pytest.raises(Refused, match="cannot ring the box"):
        bench.ring("fxs-1")


def test_a_switch_that_goes_away_frees_every_line(bench):
    switch_link = Link(bench.box.home.link("lined"), "switchd")
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("answer")
    bench.expect("answered")
    bench.until_state("fxo-1", LineState.IN_USE)
    switch_link.close()
    bench.expect("ended", 3)
    bench.until_state("fxo-1", LineState.ENDED)


def test_a_bench_that_goes_away_is_a_fault_and_mends_itself(bench):
    bench.box.kill("bench")
    row = bench.until_state("fxo-1", LineState.FAULT, 3.0)
    assert "wire" in row.fault
    bench.box.start("bench")
    bench.until_state("fxo-1", LineState.IDLE, 3.0)
    bench.until_state("gsm-1", LineState.IDLE, 5.0)
    bench.far = bench.box.watch("bench")


def test_a_killed_lined_is_back_with_its_lines_free(bench):
    bench.ring("gsm-1")
    bench.expect("invite gsm-1")
    bench.order("answer")
    bench.expect("answered")
    bench.box.kill("lined")
    bench.box.start("lined")
    bench.until_state("gsm-1", LineState.IDLE, 3.0)
    bench.far.named("far.released", 5.0)
    bench.order("hang_up")
    bench.until_state("fxo-1", LineState.IDLE, 3.0)
    until(lambda: bench.row("gsm-1").signal_dbm, 5.0, "the modem has been set up")
    bench.ring("gsm-1")
    bench.expect("invite gsm-1")
    bench.world(api.BenchApi.hang_up, line="gsm-1")
    bench.expect("ended")


def test_a_daemon_says_how_it_is(bench):
    status = bench.box.status("lined")
    assert status.name == "lined"
    assert status.config_version == 1
    assert bench.box.status("bench").name == "bench"


def test_the_frames_of_every_line_are_counted(bench):
    def counts() -> AudioCounts:
        with Link(bench.box.home.link("lined"), "test") as link:
            return link.call(api.LinedApi.frames)

    before = {line.line: line.heard for line in counts().lines}
    assert {"fxo-1", "fxs-1", "gsm-1"} <= set(before)
    until(
        lambda: {line.line: line.heard for line in counts().lines}["fxo-1"] > before["fxo-1"] + 40,
        3.0,
        "the line's frames come at their pace",
    )


def test_a_new_configuration_changes_only_the_lines_it_changes(bench):
    before = bench.box.site
    kept = tuple(line for line in before.line if line.name != "fxo-2")
    text = document.dump(before.model_copy(update={"line": kept}), secrets=True)
    history.apply(bench.box.home, text, "test", "one line less")
    since = len(bench.far.events)
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("answer")
    bench.far.named("far.answered", since=since)
    with Link(bench.box.home.link("lined"), "test") as link:
        link.call(api.LinedApi.reload)
    assert bench.row("fxo-1").state == LineState.IN_USE
    with Link(bench.box.home.link("lined"), "test") as link:
        names = []
        for event in link.events():
            names.append(event.row.id)
            if len(names) == len(kept):
                break
    assert sorted(names) == sorted(line.name for line in kept)
    assert bench.box.status("lined").config_version == 2
    bench.world(api.BenchApi.hang_up, line="fxo-1")
    bench.expect("ended")
