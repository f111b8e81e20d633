"""Learning a line while things go wrong: the line serves again, and nothing has been set."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from firmware.lined.gateway import Gateway
from firmware.lined.learning.steps import StepTimes
from firmware.link.learning import LearningStep
from firmware.model.cause import Cause
from firmware.model.line import LineState
from firmware.sip.message import Invitation, Party
from hw.dahdi.exchanges import EXCHANGES, OWN
from hw.dahdi.port import FRAME_SAMPLES
from hw.dahdi.wire import SILENCE
from hw.signal.level import bytes_of, samples_of
from tests.jump import run
from tests.rig.corpus import at_level, speech
from tests.rig.learning import ALL_STEPS, FRIEND, LearningBench, surroundings
from tests.unit.line_bench import FakeDialog, FakeExchange
from tests.unit.switchd_bench import site

IDLE, LEARNING = LineState.IDLE, LineState.LEARNING
DIAL = LearningStep(step="dial_tone")
BUSY = LearningStep(step="busy", number=OWN)


def on_bench(
    folder: Path,
    test: Callable[[LearningBench], Coroutine[Any, Any, None]],
    name: str = "de",
    rest_s: float = 2.6,
) -> None:
    """Run ``test`` on a line that is idle; nothing may have been set then."""

    async def whole() -> None:
        bench = LearningBench(
            folder, EXCHANGES[name], surroundings(FakeExchange()), times=StepTimes(rest_s=rest_s)
        )
        try:
            await bench.pass_s(3.0)
            plan = bench.line.around.plan
            await test(bench)
            assert bench.line.around.plan == plan
        finally:
            bench.close()

    run(whole())


async def serves_again(bench: LearningBench) -> None:
    """It is idle, and takes the next call as ever."""
    await bench.until(lambda: bench.line.state is IDLE, 15)
    await bench.pass_s(3.0)
    bench.office.ring(bench.caller)
    await bench.until(lambda: bench.line.around.exchange.dialogs, 10)
    assert bench.line.around.exchange.last.caller == bench.caller.number


def noisy(level_dbm0: float) -> Callable[[bytes], bytes]:
    chance = np.random.default_rng(4)

    def mixed(audio: bytes) -> bytes:
        noise = at_level(chance.normal(size=FRAME_SAMPLES), level_dbm0)
        return bytes_of(samples_of(audio) + noise)

    return mixed


def spoken_over() -> Callable[[bytes], bytes]:
    """Somebody has lifted a parallel telephone, and talks."""
    wave = at_level(speech.prompts(60.0, np.random.default_rng(7)), -16.0)
    at = 0

    def mixed(audio: bytes) -> bytes:
        nonlocal at
        said = wave[at : at + FRAME_SAMPLES]
        at = (at + FRAME_SAMPLES) % (len(wave) - FRAME_SAMPLES)
        return bytes_of(samples_of(audio) + said)

    return mixed


def test_without_dial_tone_nothing_is_dialled(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.on_line = lambda _audio: SILENCE
        row = await bench.learn((BUSY, LearningStep(step="call_out", number=FRIEND)))
        assert row.state == "failed"
        assert row.faults == {"busy": "no_dial_tone", "call_out": "no_dial_tone"}
        assert bench.dialled == []
        assert bench.proposals()["dial"].why == "only_silence"
        assert (bench.proposals()["dial"].value, bench.proposals()["dial"].confidence) == ("", 0)
        bench.on_line = lambda audio: audio
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_somebody_who_talks_on_a_parallel_telephone_is_no_dial_tone(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.office._gives_dial_tone = False
        bench.on_line = spoken_over()
        row = await bench.learn((BUSY,))
        assert row.faults == {"busy": "no_dial_tone"}
        assert bench.proposals()["dial"].why == "other_sound"
        assert bench.dialled == []
        bench.on_line = lambda audio: audio
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_somebody_who_talks_over_the_tones_makes_them_unsure_or_unknown(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.on_line = spoken_over()
        await bench.learn((DIAL, BUSY))
        for name in ("dial", "busy"):
            found = bench.proposals().get(name)
            assert found is None or found.confidence < 0.6 or "425" in found.value
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_noise_15_db_below_the_tones_is_no_hindrance(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.on_line = noisy(-28.0)
        row = await bench.learn((DIAL, BUSY))
        assert (row.state, row.faults) == ("done", {})
        assert bench.proposals()["dial"].value == "425"
        assert bench.proposals()["busy"].value.startswith("425@4")

    on_bench(tmp_path, test)


def test_noise_alone_teaches_nothing(tmp_path):
    async def test(bench: LearningBench) -> None:
        hiss = noisy(-20.0)
        bench.on_line = lambda _audio: hiss(SILENCE)
        row = await bench.learn((DIAL,))
        assert row.state == "failed"
        assert bench.proposals()["dial"].why == "other_sound"

    on_bench(tmp_path, test)


@pytest.mark.parametrize("after_s", [1.0, 9.0, 25.0, 45.0, 75.0, 95.0])
def test_a_line_that_is_cut_meanwhile_ends_it_and_serves_when_mended(tmp_path, after_s):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", ALL_STEPS)
        await bench.pass_s(after_s)
        bench.office.cut()
        await bench.until(lambda: bench.row.state != "running", 5)
        assert "line_cut" in bench.row.faults.values()
        assert bench.line.state is LineState.CUT
        bench.office.mend()
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_a_port_that_goes_ends_it(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", (BUSY,))
        await bench.pass_s(4.0)
        bench.line.on_lost("the card is gone")
        await bench.until(lambda: bench.row.state != "running", 5)
        assert bench.row.faults == {"busy": "port_lost"}
        assert bench.line.state is LineState.FAULT

    on_bench(tmp_path, test)


@pytest.mark.parametrize("after_s", [0.5, 2.0, 6.0])
def test_a_call_for_help_has_the_line_as_soon_as_it_has_rested(tmp_path, after_s):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", ALL_STEPS)
        await bench.pass_s(after_s)
        assert bench.line.state is LEARNING
        party = Party(user="101", name="")
        help_wanted = Invitation(
            source="127.0.0.3:1", called="115", sender=party, asserted=None, line="fxo-1"
        )
        assert bench.line.take(FakeDialog(None, "115", "101"), help_wanted) is Cause.NO_CIRCUIT
        await bench.until(lambda: bench.line.state is IDLE, 4)  # switchd asks again for 5 s
        dialled = len(bench.dialled)
        dialog = FakeDialog(None, "115", "101")
        assert bench.line.take(dialog, help_wanted) is None
        await bench.until(lambda: "115" in bench.dialled[dialled:], 15)
        assert bench.row.state != "running"
        assert "call_came_in" in bench.row.faults.values()

    on_bench(tmp_path, test)


def test_a_call_that_comes_between_two_steps_is_taken_and_learning_ends(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", (DIAL, BUSY))
        await bench.until(lambda: str(bench.office.state) == "seized", 5)
        await bench.until(lambda: str(bench.office.state) == "idle", 10)
        await bench.pass_s(2.5)  # within 2 s of hanging up no ring is reported
        bench.office.ring(bench.caller)
        await bench.until(lambda: bench.row.state != "running", 5)
        assert "call_came_in" in bench.row.faults.values()
        await bench.until(lambda: bench.line.around.exchange.dialogs, 10)
        assert bench.line.around.exchange.last.caller == bench.caller.number
        assert bench.dialled == []

    on_bench(tmp_path, test, rest_s=6.0)


@pytest.mark.parametrize("after_s", [0.1, 5.0, 20.0, 50.0, 70.0, 90.0])
def test_cancelled_at_any_time_the_line_is_on_hook_and_serves(tmp_path, after_s):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", ALL_STEPS)
        await bench.pass_s(after_s)
        assert bench.line.state is LEARNING
        bench.desk.cancel_learning("fxo-1")
        await bench.until(lambda: bench.row.state == "cancelled", 2)
        bench.office.hang_up()
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_cancelled_before_it_has_begun_the_line_serves(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", ALL_STEPS)
        bench.desk.cancel_learning("fxo-1")
        await bench.until(lambda: bench.row.state == "cancelled", 2)
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_a_fault_of_ours_gives_the_line_back(tmp_path, monkeypatch, caplog):
    def broken(audio: bytes) -> None:
        raise ZeroDivisionError(len(audio))

    async def test(bench: LearningBench) -> None:
        monkeypatch.setattr("firmware.lined.learning.probe.measure", broken)
        row = await bench.learn((DIAL,))
        assert row.state == "failed"
        assert "learning broke" in caplog.text
        await serves_again(bench)

    on_bench(tmp_path, test)


def test_a_number_that_rings_is_not_taken_for_busy(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.office.far_ring_s = 60.0
        row = await bench.learn((LearningStep(step="busy", number=FRIEND),))
        assert row.faults == {"busy": "rang"}
        assert "busy" not in bench.proposals()
        assert bench.proposals()["ringback"].value.startswith("425@")

    on_bench(tmp_path, test)


def test_nobody_calls(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.caller = None
        bench._call_the_box = lambda: None
        row = await bench.learn((LearningStep(step="call_in"),))
        assert (row.state, row.faults) == ("failed", {"call_in": "not_rung"})
        await bench.until(lambda: bench.line.state is IDLE, 10)

    on_bench(tmp_path, test)


def test_a_caller_who_gives_up_has_still_shown_the_caller_id(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", (LearningStep(step="call_in"),))
        await bench.until(lambda: str(bench.office.state) == "ringing", 10)
        await bench.pass_s(5.0)
        bench.office.hang_up()
        await bench.until(lambda: bench.row.state != "running", 30)
        assert bench.row.faults == {"call_in": "gave_up"}
        assert bench.proposals()["caller_id"].value == "v23"

    on_bench(tmp_path, test)


def test_a_polarity_that_turns_back_after_the_call_before_announces_no_caller_id(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.calls_after_s = 0.1
        steps = (LearningStep(step="call_out", number=FRIEND), LearningStep(step="call_in"))
        await bench.learn(steps)
        assert bench.proposals()["hang_up"].value == "polarity"
        assert bench.proposals()["caller_id_moment"].value == "before_ring"

    on_bench(tmp_path, test, "dtmf-caller-id")


def test_a_far_end_that_repeats_tells_the_loss_of_the_round_trip(tmp_path):
    """An operator's echo test: 400 ms later it sends back what it hears."""
    kept = [SILENCE] * 20

    def repeat(heard: bytes) -> bytes:
        kept.append(heard)
        return kept.pop(0)

    async def test(bench: LearningBench) -> None:
        bench.spoken = repeat
        await bench.learn((LearningStep(step="call_in"),))
        found = bench.proposals()
        assert float(found["round_trip_loss_db"].value) == pytest.approx(4.0, abs=1.0)
        assert float(found["echo_return_loss_db"].value) == pytest.approx(18.0, abs=1.0)

    on_bench(tmp_path, test, "ae-like")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), "name a step"),
        ((LearningStep(step="guess"),), "no step 'guess'"),
        ((LearningStep(step="busy"),), "give it a number"),
        ((LearningStep(step="busy", number="12x"),), "give it a number"),
        ((LearningStep(step="dial_tone", number="123"),), "dials nothing"),
    ],
)
def test_it_never_dials_what_it_was_not_given(tmp_path, steps, words):
    async def test(bench: LearningBench) -> None:
        with pytest.raises(ValueError, match=words):
            bench.desk.begin_learning("fxo-1", steps)
        assert bench.line.state is IDLE

    on_bench(tmp_path, test)


