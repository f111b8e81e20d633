"""What follows from observations, and what a line does with what was learned."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.config.sections.learned import Learned
from firmware.config.sections.lines import TrunkSignals
from firmware.lined.learning.plan import with_learned
from firmware.lined.line import Surroundings
from firmware.lined.trunk import TrunkLine
from firmware.model.cause import Cause
from firmware.model.learning import (
    CallerIdHeard,
    EchoHeard,
    Fault,
    Finding,
    IdKind,
    IdMoment,
    Moment,
    NoTone,
    Observation,
    Role,
    Setting,
    Signal,
    ToneHeard,
    Watched,
    conclude,
)
from firmware.model.line import LineState
from hw.dahdi.port import RingBegan
from hw.signal.level import amplified
from hw.signal.tone import Tone, ToneGenerator
from tests.unit.line_bench import PLAN, LineBench, silence


def tone(role: Role, hz: float = 425.0, *cadence_ms: int, **changes: Any) -> ToneHeard:
    given: dict[str, Any] = {
        "level_dbm0": -13.0,
        "periods": 5.0,
        "spread": 0.01,
        "purity": 0.98,
    }
    return ToneHeard(role=role, freqs_hz=(hz,), cadence_ms=cadence_ms, **(given | changes))


def watched(moment: Moment, *signals: Signal, heard: bool = False) -> Watched:
    return Watched(moment=moment, signals=signals, watched_s=45.0, heard=heard)


def concluded(*observed: Observation, gain_db: float = 0.0) -> dict[str, Finding]:
    return {one.setting: one for one in conclude(observed, receive_gain_db=gain_db)}


def test_nothing_observed_concludes_nothing():
    assert conclude([]) == ()


@pytest.mark.parametrize(
    "worse",
    [{"periods": 1.5}, {"spread": 0.14}, {"purity": 0.7}],
    ids=["fewer periods", "uneven", "not alone"],
)
def test_a_worse_measurement_is_less_sure(worse):
    good = concluded(tone(Role.BUSY, 425.0, 500, 500))["busy"].confidence
    assert concluded(tone(Role.BUSY, 425.0, 500, 500, **worse))["busy"].confidence < good - 0.1
    assert good > 0.9


def test_tones_that_contradict_one_another_make_it_unsure():
    found = concluded(tone(Role.BUSY, 425.0, 500, 500), tone(Role.BUSY, 440.0, 250, 250))
    assert found["busy"].confidence < 0.55


def test_the_tone_after_a_hang_up_confirms_the_busy_tone():
    alone = concluded(tone(Role.BUSY, 425.0, 500, 500, periods=2.0))["busy"]
    clear = tone(Role.CLEAR, 426.0, 498, 502, periods=3.0)
    both = concluded(tone(Role.BUSY, 425.0, 500, 500, periods=2.0), clear)["busy"]
    assert both.confidence > alone.confidence
    assert both.why.params["calls"] == "2"


def test_dial_tone_after_a_hang_up_is_no_busy_tone():
    found = concluded(tone(Role.DIAL), watched(Moment.CLEAR, heard=True), tone(Role.CLEAR, 425.0))
    assert found["hang_up"].value == "dial_tone"
    assert "busy" not in found


def test_a_dial_tone_with_a_cadence_is_one_after_a_hang_up_too():
    cadence_ms = (200, 200, 600, 1000)
    found = concluded(
        tone(Role.DIAL, 425.0, *cadence_ms),
        watched(Moment.CLEAR, heard=True),
        tone(Role.CLEAR, 425.0, *cadence_ms),
    )
    assert found["hang_up"].value == "dial_tone"
    assert "busy" not in found


def test_a_signal_seen_twice_is_surer_and_one_of_two_less_sure():
    battery = watched(Moment.CLEAR, Signal.BATTERY)
    nothing = watched(Moment.CLEAR)
    once = concluded(battery)["hang_up"].confidence
    assert concluded(battery, battery)["hang_up"].confidence > once
    assert concluded(battery, nothing)["hang_up"].confidence < once
    assert concluded(battery, nothing)["hang_up"].value == "battery"


def test_nothing_at_the_hang_up_says_so_and_proposes_the_silence_rule():
    found = concluded(watched(Moment.CLEAR), watched(Moment.CLEAR))
    assert (found["hang_up"].value, found["hang_up"].why.id) == ("none", "nothing_tells_hang_up")
    assert found["hang_up"].why.params == {"calls": "2", "seconds": "45"}
    assert found["silence_s"].confidence == found["hang_up"].confidence == 0.3


def test_a_missing_tone_says_whether_something_else_was_heard():
    for sound, why in ((True, "other_sound"), (False, "only_silence")):
        finding = concluded(NoTone(role=Role.CONGESTION, listened_s=25.0, sound=sound))[
            "congestion"
        ]
        assert (finding.value, finding.confidence, finding.why.id) == ("", 0.0, why)


def test_one_call_without_caller_id_proves_little():
    once = concluded(CallerIdHeard(kind=IdKind.NONE))["caller_id"]
    assert (once.value, once.confidence) == ("none", 0.4)
    heard = CallerIdHeard(kind=IdKind.DTMF, moment=IdMoment.BEFORE_RING)
    found = concluded(CallerIdHeard(kind=IdKind.NONE), heard)
    assert (found["caller_id"].value, found["caller_id_moment"].value) == ("dtmf", "before_ring")


def test_without_ringback_an_answer_is_only_a_matter_of_time():
    nothing = watched(Moment.ANSWER)
    assert concluded(nothing)["answer"].value == "delay"
    ringback = tone(Role.RINGBACK, 425.0, 1000, 4000)
    assert concluded(nothing, ringback)["answer"].value == "speech"
    assert concluded(watched(Moment.ANSWER, Signal.POLARITY))["answer"].value == "polarity"


def test_the_gain_in_force_is_taken_out_of_the_level():
    found = concluded(tone(Role.DIAL, level_dbm0=-21.0), gain_db=12.0)
    assert found["receive_level_dbm0"].value == "-33.0"
    assert found["receive_gain_db"].value == "12"
    assert "receive_gain_db" not in concluded(tone(Role.DIAL, level_dbm0=-15.0))


def test_an_echo_that_is_not_there_says_how_deep_it_was_looked_for():
    finding = concluded(EchoHeard(return_loss_db=None, depth_db=48.0))["echo_return_loss_db"]
    assert (finding.value, finding.why.id, finding.why.params) == ("", "no_echo", {"depth": "48"})


# -- the line -------------------------------------------------------------------------------

S = LineState
PBX = Tone(freqs_hz=(440,), cadence_ms=(250, 250))


def in_call(bench: LineBench) -> Any:
    bench.clock.pass_s(3.0)
    bench.happen(RingBegan())
    bench.clock.pass_s(7.0)
    dialog = bench.exchange.last
    dialog.events.on_answered()
    assert bench.line.state is S.IN_USE
    return dialog


def learned_line(*args: Any, **settings: Any) -> TrunkLine:
    name, channel, around = args
    learned = (
        Learned(setting=Setting.BUSY, value="440@250/250", date="2026-11-22", confidence=0.9),
    )
    around = Surroundings(
        exchange=around.exchange,
        clock=around.clock,
        plan=with_learned(around.plan, learned),
        times=around.times,
        post=around.post,
    )
    return TrunkLine(name, channel, around, **settings)


def test_a_learned_busy_tone_ends_a_call_and_the_country_s_does_not():
    audio = ToneGenerator(PBX).frame(160 * 200)
    bench = LineBench(TrunkLine, signals=TrunkSignals())
    in_call(bench)
    bench.hear(audio)
    assert bench.line.state is S.IN_USE
    bench = LineBench(learned_line, signals=TrunkSignals())
    dialog = in_call(bench)
    bench.hear(audio)
    assert (bench.line.state, dialog.ended_with) == (S.ENDED, Cause.NORMAL_CLEARING)


def test_the_silence_rule_ends_a_call_in_which_nobody_is_heard_and_no_other():
    bench = LineBench(TrunkLine, signals=TrunkSignals(), silence_s=90.0)
    dialog = in_call(bench)
    quiet = amplified(ToneGenerator(PLAN.waiting).frame(160), -20.0)
    for _ in range(3):
        bench.hear(silence(80.0))
        bench.hear(quiet)
    assert bench.line.state is S.IN_USE
    bench.hear(silence(91.0))
    assert (bench.line.state, dialog.ended_with) == (S.ENDED, Cause.NORMAL_CLEARING)
    assert bench.line.note == "90 s of silence"


def test_without_the_rule_silence_ends_nothing():
    bench = LineBench(TrunkLine, signals=TrunkSignals())
    in_call(bench)
    bench.hear(silence(600.0))
    assert bench.line.state is S.IN_USE


def test_a_call_led_to_a_line_that_is_learned_ends_the_learning():
    """Only calls for help are: this one goes by the next line, or by this one when it rested."""
    bench = LineBench(TrunkLine, signals=TrunkSignals())
    learner = _Learner()
    bench.line.learn(learner)
    assert bench.line.state is S.LEARNING
    assert bench.invite("110") is Cause.NO_CIRCUIT
    assert learner.stopped_by == [Fault.CALL_CAME_IN]
    bench.clock.pass_s(3.0)
    assert bench.line.state is S.IDLE
    assert not isinstance(bench.invite("110"), Cause)


class _Learner:
    def __init__(self) -> None:
        self.stopped_by: list[Fault] = []

    def on_port(self, event: object) -> bool:
        return True

    def stopped(self, fault: Fault) -> None:
        self.stopped_by.append(fault)
