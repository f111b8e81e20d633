"""A trunk line of lined and every simulated exchange: calls in and out, however it signals, and
whatever goes wrong the line is free again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware.config.sections.lines import AnswerSign, DialMode, HangUpSign, TrunkSignals
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.exchanges import EXCHANGES, OWN
from hw.dahdi.hybrid import Hybrid
from hw.dahdi.office import (
    CentralOffice,
    Dialled,
    Disconnect,
    FarAnswered,
    HookFlashed,
    IdMoment,
    OfficeState,
    Outcome,
)
from hw.signal.caller_id import Absence, CallerId, Standard
from hw.signal.dtmf_caller_id import DtmfForm
from hw.signal.level import bytes_of, level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.contract.office_line import OfficeLine

S = LineState
PLAN = plan_of("ir")
CALLER = CallerId(number="02188776655", name="Ali Rezaei", date="11211530")

_POLARITY = (HangUpSign.POLARITY, HangUpSign.TONES, HangUpSign.DIAL_TONE)
_SETTINGS = {
    "fr": {"answer": AnswerSign.POLARITY, "hang_up": _POLARITY},
    "ae-like": {"answer": AnswerSign.POLARITY},
    "dtmf-caller-id": {"hang_up": _POLARITY},
    "dtmf-after-reversal": {"answer": AnswerSign.POLARITY},
    "far-away": {"receive_gain_db": 12.0},
}
"""What a technician, or the line itself by learning, writes where the defaults do not fit."""


@pytest.fixture
def opened(tmp_path) -> Callable[..., OfficeLine]:
    lines = []

    def open_line(office: CentralOffice, plan=PLAN, **settings: object) -> OfficeLine:
        hybrid = settings.pop("hybrid", None)
        signals = TrunkSignals(**settings)
        line = OfficeLine(office, plan, tmp_path, signals, hybrid)
        line.patch.receive_gain_db = signals.receive_gain_db
        lines.append(line)
        line.run(2.5)
        return line

    yield open_line
    for line in lines:
        line.close()


@pytest.fixture(params=sorted(EXCHANGES))
def line(request, opened) -> OfficeLine:
    exchange = EXCHANGES[request.param]
    return opened(exchange.office(), exchange.plan, **_SETTINGS.get(request.param, {}))


def is_signalled(line: OfficeLine) -> bool:
    return line.office._disconnect is not Disconnect.NOTHING


def freed(line: OfficeLine) -> None:
    line.until(lambda: line.line.state is S.IDLE, 12.0)
    line.until(lambda: line.office.state is OfficeState.IDLE, 2.0)
    line.run(2.5)
    line.office.ring(CALLER)  # and is of use
    line.until(lambda: line.line.state is S.OFFERED, 12.0)


def talking(line: OfficeLine) -> None:
    line.office.ring(CALLER)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    line.line.on_answered()
    line.run(2.0)
    assert line.line.state is S.IN_USE
    assert line.office.state is OfficeState.TALKING


# -- every exchange --------------------------------------------------------------------------


def test_a_caller_is_named_and_answered_and_leaves(line):
    talking(line)
    assert line.dialog.caller == CALLER.number
    line.office.hang_up()
    if not is_signalled(line):
        line.run(20.0)
        assert line.line.state is S.IN_USE  # nothing says so; the exchange has to
        line.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    line.until(lambda: line.line.state is S.ENDED, 12.0)
    assert line.exchange.last.ended_with in (Cause.NORMAL_CLEARING, None)
    freed(line)


def test_a_caller_who_gives_up_leaves_a_free_line(line):
    line.office.ring(CALLER)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    line.office.hang_up()
    line.until(lambda: line.line.state is S.ENDED, 12.0)
    assert line.dialog.ended_with is Cause.NORMAL_CLEARING
    freed(line)


def test_a_caller_who_leaves_just_as_we_answer_leaves_a_free_line(line):
    """No hang-up signal comes for a call that was never answered: we have seized the line, and
    hear dial tone, and that must be taken for the end."""
    line.office.ring(CALLER)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    line.office.hang_up()
    line.line.on_answered()
    line.run(0.5)
    assert line.office.state is OfficeState.SEIZED
    line.until(lambda: line.line.state is S.ENDED, 9.0)
    assert line.rows[-1][1].note == "dial tone"
    freed(line)


def test_a_number_is_dialled_and_answered_and_hung_up(line):
    dialog = line.invite("09121234567")
    line.until(lambda: line.line.state is S.IN_USE, 20.0)
    line.until(lambda: FarAnswered() in line.events, 10.0)
    assert Dialled("09121234567") in line.events
    assert dialog.orders == ["progress", "answer"]
    line.run(3.0)
    assert line.line.state is S.IN_USE
    line.line.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    line.until(lambda: line.line.state is S.IDLE, 5.0)


def test_a_number_that_is_busy_says_so(line):
    if line.signals.answer is AnswerSign.DELAY:
        line.signals = line.signals.model_copy(update={"answer_delay_s": 20.0})
        line.line._signals = line.signals
    dialog = line.invite(OWN)
    line.until(lambda: line.line.state is S.ENDED, 25.0)
    assert dialog.ended_with in (Cause.USER_BUSY, Cause.SWITCH_CONGESTION)
    line.until(lambda: line.line.state is S.IDLE, 5.0)


# -- each way to name a caller ----------------------------------------------------------------


@pytest.mark.parametrize("moment", IdMoment)
@pytest.mark.parametrize(
    "kind", [*Standard, DtmfForm.A_TO_C, DtmfForm.A_TO_HASH, DtmfForm.D_TO_C], ids=str
)
@pytest.mark.parametrize("absence", [Absence.NONE, Absence.WITHHELD], ids=str)
def test_every_caller_id_at_every_moment(opened, moment, kind, absence):
    office = CentralOffice(PLAN, caller_id=kind, id_moment=moment)
    line = opened(office)
    caller = CallerId(absence=absence) if absence else CALLER
    line.office.ring(caller)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    assert line.line.caller.number == caller.number
    assert line.line.caller.absence is absence
    if isinstance(kind, Standard):
        assert line.line.caller.name == caller.name


# -- dialling ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", DialMode)
def test_both_ways_of_dialling_reach_the_number(opened, mode):
    line = opened(CentralOffice(PLAN), dial=mode)
    line.invite("2071")
    line.until(lambda: Dialled("2071") in line.events, 20.0)
    line.until(lambda: line.line.state is S.IN_USE, 20.0)


def test_an_exchange_without_dial_tone_lets_the_call_go_another_way(opened):
    line = opened(CentralOffice(PLAN, gives_dial_tone=False))
    dialog = line.invite("2071")
    line.until(lambda: line.line.state is S.ENDED, 4.0)
    assert dialog.ended_with is Cause.NO_CIRCUIT
    assert line.rows[-1][1].note == "no dial tone"
    freed(line)


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [(Outcome.BUSY, Cause.USER_BUSY), (Outcome.CONGESTION, Cause.SWITCH_CONGESTION)],
)
def test_what_becomes_of_a_number_is_told(opened, outcome, cause):
    office = CentralOffice(PLAN)
    office.outcomes["2071"] = outcome
    line = opened(office, answer_delay_s=20.0)
    dialog = line.invite("2071")
    line.until(lambda: line.line.state is S.ENDED, 20.0)
    assert dialog.ended_with is cause


def test_a_guess_by_ear_waits_for_the_answer(opened):
    line = opened(CentralOffice(PLAN), answer=AnswerSign.SPEECH)
    line.invite("2071")
    line.until(lambda: FarAnswered() in line.events, 20.0)
    assert line.line.state is S.CALLING
    random = np.random.default_rng(1)
    line.run(1.0, lambda: bytes_of(random.normal(0, 1500, 160)))
    assert line.line.state is S.IN_USE


def test_a_flash_holds_the_call_outside_and_another_takes_it_back(opened):
    line = opened(CentralOffice(PLAN))
    talking(line)
    line.line.on_digit("R")
    line.run(6.0)
    assert line.events[-1] == HookFlashed()
    assert line.office.state is OfficeState.SEIZED
    assert line.line.state is S.IN_USE  # the dial tone was asked for
    line.line.on_digit("R")
    line.run(1.0)
    assert line.office.state is OfficeState.TALKING
    line.run(20.0)
    assert line.line.state is S.IN_USE


# -- what goes wrong --------------------------------------------------------------------------


def test_both_seize_the_line_and_the_caller_gets_through(opened):
    line = opened(CentralOffice(PLAN))
    outgoing = line.invite("2071")
    line.office.ring(CALLER)
    line.run(0.02)
    if line.line.state is S.SEIZED:  # the ring was not seen before the loop was closed
        line.until(lambda: line.line.state is S.ENDED, 4.0)
        assert outgoing.ended_with is Cause.NO_CIRCUIT
        freed(line)
        return
    assert outgoing.ended_with is Cause.NO_CIRCUIT
    assert line.line.state is S.OFFERED
    line.line.on_answered()
    line.run(1.0)
    assert line.office.state is OfficeState.TALKING
    line.office.hang_up()
    line.until(lambda: line.line.state is S.IDLE, 6.0)


@pytest.mark.parametrize("moment_s", [0.1, 1.2, 1.6, 2.6, 5.0])
def test_a_line_cut_at_any_moment_of_a_ring_is_free_once_mended(opened, moment_s):
    line = opened(CentralOffice(PLAN))
    line.office.ring(CALLER)
    line.run(moment_s)
    line.office.cut()
    line.until(lambda: line.line.state is S.CUT, 3.0)
    assert "no battery" in line.line.row().fault
    line.office.hang_up()
    line.office.mend()
    line.until(lambda: line.line.state is S.IDLE, 3.0)
    line.run(2.5)
    line.office.ring(CALLER)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    assert line.dialog.caller == CALLER.number


@pytest.mark.parametrize("moment_s", [0.1, 0.8, 1.5, 4.0, 8.0])
def test_a_line_cut_at_any_moment_of_a_call_out_is_free_once_mended(opened, moment_s):
    line = opened(CentralOffice(PLAN))
    dialog = line.invite("2071")
    line.run(moment_s)
    line.office.cut()
    line.until(lambda: line.line.state is S.CUT, 6.0)
    assert dialog.events is None
    line.office.mend()
    line.until(lambda: line.line.state is S.IDLE, 3.0)


@pytest.mark.parametrize("moment_s", [0.02, 0.5, 1.5, 4.0, 8.0])
@pytest.mark.parametrize("out", [True, False], ids=["out", "in"])
def test_a_card_that_goes_at_any_moment_is_of_use_when_it_comes_back(opened, moment_s, out):
    line = opened(CentralOffice(PLAN))
    if out:
        line.invite("2071")
    else:
        line.office.ring(CALLER)
    line.run(moment_s)
    line.unplug()
    line.run(0.1)
    assert line.line.state is S.FAULT
    assert "gone" in line.line.row().fault or "broke" in line.line.row().fault
    line.office.hang_up()
    line.run(1.0)
    line.plug_in()
    assert line.line.state is S.IDLE
    line.run(2.5)
    if line.office.state is OfficeState.IDLE:
        line.office.ring(CALLER)
        line.until(lambda: line.line.state is S.OFFERED, 12.0)


def test_noise_on_the_line_is_no_call_and_no_caller(opened):
    line = opened(CentralOffice(PLAN))
    random = np.random.default_rng(9)
    step = line.office.step
    line.office.step = lambda loop, spoken: replace(
        step(loop, spoken), transmitting=True, audio=bytes_of(random.normal(0, 3000, 160))
    )
    line.run(20.0)
    assert line.line.state is S.IDLE
    line.office.ring(CALLER)
    line.until(lambda: line.line.state is S.OFFERED, 12.0)
    assert line.dialog.caller == ""  # the keying was drowned; better nobody than somebody else


def test_speech_and_music_like_sound_do_not_end_a_call(opened):
    line = opened(CentralOffice(PLAN))
    talking(line)
    random = np.random.default_rng(3)
    tones = [ToneGenerator(PLAN.ringback), ToneGenerator(PLAN.waiting)]

    def sound() -> bytes:
        at = int(line.clock.now_s) % 3
        return tones[at].frame() if at < 2 else bytes_of(random.normal(0, 1500, 160))

    line.run(60.0, sound)
    assert line.line.state is S.IN_USE


def test_our_own_echo_is_taken_out_of_what_the_exchange_hears(opened):
    line = opened(CentralOffice(PLAN), hybrid=Hybrid(12.0))
    talking(line)
    random = np.random.default_rng(4)
    levels = []
    for _ in range(300):
        line.patch.give(bytes_of(random.normal(0, 3000, 160)))
        line.run(0.02)
        levels.append(level_dbm0(line.patch.take() or bytes(320)))
    assert max(levels[-100:]) < -45.0
    uncancelled = -3.0 - 12.0
    assert max(levels[-100:]) < uncancelled - 20.0