def test_a_line_in_use_is_not_learned_and_one_at_a_time(tmp_path):
    async def test(bench: LearningBench) -> None:
        with pytest.raises(RuntimeError, match="not being learned"):
            bench.desk.cancel_learning("fxo-1")
        with pytest.raises(KeyError, match="no line is called 'fxo-9'"):
            bench.desk.begin_learning("fxo-9", (DIAL,))
        bench.desk.begin_learning("fxo-1", (DIAL,))
        with pytest.raises(RuntimeError, match="being learned already"):
            bench.desk.begin_learning("fxo-1", (DIAL,))
        with pytest.raises(RuntimeError, match="being learned"):
            bench.desk.forget_learning("fxo-1")
        await bench.until(lambda: bench.row.state == "done", 20)
        with pytest.raises(RuntimeError, match="can be learned while idle"):
            bench.desk.begin_learning("fxo-1", (DIAL,))  # the network still needs a moment
        bench.desk.forget_learning("fxo-1")
        assert bench.rows[-1][0] == "learning.removed"

    on_bench(tmp_path, test)


def test_a_line_that_is_taken_out_ends_it(tmp_path):
    async def test(bench: LearningBench) -> None:
        bench.desk.begin_learning("fxo-1", (BUSY,))
        await bench.pass_s(3.0)
        bench.line.close()
        bench.desk.lines = {}
        bench.desk.removed("fxo-1")
        await bench.pass_s(2.0)
        assert bench.rows[-1][0] == "learning.removed"
        assert not bench.port._half.closed

    on_bench(tmp_path, test)


@pytest.mark.parametrize("number", ["112", "1-1-2", "115", "w112"])
def test_a_number_for_help_is_not_measured_with(number):
    class Desk:
        lines: Any = None
        begun: tuple[str, ...] = ()

        def begin_learning(self, line, steps):
            self.begun += (line, *(one.number for one in steps))

    desk, messages = Desk(), SimpleNamespace(lines={})
    gateway = Gateway(
        board=None,
        poller=None,
        clock=lambda: 0.0,
        load=lambda: (1, site(line=())),
        make=None,
        unmake=None,
        messages=messages,
        learning=desk,
        loop_backs=SimpleNamespace(),
    )
    gateway.reload()
    with pytest.raises(ValueError, match="calls for help"):
        gateway.begin_learning("fxo-1", (LearningStep(step="congestion", number=number),))
    gateway.begin_learning("fxo-1", (LearningStep(step="congestion", number="02112"),))
    assert desk.begun == ("fxo-1", "02112")
