"""The wizard on every simulated exchange, through lined's own line, on a clock that jumps."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from firmware.link.learning import ProposalRow
from firmware.model.line import LineState
from firmware.model.tones import ToneSetting
from hw.dahdi.exchanges import EXCHANGES, OWN, WRONG, Exchange
from hw.dahdi.office import Disconnect
from hw.signal.caller_id import Standard
from hw.signal.dtmf_caller_id import DtmfForm
from hw.signal.tone import Tone
from tests.jump import run
from tests.rig.learning import FRIEND, LearningBench, surroundings
from tests.unit.line_bench import FakeExchange

TONES = ("dial", "busy", "congestion", "ringback")

HANG_UP = {
    Disconnect.CPC: "battery+tones",  # busy tone follows
    Disconnect.BUSY_TONE: "tones",
    Disconnect.REVERSAL: "polarity",
    Disconnect.DIAL_TONE: "dial_tone",
    Disconnect.NOTHING: "none",
}


def learned(folder: Path, exchange: Exchange) -> tuple[LearningBench, dict[str, ProposalRow]]:
    async def whole() -> LearningBench:
        bench = LearningBench(folder, exchange, surroundings(FakeExchange()))
        await bench.pass_s(3.0)
        row = await bench.learn()
        assert (row.state, row.faults) == ("done", {})
        await bench.until(lambda: bench.line.state is LineState.IDLE, 10)
        bench.close()
        return bench

    bench = run(whole())
    return bench, bench.proposals()


@pytest.fixture(scope="module", params=EXCHANGES)
def found(request, tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp(request.param)
    return EXCHANGES[request.param], *learned(folder, EXCHANGES[request.param])


def close(measured: ToneSetting, tone: Tone) -> bool:
    """Frequencies within 2 %, each length of the cadence within 10 %."""
    if len(measured.freqs_hz) != len(tone.freqs_hz):
        return False
    hertz = zip(measured.freqs_hz, sorted(tone.freqs_hz), strict=True)
    if any(abs(a - b) > 0.02 * b for a, b in hertz):
        return False
    size = len(tone.cadence_ms)
    if len(measured.cadence_ms) != size:
        return False
    turns = [tone.cadence_ms[at:] + tone.cadence_ms[:at] for at in range(0, max(1, size), 2)]
    return any(
        all(abs(a - b) <= 0.1 * b for a, b in zip(measured.cadence_ms, turn, strict=True))
        for turn in turns
    )


@pytest.mark.parametrize("name", TONES)
def test_every_tone_is_found(found, name):
    exchange, _bench, proposals = found
    proposal = proposals[name]
    assert close(ToneSetting.parse(proposal.value), exchange.plan.tone(name)), proposal
    assert proposal.confidence > 0.6
    assert proposal.why in {"tone_steady", "tone_repeated"}


def test_what_tells_the_hang_up_is_found(found):
    exchange, _bench, proposals = found
    proposal = proposals["hang_up"]
    assert proposal.value == HANG_UP[exchange.disconnect]
    if exchange.disconnect is not Disconnect.NOTHING:
        assert proposal.confidence > 0.75
        assert "silence_s" not in proposals


def test_what_tells_the_answer_is_found(found):
    exchange, _bench, proposals = found
    proposal = proposals["answer"]
    if exchange.reverses_on_answer:
        assert (proposal.value, proposal.why) == ("polarity", "polarity_at_answer")
        assert proposal.confidence > 0.8
    else:
        assert (proposal.value, proposal.why) == ("speech", "nothing_at_answer")
        assert proposal.confidence < 0.7


def test_the_kind_and_the_moment_of_caller_id_are_found(found):
    exchange, _bench, proposals = found
    kinds = {Standard.BELL: "bell", Standard.V23: "v23"}
    kinds |= {DtmfForm.A_TO_C: "dtmf", DtmfForm.D_TO_C: "dtmf"}
    assert proposals["caller_id"].value == kinds[exchange.caller_id]
    assert proposals["caller_id_moment"].value == exchange.id_moment
    assert min(proposals[one].confidence for one in ("caller_id", "caller_id_moment")) > 0.75


def test_the_ringing_is_found(found):
    exchange, _bench, proposals = found
    measured = [int(ms) for ms in proposals["ring"].value.split("/")]
    assert measured == pytest.approx(list(exchange.plan.ring_ms), rel=0.1)


def test_levels_and_echo_are_found(found):
    exchange, _bench, proposals = found
    level = float(proposals["receive_level_dbm0"].value)
    assert level == pytest.approx(-13.0 - exchange.loss_db, abs=1.0)  # -13: ToneGenerator's
    echo = float(proposals["echo_return_loss_db"].value)
    assert echo == pytest.approx(exchange.echo_db, abs=1.0)


def test_only_the_numbers_that_were_given_are_dialled(found):
    _exchange, bench, _proposals = found
    assert bench.dialled == [OWN, WRONG, FRIEND]


def test_nothing_is_set_and_no_call_was_offered(found):
    _exchange, bench, _proposals = found
    around = bench.line.around
    assert around.plan.country == "ir"
    assert around.exchange.dialogs == []
    states = [row.state for _event, row in bench.line_rows]
    assert [state for state, _ in itertools.groupby(states)] == [
        *("idle", "learning", "ended", "idle")
    ]


def test_where_nothing_tells_the_hang_up_it_says_so_and_proposes_a_rule(tmp_path):
    _bench, proposals = learned(tmp_path, EXCHANGES["silent"])
    assert proposals["hang_up"].value == "none"
    assert proposals["hang_up"].why == "nothing_tells_hang_up"
    assert proposals["hang_up"].confidence <= 0.3
    assert int(proposals["silence_s"].value) >= 60
    assert proposals["silence_s"].confidence <= 0.3


def test_a_line_with_20_db_of_loss_is_proposed_more_gain(tmp_path):
    _bench, proposals = learned(tmp_path, EXCHANGES["far-away"])
    assert float(proposals["receive_gain_db"].value) == 12.0
    assert proposals["receive_gain_db"].now == "0"
    assert proposals["receive_gain_db"].confidence < 0.7
