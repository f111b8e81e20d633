"""What the configuration says of a line reaches it: lined as it runs on a box, lines of each kind
with settings of their own, and one on a card that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware.config.schema import Line, Site
from firmware.link import api
from firmware.model.line import LineState
from tests.rig.box import LeanBox
from tests.rig.until import until
from tests.sim.test_lined import SAID_DBFS, Bench, with_switch

GAIN_DB = -9.0

_LINES = (
    {
        "name": "fxo-1",
        "kind": "trunk",
        "route": "ivr:main",
        "signals": {
            "dial": "pulse",
            "dial_prefix": "9",
            "answer_delay_s": "9",
            "receive_gain_db": str(GAIN_DB),
        },
    },
    {
        "name": "fxo-card",
        "kind": "trunk",
        "driver": "dahdi",
        "device": "/dev/dahdi/4711",
        "route": "ivr:main",
    },
    {
        "name": "fxs-1",
        "kind": "station",
        "extension": "201",
        "telephone": {"caller_id": "none", "waiting_lamp": "true"},
    },
)


def site(given: Site) -> Site:
    lines = [Line.model_validate(line) for line in _LINES]
    named = {line.name for line in lines}
    kept = [line for line in given.line if line.name not in named]
    return given.model_copy(update={"line": (*lines, *kept)})


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    with (
        LeanBox("bench", "lined", shape=site) as box,
        with_switch(box, tmp_path_factory.mktemp("settings")) as made,
    ):
        until(lambda: box.status("lined").up_s > 2.5, 10.0, "a ring would be reported")
        yield made


def test_a_line_on_a_card_that_is_not_there_says_what_to_do(bench):
    row = bench.until_state("fxo-card", LineState.FAULT)
    assert row.fault.startswith("/dev/dahdi/4711: there is no such channel")
    assert "dahdi_cfg" in row.fault
    assert any("fxo-card" in warning for warning in bench.box.status("lined").warnings)
    bench.mark()
    bench.order("dial 0912 fxo-card 101 Sara")
    bench.expect("ended 34 by them")


def test_a_caller_is_heard_with_the_lines_gain(bench):
    bench.ring("fxo-1")
    bench.expect("invite fxo-1")
    bench.order("record quiet")
    bench.order("answer")
    sound = bench.until_heard("quiet", 3.0)
    bench.order("hang_up")
    bench.far.named("far.released", 5.0)
    bench.until_state("fxo-1", LineState.IDLE)
    level = sound.sounding().part(0.3, -0.3).level_dbfs()
    assert level == pytest.approx(SAID_DBFS + GAIN_DB, abs=0.6)


def test_a_number_is_dialled_with_pulses_behind_a_prefix(bench):
    since = len(bench.far.events)
    bench.mark()
    bench.order("dial 21 fxo-1 101 Sara")
    bench.expect("progress", 15)
    assert bench.far.named("far.dialled", 12.0, since=since).row.number == "921"
    assert bench.row("fxo-1").state == LineState.CALLING  # not answered yet: 9 s
    bench.expect("answered", 12)
    bench.order("hang_up")
    bench.far.named("far.released", 5.0, since=since)


def test_a_telephone_without_a_display_rings_all_the_same(bench):
    since = len(bench.far.events)
    bench.mark()
    bench.order("dial 201 fxs-1 101 Sara")
    bench.expect("ringing")
    bench.far.named("far.ringing", 5.0, since=since)
    bench.world(api.BenchApi.lift, line="fxs-1", digits="", say="", listen="")
    bench.expect("answered")
    bench.world(api.BenchApi.hang_up, line="fxs-1")
    bench.expect("ended 16 by them")
