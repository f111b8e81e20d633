"""`markaz line learn 1` on a box that runs in real time, with people at the bench who answer, call
and hang up; and the line that is built of what was accepted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from firmware.config import history
from firmware.config.schema import Line, LineKind, Site
from firmware.link import api
from firmware.link.client import Event, Link
from firmware.link.learning import LearningStep
from firmware.link.rows import LineRow
from firmware.model.line import LineState
from firmware.model.tones import ToneSetting
from hw.dahdi.exchanges import EXCHANGES, OWN, WRONG
from tests.rig.box import LeanBox
from tests.rig.until import until
from tests.unit.test_learning_exchanges import HANG_UP, TONES, close

LINE = "fxo-1"
FRIEND = "5550123"


@pytest.fixture(scope="module")
def box() -> Iterator[LeanBox]:
    with LeanBox("bench", "lined") as box:
        until(lambda: box.status("lined").up_s > 2.5, 6.0, "a ring would be reported")
        yield box


def world(box: LeanBox, order, **arguments) -> None:
    with Link(box.home.link("bench"), "test") as link:
        link.call(order, **arguments)


def learned(box: LeanBox) -> dict[str, str]:
    _number, site = history.load_current(box.home)
    line = next(one for one in site.line if one.name == LINE)
    return {one.setting: one.value for one in line.learned or ()}


def line_of(box: LeanBox) -> Line:
    return next(one for one in history.load_current(box.home)[1].line if one.name == LINE)


def until_idle(box: LeanBox) -> None:
    def idle() -> bool:
        with Link(box.home.link("lined"), "test") as link:
            rows = link.snapshot()["line"]
        states = {row.id: row.state for row in rows if isinstance(row, LineRow)}
        return states[LINE] == LineState.IDLE

    until(idle, 10.0, f"{LINE} is idle")


def markaz(
    box: LeanBox, *arguments: str, timeout_s: float = 150
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(box.home.root)]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.mark.timeout(240)
def test_a_technician_learns_a_line_and_accepts_what_was_found(box):
    world(box, api.BenchApi.exchange, line=LINE, name="uk", ring_s=9.0, talk_s=10.0)
    until_idle(box)

    def call_when_asked(event: Event) -> None:
        row = event.row
        if event.name == "learning.stepped" and row.step == "call_in":
            call = {"number": "02071234567", "name": "Ann", "digits": "", "say": "", "listen": ""}
            world(box, api.BenchApi.ring, line=LINE, **call)

    watch = box.watch("lined", call_when_asked)
    told = markaz(
        *(box, "line", "learn", "1", "--own-number", OWN, "--call", FRIEND),
        *("--wait-for-call", "--accept"),
    )
    assert told.returncode == 0, told.stdout + told.stderr
    for words in (f"dialling {OWN}, which should be busy", "call this line now", "repeated"):
        assert words in told.stdout

    found = learned(box)
    assert found["dial"] == "350+440"
    freq, cadence = found["busy"].split("@")
    assert int(freq) == pytest.approx(400, rel=0.02)
    assert [int(ms) for ms in cadence.split("/")] == pytest.approx([375, 375], rel=0.1)
    assert found["hang_up"] == "battery+tones"
    assert (found["caller_id"], found["caller_id_moment"]) == ("v23", "after_reversal")
    assert float(found["receive_level_dbm0"]) == pytest.approx(-13.0, abs=1.0)
    assert float(found["echo_return_loss_db"]) == pytest.approx(18.0, abs=2.0)
    signals = line_of(box).signals
    assert signals is not None
    assert signals.hang_up == ("battery", "tones")
    assert signals.caller_id == "fsk"

    watch.named("line.added", 10.0)  # built anew, of what was accepted
    until_idle(box)
    shown = markaz(box, "line", "show", LINE)
    assert "350+440" in shown.stdout
    assert "nothing is proposed" in shown.stdout


def test_a_line_that_is_learned_takes_no_calls_and_gives_itself_back_when_told(box):
    until_idle(box)
    watch = box.watch("lined")
    with Link(box.home.link("lined"), "test") as link:
        link.call(api.LinedApi.begin_learning, LINE, (LearningStep(step="call_in"),))
        watch.named("learning.stepped", 5.0)
        link.call(api.LinedApi.cancel_learning, LINE)
    ended = watch.named("learning.ended", 5.0)
    assert ended.row.state == "cancelled"
    until_idle(box)
    assert history.load_current(box.home)[0] >= 1


def with_a_line_each(site: Site) -> Site:
    """A trunk line for every simulated exchange."""
    lines = [Line(name=f"x-{name}", kind=LineKind.TRUNK, route="ivr:main") for name in EXCHANGES]
    return site.model_copy(update={"line": (*site.line, *lines)})


@pytest.mark.scenario
@pytest.mark.timeout(400)
def test_every_simulated_exchange_is_learned_at_the_same_time():
    with LeanBox("bench", "lined", shape=with_a_line_each) as box:

        def call_when_asked(event: Event) -> None:
            row = event.row
            if event.name == "learning.stepped" and row.step == "call_in":
                call = {"number": "02071234567", "name": "Ann", "digits": "", "say": ""}
                world(box, api.BenchApi.ring, line=row.id, **call, listen="")

        box.watch("lined", call_when_asked)
        for name in EXCHANGES:
            world(box, api.BenchApi.exchange, line=f"x-{name}", name=name, ring_s=14.0, talk_s=15.0)

        def learn(name: str) -> subprocess.CompletedProcess[str]:
            numbers = ("--own-number", OWN, "--wrong-number", WRONG, "--call", FRIEND)
            return markaz(
                box, "line", "learn", f"x-{name}", *numbers, "--wait-for-call", timeout_s=350
            )

        with ThreadPoolExecutor(len(EXCHANGES)) as pool:
            told = dict(zip(EXCHANGES, pool.map(learn, EXCHANGES), strict=True))
        assert {name: one.returncode for name, one in told.items()} == dict.fromkeys(told, 0)
        with box.link("lined") as link:
            rows = {row.id: row for row in link.snapshot()["learning"]}
        for name, exchange in EXCHANGES.items():
            row = rows[f"x-{name}"]
            assert (row.state, row.faults) == ("done", {}), name
            found = {one.setting: one.value for one in row.proposals}
            assert found["hang_up"] == HANG_UP[exchange.disconnect], name
            for tone in TONES:
                assert close(ToneSetting.parse(found[tone]), exchange.plan.tone(tone)), (name, tone)
            level = -13.0 - exchange.loss_db
            assert float(found["receive_level_dbm0"]) == pytest.approx(level, abs=1.0), name
            assert found["caller_id_moment"] == exchange.id_moment, name
